// The states of an alert, as Prometheus has them: one pure function, the same live, after a restart and over the past.
//
//                  holds                     held for `for`
//   INACTIVE ────────────────▶ PENDING ───────────────────────▶ FIRING
//      ▲                          │ clear                          │ clear for `keepFiringFor`
//      └──────────────────────────┴────────────────────────────────┘
//
// Without `for` a condition that holds fires at once. Where there is no data, a rule that asks for it goes to NO_DATA from every
// state, and with data on to where it would from INACTIVE; another rule takes it for clear. Too few points change nothing.
import type { AlertRule } from './rule.ts';

export const alertStates = ['INACTIVE', 'PENDING', 'FIRING', 'NO_DATA'] as const;
export type AlertState = (typeof alertStates)[number];

/** What is seen of a rule's subject at some time. */
export type Observation = 'HOLDS' | 'CLEAR' | 'NO_DATA' | 'TOO_FEW';

/** Times in milliseconds since 1970. */
export interface AlertStatus {
  readonly state: AlertState;
  readonly since: number;
  /** While it fires: since when the condition has been clear; null: it holds. */
  readonly clearSince: number | null;
  /** When it last came to FIRING or NO_DATA; null: never. */
  readonly firedAt: number | null;
  readonly resolvedAt: number | null;
}

export function inactive(now: number): AlertStatus {
  return { state: 'INACTIVE', since: now, clearSince: null, firedAt: null, resolvedAt: null };
}

/** The status after an observation; the same object where nothing changes. */
export function transition(
  rule: Pick<AlertRule, 'for' | 'keepFiringFor' | 'onNoData'>,
  status: AlertStatus,
  observation: Observation,
  now: number,
): AlertStatus {
  if (observation === 'TOO_FEW') return status;
  if (observation === 'NO_DATA' && rule.onNoData) return to(status, 'NO_DATA', now);
  const holds = observation === 'HOLDS';
  switch (status.state) {
    case 'INACTIVE':
    case 'NO_DATA':
      return to(status, holds ? (rule.for === null ? 'FIRING' : 'PENDING') : 'INACTIVE', now);
    case 'PENDING':
      if (!holds) return to(status, 'INACTIVE', now);
      return now - status.since >= (rule.for?.ms ?? 0) ? to(status, 'FIRING', now) : status;
    default: {
      if (holds) return status.clearSince === null ? status : { ...status, clearSince: null };
      const clearSince = status.clearSince ?? now;
      if (now - clearSince >= (rule.keepFiringFor?.ms ?? 0)) return to(status, 'INACTIVE', now);
      return clearSince === status.clearSince ? status : { ...status, clearSince };
    }
  }
}

/** Whether people are to be told of it. */
export function isAlarming(state: AlertState): boolean {
  return state === 'FIRING' || state === 'NO_DATA';
}

/** Whether it may change with time alone. */
export function isTimed({ state }: AlertStatus): boolean {
  return state === 'PENDING' || state === 'FIRING';
}

function to(before: AlertStatus, state: AlertState, now: number): AlertStatus {
  if (before.state === state) return before;
  const [was, is] = [isAlarming(before.state), isAlarming(state)];
  return {
    state,
    since: now,
    clearSince: null,
    firedAt: !was && is ? now : before.firedAt,
    resolvedAt: was && !is ? now : before.resolvedAt,
  };
}
