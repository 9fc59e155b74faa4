// How often a watcher hears of changes: whole seconds, for the clock that ticks them has no finer step.
import { type InputIssue, invalidInput } from '../base/errors.ts';
import { readTimeSpan, type TimeSpanInput } from '../base/time-span.ts';

const bounds = { leastMs: 1000, mostMs: 3_600_000 };

/** Seconds. Errors: INVALID_INPUT. */
export function readEvery(every: TimeSpanInput): number {
  const issues: InputIssue[] = [];
  const span = readTimeSpan(every, ['every'], issues, bounds);
  if (span === undefined) throw invalidInput(issues);
  return span.ms / 1000;
}
