// An insight in words: what it is called, what was seen and what was expected, and what to look at next.
import { type Insight, leading, type Part, spanOf } from './insight.ts';
import { changePercentOf } from './shift.ts';
import type { Breach, Situation } from './situation.ts';

const numbers = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 });
// What is greater, or nearer to nothing, is written with its power of ten.
const [least, most] = [1e-6, 1e15];
const hourMs = 3_600_000;

export type Direction = 'UP' | 'DOWN' | 'STABLE';

export function titleOf(insight: Insight): string {
  const part = leading(insight);
  const { situation } = part;
  const what = `${metricOf(insight, part)}${othersOf(insight)}`;
  if (situation.type === 'NO_DATA') return `No data: ${what}`;
  if (situation.breach !== undefined) {
    const { limit, at } = situation.breach;
    return `${what}: forecast to be ${limit} by ${timeOf(at)}`;
  }
  const isUp = directionOf(situation) !== 'DOWN';
  if (situation.type === 'ANOMALY_DETECTION' && !isBeyondBand(situation)) return `${what}: moves unusually`;
  if (situation.type === 'ANOMALY_DETECTION') return `${what}: unusually ${isUp ? 'high' : 'low'}`;
  const verb = situation.type === 'TREND_ALERT' ? (isUp ? 'rising' : 'falling') : isUp ? 'has risen' : 'has fallen';
  const percent = situation.movement?.changePercent ?? null;
  const by = percent === null ? ` to ${shown(situation.movement?.after)}` : `, by ${shown(Math.abs(percent))} %`;
  return `${what}: ${verb}${by}`;
}

export function descriptionOf(insight: Insight): string {
  const { situation } = leading(insight);
  const { movement, peak, from, life } = situation;
  if (situation.type === 'NO_DATA') {
    const due = life[0]?.at ?? from;
    return `The last value, ${shown(peak.observed)}, came at ${timeOf(from)}. After so long a silence, by ${timeOf(due)}, it is not its usual rhythm.`;
  }
  if (situation.breach !== undefined) return foreseenText(situation, situation.breach);
  const sentences: string[] = [];
  if (movement !== null) {
    sentences.push(
      `Its level went from ${shown(movement.before)} to ${shown(movement.after)} by ${timeOf(movement.at)}.`,
    );
  }
  const within = isBeyondBand(situation) ? '' : ', and moved more than it does';
  sentences.push(`At ${timeOf(peak.at)} it was ${shown(peak.observed)}${expectedOf(situation)}${within}.`);
  const count = situation.occurrences;
  if (count > 1) sentences.push(`${count} values since ${timeOf(from)} were part of it.`);
  return sentences.join(' ');
}

export function recommendationsOf(insight: Insight): string[] {
  const part = leading(insight);
  const { situation } = part;
  const what = metricOf(insight, part);
  if (situation.type === 'NO_DATA') {
    return [
      `See whether what sends ${what} runs and reaches this server: nothing has come since ${timeOf(situation.from)}.`,
      `If it has been switched off for good, make an analyzer of type SILENCE for it that is not active.`,
    ];
  }
  if (situation.breach !== undefined) {
    return [
      `See in the evidence how ${what} goes on: there is time until ${timeOf(situation.breach.at)}.`,
      'Look at what drives it; where it is meant to go there, move the threshold of the rule.',
    ];
  }
  const { from, to } = spanOf(insight);
  const { peak, movement } = situation;
  const value = `${shown(peak.observed)}${expectedOf(situation)}`;
  const span = `from ${timeOf(from - hourMs)} to ${timeOf(to)}`;
  const first = `Look at the points of ${what} ${span}: it has been unusual since ${timeOf(from)}, at its worst ${value}.`;
  const next = 'See in `related` what else left its band at that time, and what was changed just before.';
  if (movement === null) return [first, next];
  return [
    first,
    next,
    `If ${shown(movement.after)} is how it should be, acknowledge this: it is taken for usual from now on.`,
  ];
}

/** Which way it went; of silence none. */
export function directionOf({ type, movement, peak }: Situation): Direction {
  if (type === 'NO_DATA') return 'STABLE';
  const expected = peak.expectation?.expected ?? null;
  const [from, to] =
    type === 'FORECAST_BREACH'
      ? [peak.observed, expected]
      : movement === null
        ? [expected, peak.observed]
        : [movement.before, movement.after];
  if (from === null || to === null || from === to) return 'STABLE';
  return to > from ? 'UP' : 'DOWN';
}

/** In percent of what was expected, or of the level before; null: of nothing, or of next to nothing, or not known. */
export function changeOf({ type, movement, peak }: Situation): number | null {
  if (movement !== null) return movement.changePercent;
  if (peak.expectation === null || peak.observed === null) return null;
  if (type === 'FORECAST_BREACH') return changePercentOf(peak.observed, peak.expectation.expected);
  return changePercentOf(peak.expectation.expected, peak.observed);
}

function foreseenText({ peak, confidence }: Situation, { limit, at }: Breach): string {
  const { expected, lower, upper } = peak.expectation ?? { expected: null, lower: null, upper: null };
  return `From ${shown(peak.observed)} it is forecast to be ${limit} by ${timeOf(at)}: ${shown(expected)} (${shown(lower)} to ${shown(upper)}) then. The probability is up to ${Math.round(100 * confidence)} % within the rule's horizon.`;
}

/** Otherwise what is unusual is how it moves, not where it is. */
function isBeyondBand({ peak: { observed, expectation } }: Situation): boolean {
  return observed !== null && expectation !== null && (observed < expectation.lower || observed > expectation.upper);
}

function metricOf({ subject }: Insight, { field }: Part): string {
  const { entityType, serviceId, group } = subject;
  const groups = group.map((part) => `${part.field} ${part.value}`).join(', ');
  const of = `${entityType}${serviceId === null ? '' : `/${serviceId}`}${groups === '' ? '' : ` (${groups})`}`;
  return `${field ?? subject.name ?? 'the KPI'} of ${of}`;
}

function othersOf({ parts }: Insight): string {
  const others = new Set(parts.map(({ field }) => field)).size - 1;
  if (others === 0) return '';
  return others === 1 ? ' and another field' : ` and ${others} other fields`;
}

function expectedOf({ peak }: Situation): string {
  if (peak.expectation === null) return '';
  const { expected, lower, upper } = peak.expectation;
  return `, where ${shown(expected)} was expected (${shown(lower)} to ${shown(upper)})`;
}

function shown(value: number | null | undefined): string {
  if (value == null) return 'unknown';
  const size = Math.abs(value);
  return size !== 0 && (size < least || size >= most) ? value.toExponential(3) : numbers.format(value);
}

function timeOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
