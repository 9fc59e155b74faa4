// The states of an alert: every state with every observation, and what must hold however they follow one another.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type AlertState,
  type AlertStatus,
  alertStates,
  inactive,
  isAlarming,
  type Observation,
  transition,
} from '../../src/alerts/transition.ts';
import { timeSpan } from '../../src/base/time-span.ts';

type Timing = Parameters<typeof transition>[0];

const now = 100_000;
const minute = timeSpan(1, 'MINUTE');
const plain: Timing = { for: null, keepFiringFor: null, onNoData: false };
const timed: Timing = { for: minute, keepFiringFor: minute, onNoData: true };

function statusIn(state: AlertState, since: number): AlertStatus {
  return { state, since, clearSince: null, firedAt: isAlarming(state) ? since : null, resolvedAt: null };
}

const observations = ['HOLDS', 'CLEAR', 'NO_DATA', 'TOO_FEW'] as const;

// What follows on each state (down) with each observation (across): at once, and where it has lasted for as long as the rule says.
const tables: readonly {
  readonly what: string;
  readonly rule: Timing;
  readonly lasted: boolean;
  readonly next: Readonly<Record<AlertState, readonly AlertState[]>>;
}[] = [
  {
    what: 'without times and without a word on missing data',
    rule: plain,
    lasted: false,
    next: {
      INACTIVE: ['FIRING', 'INACTIVE', 'INACTIVE', 'INACTIVE'],
      PENDING: ['FIRING', 'INACTIVE', 'INACTIVE', 'PENDING'],
      FIRING: ['FIRING', 'INACTIVE', 'INACTIVE', 'FIRING'],
      NO_DATA: ['FIRING', 'INACTIVE', 'INACTIVE', 'NO_DATA'],
    },
  },
  {
    what: 'with times that have not passed',
    rule: timed,
    lasted: false,
    next: {
      INACTIVE: ['PENDING', 'INACTIVE', 'NO_DATA', 'INACTIVE'],
      PENDING: ['PENDING', 'INACTIVE', 'NO_DATA', 'PENDING'],
      FIRING: ['FIRING', 'FIRING', 'NO_DATA', 'FIRING'],
      NO_DATA: ['PENDING', 'INACTIVE', 'NO_DATA', 'NO_DATA'],
    },
  },
  {
    what: 'with times that have passed',
    rule: timed,
    lasted: true,
    next: {
      INACTIVE: ['PENDING', 'INACTIVE', 'NO_DATA', 'INACTIVE'],
      PENDING: ['FIRING', 'INACTIVE', 'NO_DATA', 'PENDING'],
      FIRING: ['FIRING', 'INACTIVE', 'NO_DATA', 'FIRING'],
      NO_DATA: ['PENDING', 'INACTIVE', 'NO_DATA', 'NO_DATA'],
    },
  },
];

describe.each(tables)('$what', ({ rule, lasted, next }) => {
  test.each(alertStates.flatMap((state) => observations.map((seen, i) => [state, seen, next[state][i]] as const)))(
    '%s and %s is %s',
    (state, seen, expected) => {
      const since = lasted ? now - minute.ms : now - 1;
      // Clear since then, where it fires.
      const before = { ...statusIn(state, since), clearSince: state === 'FIRING' && lasted ? since : null };
      const after = transition(rule, before, seen, now);
      expect(after.state).toBe(expected);
      if (expected !== state) expect(after.since).toBe(now);
    },
  );
});

test('the table has every cell', () => {
  for (const { next } of tables) {
    expect(Object.keys(next).sort()).toEqual([...alertStates].sort());
    for (const row of Object.values(next)) expect(row).toHaveLength(observations.length);
  }
});

describe('times', () => {
  const run = (rule: Timing, seen: readonly (readonly [at: number, Observation])[]) => {
    const states: AlertState[] = [];
    let status = inactive(0);
    for (const [at, observation] of seen) {
      status = transition(rule, status, observation, at);
      states.push(status.state);
    }
    return { states, status };
  };

  test('a condition that does not hold throughout `for` never fires', () => {
    const flapping = Array.from({ length: 20 }, (_, i) => [i * 30_000, i % 2 === 0 ? 'HOLDS' : 'CLEAR'] as const);
    expect(new Set(run(timed, flapping).states)).toEqual(new Set(['PENDING', 'INACTIVE']));
  });

  test('a firing alert that flaps goes on firing, and resolves once it has been clear for long enough', () => {
    const { states, status } = run(timed, [
      [0, 'HOLDS'],
      [60_000, 'HOLDS'],
      [70_000, 'CLEAR'],
      [100_000, 'HOLDS'],
      [110_000, 'CLEAR'],
      [169_999, 'CLEAR'],
      [170_000, 'CLEAR'],
    ]);
    expect(states).toEqual(['PENDING', 'FIRING', 'FIRING', 'FIRING', 'FIRING', 'FIRING', 'INACTIVE']);
    expect(status).toMatchObject({ firedAt: 60_000, resolvedAt: 170_000, since: 170_000 });
  });

  test('from firing to no data and back is one alarm', () => {
    const rule = { ...plain, onNoData: true };
    const { states, status } = run(rule, [
      [1, 'HOLDS'],
      [2, 'NO_DATA'],
      [3, 'HOLDS'],
      [4, 'CLEAR'],
    ]);
    expect(states).toEqual(['FIRING', 'NO_DATA', 'FIRING', 'INACTIVE']);
    expect(status).toMatchObject({ firedAt: 1, resolvedAt: 4 });
  });
});

const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 90_000 }), fc.constantFrom(...observations)), {
  maxLength: 60,
});
const rules = fc.record({
  for: fc.constantFrom(null, minute),
  keepFiringFor: fc.constantFrom(null, minute),
  onNoData: fc.boolean(),
});

test('however observations follow, an alert fires only after `for`, resolves only after `keepFiringFor`, and says when', () => {
  fc.assert(
    fc.property(rules, steps, (rule, all) => {
      let at = 0;
      let status = inactive(0);
      let holdsSince: number | null = null;
      let clearSince: number | null = null;
      for (const [later, seen] of all) {
        at += later;
        const before = status;
        status = transition(rule, before, seen, at);
        const isClear = seen === 'CLEAR' || (seen === 'NO_DATA' && !rule.onNoData);
        if (seen !== 'TOO_FEW') {
          holdsSince = seen === 'HOLDS' ? (holdsSince ?? at) : null;
          clearSince = isClear ? (clearSince ?? at) : null;
        }
        if (seen === 'TOO_FEW') expect(status).toBe(before);
        if (before.state !== 'FIRING' && status.state === 'FIRING') {
          expect(at - (holdsSince ?? Number.NaN)).toBeGreaterThanOrEqual(rule.for?.ms ?? 0);
        }
        if (before.state === 'FIRING' && status.state === 'INACTIVE') {
          expect(at - (clearSince ?? Number.NaN)).toBeGreaterThanOrEqual(rule.keepFiringFor?.ms ?? 0);
        }
        if (!isAlarming(before.state) && isAlarming(status.state)) expect(status.firedAt).toBe(at);
        if (isAlarming(before.state) && !isAlarming(status.state)) expect(status.resolvedAt).toBe(at);
        expect(status.since).toBe(status.state === before.state ? before.since : at);
        expect(transition(rule, status, 'TOO_FEW', at)).toBe(status);
      }
    }),
    { numRuns: 500 },
  );
});
