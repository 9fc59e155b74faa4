// COUNT and RATE: how many points, and how many a second. Exact.
import type { Aggregation } from './aggregation.ts';
import type { Cells } from './cells.ts';
import { Rows } from './rows.ts';

export class CountCells extends Rows implements Cells {
  constructor() {
    super(1);
  }

  add(slot: number): void {
    const at = this.place(slot);
    const { doubles } = this;
    doubles[at] = (doubles[at] as number) + 1;
  }

  count(slot: number): number {
    return this.doubles[slot] ?? 0;
  }

  merge(slot: number, from: this, fromSlot: number): void {
    const at = this.place(slot);
    const { doubles } = this;
    doubles[at] = (doubles[at] as number) + from.count(fromSlot);
  }

  value(slot: number, { function: name }: Aggregation, seconds: number): number {
    return name === 'RATE' ? rate(this.count(slot), seconds) : this.count(slot);
  }
}

function rate(count: number, seconds: number): number {
  return seconds > 0 ? count / seconds : 0;
}
