// An insight as it is kept and shown: one ongoing situation, or several of one series that began together, with the evidence.
import { hash } from 'node:crypto';
import type { Group } from '../base/group.ts';
import type { Severity } from '../base/severity.ts';
import type { EvidenceStep } from './evidence.ts';
import { moreSevere } from './severity.ts';
import { end, expire, expiresAt, type LifeEvent, type Situation, type SituationType } from './situation.ts';

/** What it is about: a series, or the value of a widget for one group. */
export interface Subject {
  /** Whose points it is about: whoever may not read them does not see it. */
  readonly entityType: string;
  /** Null: over all services. */
  readonly serviceId: string | null;
  readonly dashboardId: string | null;
  readonly widgetId: string | null;
  readonly group: Group;
  /** What the widget was called when it opened. */
  readonly name?: string;
}

/** What goes on in one field. */
export interface Part {
  /** Null: the value of a widget. */
  readonly field: string | null;
  readonly situation: Situation;
  readonly steps: readonly EvidenceStep[];
}

export interface Insight {
  readonly id: string;
  readonly subject: Subject;
  /** The one that it opened with is first. */
  readonly parts: readonly Part[];
  readonly acknowledged: { readonly by: string; readonly at: number } | null;
  /** When it was found and when it last changed, by the log's clock. */
  readonly generatedAt: number;
  readonly updatedAt: number;
  /** How many changes of it were told: of two accounts of one insight the one with more is the newer. */
  readonly changes: number;
  /** Every change of it is one for those who watch. */
  readonly isTold: true;
}

/** The same when it is computed again: by the subject, the field that it opened with and the place in the log where it did. */
export function insightId(
  kind: 'UNUSUAL' | 'SILENT' | 'FORESEEN',
  subject: Subject,
  field: string | null,
  offset: number,
): string {
  const { entityType, serviceId, widgetId, group } = subject;
  const text = JSON.stringify([kind, entityType, serviceId, widgetId, group, field, offset]);
  return `insight_${hash('sha256', text, 'base64url').slice(0, 22)}`;
}

/** The part that it opened with. */
export function leading({ parts }: Insight): Part {
  return parts[0] as Part;
}

export function isOpen({ parts }: { readonly parts: readonly Pick<Part, 'situation'>[] }): boolean {
  return parts.some(({ situation }) => situation.state === 'OPEN');
}

export function typeOf(insight: Insight): SituationType {
  return leading(insight).situation.type;
}

export function severityOf({ parts }: Pick<Insight, 'parts'>): Severity {
  return parts.reduce<Severity>((most, { situation }) => moreSevere(most, situation.severity), 'LOW');
}

export function confidenceOf({ parts }: Insight): number {
  return Math.max(...parts.map(({ situation }) => situation.confidence));
}

/** How many values were unusual, over all fields. */
export function occurrencesOf({ parts }: Insight): number {
  return parts.reduce((sum, { situation }) => sum + situation.occurrences, 0);
}

/** First and last value that was unusual, in milliseconds since 1970. */
export function spanOf({ parts }: Pick<Insight, 'parts'>): { from: number; to: number } {
  return {
    from: Math.min(...parts.map(({ situation }) => situation.from)),
    to: Math.max(...parts.map(({ situation }) => situation.to)),
  };
}

export function expiryOf({ parts }: Insight): number {
  return Math.max(...parts.map(({ situation }) => expiresAt(situation)));
}

/** As its own watch would have ended it: that is not there any more, or looks for it no longer. */
export function endedInsight(insight: Insight, now: number): Insight {
  const parts = insight.parts.map((part) => ({ ...part, situation: end(expire(part.situation, now), now) }));
  return { ...insight, parts, updatedAt: now, changes: insight.changes + 1 };
}

/** What happened to it, oldest first: it opens with its first field and ends with the last. */
export function lifeOf(insight: Insight): LifeEvent[] {
  const [first] = insight.parts;
  const last = isOpen(insight) ? null : lastToEnd(insight);
  const events = insight.parts.flatMap((part) =>
    part.situation.life.filter(({ kind }) => {
      if (kind === 'OPENED') return part === first;
      if (kind === 'BACK_TO_NORMAL' || kind === 'RESOLVED') return part === last;
      return true;
    }),
  );
  const { acknowledged } = insight;
  if (acknowledged !== null) {
    events.push({ at: acknowledged.at, kind: 'ACKNOWLEDGED', severity: severityOf(insight), observed: null });
  }
  return events.sort((a, b) => a.at - b.at);
}

function lastToEnd({ parts }: Insight): Part {
  const endOf = ({ situation }: Part) => situation.life.at(-1)?.at ?? 0;
  return parts.reduce((last, part) => (endOf(part) >= endOf(last) ? part : last));
}
