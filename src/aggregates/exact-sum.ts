// A sum with the rounding errors carried along: improved Kahan–Babuška summation, A. Neumaier, ZAMM 54 (1974) 39–51.
// The error of the result does not grow with the number of terms. Two doubles: the sum, and what it has lost.

export const sumWidth = 2;

export function addTerm(doubles: Float64Array, at: number, term: number): void {
  const before = doubles[at] as number;
  const sum = before + term;
  const lost = Math.abs(before) >= Math.abs(term) ? before - sum + term : term - sum + before;
  doubles[at] = sum;
  doubles[at + 1] = (doubles[at + 1] as number) + lost;
}

export function mergeSum(doubles: Float64Array, at: number, from: Float64Array, fromAt: number): void {
  addTerm(doubles, at, from[fromAt] as number);
  doubles[at + 1] = (doubles[at + 1] as number) + (from[fromAt + 1] as number);
}

export function sumOf(doubles: Float64Array, at: number): number {
  const sum = doubles[at] as number;
  // Past the largest double what it lost is NaN; the sum itself then says which infinity.
  return Number.isFinite(sum) ? sum + (doubles[at + 1] as number) : sum;
}
