// The first and the last value by event time, then by arrival: time, offset and value of each, six doubles. Exact.

export const endsWidth = 6;
const last = 3;

/** `isFirst`: there is none yet. */
export function addEnd(
  doubles: Float64Array,
  at: number,
  value: number,
  time: number,
  offset: number,
  isFirst: boolean,
): void {
  if (isFirst || isBefore(time, offset, doubles, at)) put(doubles, at, value, time, offset);
  if (isFirst || !isBefore(time, offset, doubles, at + last)) put(doubles, at + last, value, time, offset);
}

/** `isFirst`: there is none yet. */
export function mergeEnds(
  doubles: Float64Array,
  at: number,
  from: Float64Array,
  fromAt: number,
  isFirst: boolean,
): void {
  for (const end of [fromAt, fromAt + last]) {
    const [time, offset, value] = [from[end] as number, from[end + 1] as number, from[end + 2] as number];
    addEnd(doubles, at, value, time, offset, isFirst && end === fromAt);
  }
}

export function firstOf(doubles: Float64Array, at: number): number {
  return doubles[at + 2] as number;
}

export function lastOf(doubles: Float64Array, at: number): number {
  return doubles[at + last + 2] as number;
}

function isBefore(time: number, offset: number, doubles: Float64Array, at: number): boolean {
  const other = doubles[at] as number;
  return time < other || (time === other && offset < (doubles[at + 1] as number));
}

function put(doubles: Float64Array, at: number, value: number, time: number, offset: number): void {
  doubles[at] = time;
  doubles[at + 1] = offset;
  doubles[at + 2] = value;
}
