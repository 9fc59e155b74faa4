// The least and the greatest value: two doubles. Exact.

export const extremesWidth = 2;

/** `isFirst`: there is none yet. */
export function addExtremes(
  doubles: Float64Array,
  at: number,
  least: number,
  greatest: number,
  isFirst: boolean,
): void {
  if (isFirst || least < (doubles[at] as number)) doubles[at] = least;
  if (isFirst || greatest > (doubles[at + 1] as number)) doubles[at + 1] = greatest;
}
