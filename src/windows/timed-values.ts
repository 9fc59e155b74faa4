// Values with their event times, offsets and groups, in columns: a fraction of the memory of as many objects.

/** A value with the event time, offset and group that it counts for. */
export interface TimedValue {
  readonly value: unknown;
  readonly time: number;
  readonly offset: number;
  readonly group: string | null;
}

// The text of a group is the one that the panes keep.
const bytesPerValue = 32;

export class TimedValues {
  #times: number[] = [];
  #offsets: number[] = [];
  #values: unknown[] = [];
  #groups: (string | null)[] = [];
  #isSorted = true;

  get size(): number {
    return this.#times.length;
  }

  get bytes(): number {
    return bytesPerValue * this.size;
  }

  push({ value, time, offset, group }: TimedValue): void {
    if (time < (this.#times.at(-1) ?? time)) this.#isSorted = false;
    this.#times.push(time);
    this.#offsets.push(offset);
    this.#values.push(value);
    this.#groups.push(group);
  }

  at(index: number): TimedValue {
    return {
      value: this.#values[index],
      time: this.#times[index] as number,
      offset: this.#offsets[index] as number,
      group: this.#groups[index] as string | null,
    };
  }

  /** By time, after which an index means something. */
  sort(): void {
    if (this.#isSorted) return;
    const order = Array.from(this.#times, (_, i) => i).sort((a, b) => (this.#times[a] ?? 0) - (this.#times[b] ?? 0));
    this.#times = order.map((i) => this.#times[i] as number);
    this.#offsets = order.map((i) => this.#offsets[i] as number);
    this.#values = order.map((i) => this.#values[i]);
    this.#groups = order.map((i) => this.#groups[i] as string | null);
    this.#isSorted = true;
  }

  /** Of sorted ones: the first with a later time. */
  indexAbove(time: number): number {
    let [low, high] = [0, this.size];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#times[middle] as number) <= time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Keeps those from `first` up to before `end`. */
  keep(first: number, end: number): void {
    if (first === 0 && end >= this.size) return;
    this.#times = this.#times.slice(first, end);
    this.#offsets = this.#offsets.slice(first, end);
    this.#values = this.#values.slice(first, end);
    this.#groups = this.#groups.slice(first, end);
  }
}
