// What SUM, AVG, MIN, MAX, FIRST, LAST, DELTA and STDDEV of one field need, together: who asks for several shares one cell.
import type { Aggregation } from './aggregation.ts';
import { type Cells, finiteOrNull, isNumber } from './cells.ts';
import { addEnd, endsWidth, firstOf, lastOf, mergeEnds } from './ends.ts';
import { addTerm, mergeSum, sumOf, sumWidth } from './exact-sum.ts';
import { addExtremes, extremesWidth } from './extremes.ts';
import { addMoment, deviationOf, mergeMoments, momentsWidth } from './moments.ts';
import { Rows } from './rows.ts';

// A row: all points, those with a number, and what is known of the numbers.
const numbers = 1;
const sum = 2;
const moments = sum + sumWidth;
const extremes = moments + momentsWidth;
const ends = extremes + extremesWidth;
const width = ends + endsWidth;

export class NumberCells extends Rows implements Cells {
  constructor() {
    super(width);
  }

  add(slot: number, value: unknown, time: number, offset: number): void {
    const at = this.place(slot);
    const { doubles } = this;
    doubles[at] = (doubles[at] as number) + 1;
    if (!isNumber(value)) return;
    const count = (doubles[at + numbers] as number) + 1;
    doubles[at + numbers] = count;
    addTerm(doubles, at + sum, value);
    addMoment(doubles, at + moments, value, count);
    addExtremes(doubles, at + extremes, value, value, count === 1);
    addEnd(doubles, at + ends, value, time, offset, count === 1);
  }

  count(slot: number): number {
    return this.doubles[slot * width] ?? 0;
  }

  merge(slot: number, from: this, fromSlot: number): void {
    const at = this.place(slot);
    const { doubles } = this;
    const other = from.doubles;
    const fromAt = fromSlot * width;
    doubles[at] = (doubles[at] as number) + (other[fromAt] ?? 0);
    const fromCount = other[fromAt + numbers] ?? 0;
    if (fromCount === 0) return;
    const count = doubles[at + numbers] as number;
    const [least, greatest] = [other[fromAt + extremes] as number, other[fromAt + extremes + 1] as number];
    mergeSum(doubles, at + sum, other, fromAt + sum);
    mergeMoments(doubles, at + moments, count, other, fromAt + moments, fromCount);
    addExtremes(doubles, at + extremes, least, greatest, count === 0);
    mergeEnds(doubles, at + ends, other, fromAt + ends, count === 0);
    doubles[at + numbers] = count + fromCount;
  }

  value(slot: number, { function: name }: Aggregation): number | null {
    const { doubles } = this;
    const at = slot * width;
    const count = doubles[at + numbers] ?? 0;
    if (count === 0) return null;
    switch (name) {
      case 'SUM':
        return finiteOrNull(sumOf(doubles, at + sum));
      case 'AVG':
        return finiteOrNull(sumOf(doubles, at + sum) / count);
      case 'MIN':
        return doubles[at + extremes] as number;
      case 'MAX':
        return doubles[at + extremes + 1] as number;
      case 'FIRST':
        return firstOf(doubles, at + ends);
      case 'LAST':
        return lastOf(doubles, at + ends);
      case 'DELTA':
        return finiteOrNull(lastOf(doubles, at + ends) - firstOf(doubles, at + ends));
      case 'STDDEV':
        return deviationOf(doubles, at + moments, count);
      default:
        throw new RangeError(`${name} is not read from numbers`);
    }
  }
}
