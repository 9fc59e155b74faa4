// What goes on in one metric, from its opening until it is over: one pure function, the same live and after a restart.
//
//            alarm, or the level has moved                 enough values as usual, or its time is up
//   nothing ──────────────────────────────▶ OPEN ──────────────────────────────────────────────▶ RESOLVED
//                                           │  ▲ what is unusual meanwhile is part of it: it counts, it may raise the severity;
//                                           └──┘ a level that has moved makes it a change point, bit by bit a trend, and one that is back an anomaly again
//
// A resolved situation stays as it is: what comes next is another. A metric that falls silent is in a situation of another kind, which is over
// as soon as a value comes.

import type { Severity } from '../base/severity.ts';
import type { Expectation, Observed } from './detector.ts';
import { moreSevere, severityOfAnomaly, severityOfShift, severityOfSilence } from './severity.ts';
import { changePercentOf, type Shift, sameRun } from './shift.ts';

export type SituationType = 'ANOMALY_DETECTION' | 'CHANGE_POINT' | 'TREND_ALERT' | 'NO_DATA' | 'FORECAST_BREACH';
export type LifeEventKind = 'OPENED' | 'SEVERITY_CHANGED' | 'PEAK' | 'ACKNOWLEDGED' | 'BACK_TO_NORMAL' | 'RESOLVED';

/** All times in milliseconds since 1970. */
export interface LifeEvent {
  readonly at: number;
  readonly kind: LifeEventKind;
  readonly severity: Severity;
  readonly observed: number | null;
}

/** A value with what the detectors say of it. */
export interface Seen extends Observed {
  readonly at: number;
  readonly observed: number;
  /** Place of its point in the log; null: it is of no point. */
  readonly offset: number | null;
  readonly expectation: Expectation | null;
  readonly shift: Shift | null;
}

/** The value that was farthest from what was usual; of silence the last one. */
export interface Peak {
  readonly at: number;
  readonly observed: number | null;
  readonly expectation: Expectation | null;
  readonly strength: number;
  /** Place of its point in the log; null: it is of no point. */
  readonly offset: number | null;
}

/** A level that has moved. */
export interface Movement {
  readonly at: number;
  readonly before: number;
  readonly after: number;
  /** Null: the level was nothing, or next to it: less than a twentieth of what it moved by. */
  readonly changePercent: number | null;
  /** Bit by bit. */
  readonly isGradual: boolean;
}

/** A threshold that a forecast crosses. */
export interface Breach {
  readonly ruleId: string;
  /** In words, such as `above 100`. */
  readonly limit: string;
  /** End of the first step that is forecast to be beyond it. */
  readonly at: number;
}

export interface Situation {
  readonly type: SituationType;
  readonly state: 'OPEN' | 'RESOLVED';
  readonly severity: Severity;
  /** Probability in [0, 1] that it is not chance. */
  readonly confidence: number;
  /** First and last value that was unusual. */
  readonly from: number;
  readonly to: number;
  /** How many values were unusual. */
  readonly occurrences: number;
  readonly peak: Peak;
  readonly movement: Movement | null;
  /** Of FORECAST_BREACH: what is forecast. */
  readonly breach?: Breach;
  /** Oldest first. */
  readonly life: readonly LifeEvent[];
  /** Values as usual since the last that was not, and the first of them. */
  readonly quiet: number;
  readonly quietSince: number | null;
}

const quietToResolve = 50;
// A level that goes on the same way within so many values is one movement.
const quietAfterMovement = sameRun;
const leastOfPeak = 0.5;
// So near to where a level was, as a share of how far it had moved, it is back.
const returned = 0.25;
const hourMs = 3_600_000;
const anomalyMs = 72 * hourMs;
const movementMs = 24 * hourMs;
const silenceMs = 24 * hourMs;
// Rule of succession: of 30 gaps at least none was as long.
const silenceConfidence = 1 - 1 / 32;
// Longer than what is usual by so much more, it is worse.
const longSilence = 4;

/**
 * The situation after a value; the same object where nothing changes, null where there is none. Values come in the order of their times.
 * Where the one before may be over by now, `expire` it first, to hear of that: a value may open the next one.
 */
export function advance(before: Situation | null, seen: Seen): Situation | null {
  const situation = before === null ? null : expire(before, seen.at);
  const movement = movementOf(seen);
  if (situation === null || situation.state === 'RESOLVED') {
    if (!seen.isAlarm && movement === null) return situation;
    return open(seen, movement);
  }
  if (movement === null && !isPartOf(situation, seen)) return calm(situation, seen);
  return goOn(situation, seen, movement);
}

/** Nothing has come since `last`, and by `due` something should have. */
export function fallSilent(last: { at: number; observed: number | null }, due: number): Situation {
  const severity = severityOfSilence(1);
  return {
    type: 'NO_DATA',
    state: 'OPEN',
    severity,
    confidence: silenceConfidence,
    from: last.at,
    to: due,
    occurrences: 0,
    peak: { ...last, expectation: null, strength: 0, offset: null },
    movement: null,
    life: [{ at: due, kind: 'OPENED', severity, observed: null }],
    quiet: 0,
    quietSince: null,
  };
}

/** The same silence at a later time; the same object where nothing changes. */
export function staySilent(before: Situation, now: number): Situation {
  const situation = expire(before, now);
  if (situation.state === 'RESOLVED') return situation;
  const { from, life } = situation;
  const usual = (life[0]?.at ?? from) - from;
  const at = from + longSilence * usual;
  const severity = moreSevere(situation.severity, severityOfSilence(now >= at ? longSilence : 1));
  if (severity === situation.severity) return situation;
  const raised = { ...situation, severity, to: at };
  return { ...raised, life: told(raised, 'SEVERITY_CHANGED', at, null) };
}

