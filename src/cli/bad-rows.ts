// Rows of a file that cannot be read as points: counted, the first of them named.

const mostNamed = 10;

export class BadRows {
  readonly #named: string[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  note(row: number, why: string): void {
    this.#count += 1;
    if (this.#named.length < mostNamed) this.#named.push(`row ${row}: ${why}`);
  }

  /** A line for each that is named, and one for the rest. */
  get text(): string {
    const rest = this.#count - this.#named.length;
    const lines = rest > 0 ? [...this.#named, `… and ${rest} more rows`] : this.#named;
    return lines.map((line) => `${line}\n`).join('');
  }
}
