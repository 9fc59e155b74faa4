// Lengths of time as people give them: a size and a unit.
import type { InputIssue } from './errors.ts';

export const timeUnits = ['SECOND', 'MINUTE', 'HOUR', 'DAY'] as const;
export type TimeUnit = (typeof timeUnits)[number];

export interface TimeSpanInput {
  readonly size: number;
  readonly unit: TimeUnit;
}

export interface TimeSpan extends TimeSpanInput {
  readonly ms: number;
}

export const msPerUnit: Readonly<Record<TimeUnit, number>> = {
  SECOND: 1000,
  MINUTE: 60_000,
  HOUR: 3_600_000,
  DAY: 86_400_000,
};

export function timeSpan(size: number, unit: TimeUnit): TimeSpan {
  return { size, unit, ms: size * msPerUnit[unit] };
}

/** The span, or undefined with an issue pushed onto `issues`. */
export function readTimeSpan(
  input: TimeSpanInput,
  path: readonly string[],
  issues: InputIssue[],
  { leastMs, mostMs }: { leastMs: number; mostMs: number },
): TimeSpan | undefined {
  const span = timeSpan(input.size, input.unit);
  if (Number.isInteger(input.size) && span.ms >= leastMs && span.ms <= mostMs) return span;
  const range = `${leastMs / 1000} to ${mostMs / 1000} seconds`;
  issues.push({ path, message: `must be ${range} long, not ${input.size} ${input.unit}` });
  return undefined;
}
