// FIRST, LAST and DELTA (last less first) of the numeric values, by event time, then by arrival. Merge: the earlier, the
// later. Exact.
import { type Aggregate, finiteOrNull, isNumber } from './aggregate.ts';

interface Seen {
  readonly value: number;
  readonly time: number;
  readonly offset: number;
}

function isBefore(a: Seen, b: Seen): boolean {
  return a.time < b.time || (a.time === b.time && a.offset < b.offset);
}

class Ends implements Aggregate {
  protected first: Seen | null = null;
  protected last: Seen | null = null;

  add(value: unknown, time: number, offset: number): void {
    if (!isNumber(value)) return;
    const seen = { value, time, offset };
    this.#take(seen, seen);
  }

  merge(other: this): void {
    if (other.first !== null && other.last !== null) this.#take(other.first, other.last);
  }

  value(_seconds: number): number | null {
    return this.last === null || this.first === null ? null : finiteOrNull(this.last.value - this.first.value);
  }

  #take(first: Seen, last: Seen): void {
    if (this.first === null || isBefore(first, this.first)) this.first = first;
    if (this.last === null || isBefore(this.last, last)) this.last = last;
  }
}

export class First extends Ends {
  override value(): number | null {
    return this.first?.value ?? null;
  }
}

export class Last extends Ends {
  override value(): number | null {
    return this.last?.value ?? null;
  }
}

export class Delta extends Ends {}
