// How severe an insight is, from the size of its effect and how sure it is: the tables of docs/insights.md.

import { type Severity, severities } from '../base/severity.ts';

interface Step {
  readonly least: number;
  readonly severity: Severity;
}

// In thresholds.
const anomalySteps: readonly Step[] = [
  { least: 3, severity: 'CRITICAL' },
  { least: 2.2, severity: 'HIGH' },
  { least: 1.5, severity: 'MEDIUM' },
];

// In percent of the level before.
const shiftSteps: readonly Step[] = [
  { least: 50, severity: 'CRITICAL' },
  { least: 20, severity: 'HIGH' },
  { least: 10, severity: 'MEDIUM' },
];

const sure = 0.99;

/** `strength` is a value's surprise as a multiple of the threshold. */
export function severityOfAnomaly(strength: number): Severity {
  return stepOf(anomalySteps, strength);
}

/** Of a level that has moved by so many percent (null: from nothing); one less where it is not sure. */
export function severityOfShift(changePercent: number | null, confidence: number): Severity {
  const severity = changePercent === null ? 'HIGH' : stepOf(shiftSteps, Math.abs(changePercent));
  return confidence >= sure ? severity : (severities[Math.max(0, severities.indexOf(severity) - 1)] as Severity);
}

/** Of a silence so many times as long as what is unusual. */
export function severityOfSilence(times: number): Severity {
  return times >= 4 ? 'HIGH' : 'MEDIUM';
}

export function moreSevere(a: Severity, b: Severity): Severity {
  return severities.indexOf(a) >= severities.indexOf(b) ? a : b;
}

function stepOf(steps: readonly Step[], size: number): Severity {
  return steps.find(({ least }) => size >= least)?.severity ?? 'LOW';
}
