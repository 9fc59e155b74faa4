// Mean and spread: the mean and the sum of squared distances from it, by B. P. Welford, Technometrics 4 (1962) 419–420; merged by
// Chan, Golub, LeVeque, "Updating formulae and a pairwise algorithm" (1979). Two doubles; how many values is kept elsewhere.
import { finiteOrNull } from './cells.ts';

export const momentsWidth = 2;

/** `count` is with this one. */
export function addMoment(doubles: Float64Array, at: number, value: number, count: number): void {
  const mean = doubles[at] as number;
  const distance = value - mean;
  const moved = mean + distance / count;
  doubles[at] = moved;
  doubles[at + 1] = (doubles[at + 1] as number) + distance * (value - moved);
}

/** `count` and `fromCount` are how many values each had; `fromCount` is above 0. */
export function mergeMoments(
  doubles: Float64Array,
  at: number,
  count: number,
  from: Float64Array,
  fromAt: number,
  fromCount: number,
): void {
  const both = count + fromCount;
  const distance = (from[fromAt] as number) - (doubles[at] as number);
  const between = distance * distance * ((count * fromCount) / both);
  doubles[at + 1] = (doubles[at + 1] as number) + (from[fromAt + 1] as number) + between;
  doubles[at] = (doubles[at] as number) + distance * (fromCount / both);
}

/** The deviation of the sample; null for fewer than two values. */
export function deviationOf(doubles: Float64Array, at: number, count: number): number | null {
  return count < 2 ? null : finiteOrNull(Math.sqrt((doubles[at + 1] as number) / (count - 1)));
}