/** A value has come. */
export function speakAgain(situation: Situation, at: number, observed: number): Situation {
  if (situation.state === 'RESOLVED') return situation;
  return resolve({ ...situation, to: at }, at, observed);
}

/** Resolved where its time is up, also where no value comes any more. */
export function expire(situation: Situation, now: number): Situation {
  if (situation.state === 'RESOLVED' || now < expiresAt(situation)) return situation;
  return resolve(situation, expiresAt(situation));
}

/** It is no longer watched. */
export function end(situation: Situation, now: number): Situation {
  return situation.state === 'RESOLVED' ? situation : resolve(situation, now);
}

/** Of a level that has moved, by when it last did; of silence, by when it was unusual. */
export function expiresAt({ type, from, to, movement, life }: Situation): number {
  if (type === 'FORECAST_BREACH') return to + hourMs;
  if (type === 'NO_DATA') return (life[0]?.at ?? from) + silenceMs;
  return movement === null ? from + anomalyMs : movement.at + movementMs;
}

function open(seen: Seen, movement: Movement | null): Situation {
  const severity = severityWith(seen, movement);
  return {
    type: movement === null ? 'ANOMALY_DETECTION' : typeWith(movement),
    state: 'OPEN',
    severity,
    confidence: confidenceOf(seen, movement),
    from: seen.at,
    to: seen.at,
    occurrences: 1,
    peak: peakOf(seen),
    movement,
    life: [{ at: seen.at, kind: 'OPENED', severity, observed: seen.observed }],
    quiet: 0,
    quietSince: null,
  };
}

/** What is much less unusual than the situation is at its worst is no part of it: of some metrics a few values always are. */
function isPartOf({ peak }: Situation, { isUnusual, strength }: Seen): boolean {
  return isUnusual && strength >= leastOfPeak * peak.strength;
}

function goOn(before: Situation, seen: Seen, movement: Movement | null): Situation {
  const severity = moreSevere(before.severity, severityWith(seen, movement));
  const isBack = before.movement !== null && movement !== null && isReturn(before.movement, movement);
  const situation: Situation = {
    ...before,
    type: isBack ? 'ANOMALY_DETECTION' : movement === null ? before.type : typeWith(movement),
    severity,
    confidence: Math.max(before.confidence, confidenceOf(seen, movement)),
    to: Math.max(before.to, seen.at),
    occurrences: before.occurrences + 1,
    peak: seen.strength > before.peak.strength ? peakOf(seen) : before.peak,
    movement: isBack ? null : (movement ?? before.movement),
    quiet: 0,
    quietSince: null,
  };
  if (severity === before.severity) return situation;
  return { ...situation, life: told(situation, 'SEVERITY_CHANGED', seen.at, seen.observed) };
}

function calm(situation: Situation, { at, observed }: Seen): Situation {
  const quiet = situation.quiet + 1;
  const quietSince = situation.quietSince ?? at;
  const enough = situation.movement === null ? quietToResolve : quietAfterMovement;
  if (quiet < enough) return { ...situation, quiet, quietSince };
  return resolve({ ...situation, quiet, quietSince }, at, observed);
}

function resolve(situation: Situation, now: number, observed: number | null = null): Situation {
  const { peak, quietSince, severity, life } = situation;
  const at = notBefore(situation, now);
  const added: LifeEvent[] = [];
  if (peak.at > situation.from && situation.breach === undefined)
    added.push({ at: peak.at, kind: 'PEAK', severity, observed: peak.observed });
  if (quietSince !== null) added.push({ at: quietSince, kind: 'BACK_TO_NORMAL', severity, observed: null });
  added.push({ at, kind: 'RESOLVED', severity, observed });
  return { ...situation, state: 'RESOLVED', life: [...life, ...added].sort((a, b) => a.at - b.at) };
}

function told(situation: Situation, kind: LifeEventKind, at: number, observed: number | null): readonly LifeEvent[] {
  return [...situation.life, { at: notBefore(situation, at), kind, severity: situation.severity, observed }];
}

/** People and points have clocks of their own: what is told later is no earlier. */
function notBefore({ life }: Situation, at: number): number {
  return Math.max(at, life.at(-1)?.at ?? at);
}

function movementOf({ at, shift }: Seen): Movement | null {
  if (shift === null) return null;
  const { before, after, isGradual } = shift;
  return { at, before, after, changePercent: changePercentOf(before, after), isGradual };
}

/** Whether the level is again what it was: then it was a burst. */
function isReturn(before: Movement, movement: Movement): boolean {
  return Math.abs(movement.after - before.before) <= returned * Math.abs(before.after - before.before);
}

function typeWith(movement: Movement): SituationType {
  return movement.isGradual ? 'TREND_ALERT' : 'CHANGE_POINT';
}

function severityWith({ isUnusual, strength, shift }: Seen, movement: Movement | null): Severity {
  const ofAnomaly = isUnusual ? severityOfAnomaly(strength) : 'LOW';
  if (movement === null || shift === null) return ofAnomaly;
  return moreSevere(ofAnomaly, severityOfShift(movement.changePercent, shift.confidence));
}

/** A surprise is minus the logarithm of how rare it is. */
function confidenceOf({ surprise, shift }: Seen, movement: Movement | null): number {
  return Math.max(1 - 10 ** -surprise, movement === null ? 0 : (shift?.confidence ?? 0));
}

function peakOf({ at, observed, expectation, strength, offset }: Seen): Peak {
  return { at, observed, expectation, strength, offset };
}
