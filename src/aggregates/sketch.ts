// QUANTILE within 1 % relative error: DDSketch, Masson, Rim, Lee, PVLDB 12 (2019) 2195–2205, with zeros counted apart.
// The quantile q of n values is the nearest-rank one: the ceil(q n)-th of them in order (R. J. Hyndman, Y. Fan, The American
// Statistician 50 (1996) 361–365, definition 1; SQL's PERCENTILE_DISC). Merge: by bucket.
// One sketch serves every quantile. By hand, for @datadog/sketches-js 2.1.1 loses negative values in a merge, and counts where
// its greatest bucket is 0.
import { present } from '../base/assert.ts';
import type { ByteReader, ByteWriter } from '../base/bytes.ts';
import type { Aggregation } from './aggregation.ts';
import { isNumber } from './cells.ts';
import { LogBuckets } from './log-buckets.ts';
import type { Part } from './object-cells.ts';

// The object itself.
const bytesEmpty = 48;

export class Sketch implements Part {
  readonly #positive = new LogBuckets();
  // By their distance from 0; null: there was none, as in most metrics.
  #negative: LogBuckets | null = null;
  #zeros = 0;

  get bytes(): number {
    return bytesEmpty + this.#positive.bytes + (this.#negative?.bytes ?? 0);
  }

  add(value: unknown): void {
    if (!isNumber(value)) return;
    if (value > 0) this.#positive.add(value);
    else if (value < 0) this.#negatives().add(-value);
    else this.#zeros += 1;
  }

  merge(other: this): void {
    this.#positive.merge(other.#positive);
    if (other.#negative !== null) this.#negatives().merge(other.#negative);
    this.#zeros += other.#zeros;
  }

  save(writer: ByteWriter): void {
    writer.varint(this.#zeros);
    this.#positive.save(writer);
    (this.#negative ?? new LogBuckets()).save(writer);
  }

  load(reader: ByteReader): void {
    this.#zeros = reader.varint();
    this.#positive.load(reader);
    const negative = new LogBuckets();
    negative.load(reader);
    this.#negative = negative.count === 0 ? null : negative;
  }

  value({ quantile }: Pick<Aggregation, 'quantile'>): number | null {
    const below = this.#negative?.count ?? 0;
    const count = below + this.#zeros + this.#positive.count;
    if (count === 0) return null;
    const place = nearestRank(present(quantile, 'quantile'), count) - 1;
    if (place < below) return -present(this.#negative, 'negative numbers').at(below - 1 - place);
    return place < below + this.#zeros ? 0 : this.#positive.at(place - below - this.#zeros);
  }

  #negatives(): LogBuckets {
    this.#negative ??= new LogBuckets();
    return this.#negative;
  }
}

/** The smallest rank, from 1, at which at least the share `q` of `count` values is reached; 0.07 of 100 is 7, not 8 by rounding. */
export function nearestRank(q: number, count: number): number {
  const exact = q * count;
  const whole = Math.round(exact);
  const rank = Math.abs(exact - whole) < 1e-9 * count ? whole : Math.ceil(exact);
  return Math.min(count, Math.max(1, rank));
}
