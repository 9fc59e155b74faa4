// How many insights may open in an hour, over all metrics: the least severe are held back first.
import type { Severity } from '../base/severity.ts';

const hourMs = 3_600_000;
// Of what may open in an hour so much may be of this severity or less.
const shares: Readonly<Record<Severity, number>> = { LOW: 0.25, MEDIUM: 0.5, HIGH: 0.75, CRITICAL: 1 };

export class Budget {
  readonly #anHour: number;
  // When those of the last hour opened, oldest first.
  #opened: number[] = [];
  #heldBack = 0;

  constructor(anHour: number) {
    this.#anHour = anHour;
  }

  /** How many were held back since the start. */
  get heldBack(): number {
    return this.#heldBack;
  }

  /** Whether one of that severity may open at that time, in milliseconds since 1970: then it counts. */
  takes(severity: Severity, at: number): boolean {
    this.#opened = this.#opened.filter((one) => one > at - hourMs);
    if (this.#opened.length >= Math.ceil(shares[severity] * this.#anHour)) return false;
    this.#opened.push(at);
    return true;
  }

  /** One that had opened before the start. */
  count(at: number): void {
    this.#opened.push(at);
  }

  noteHeldBack(): void {
    this.#heldBack += 1;
  }
}
