// How points get in: validated one by one, appended together, acknowledged once the last is durable and has been stepped.
import { hash } from 'node:crypto';
import { badUserInput, limitExceeded } from '../base/errors.ts';
import type { LineGuard } from '../points/line-guard.ts';
import type { Point, PointInput } from '../points/point.ts';
import { pickLines, type ReadBatch, type Rejection, readPoints } from '../points/read-points.ts';
import { type PointRules, validatePoint } from '../points/validate-point.ts';
import { writeTimes } from '../points/write-times.ts';
import { encodeCursor } from '../store/cursor.ts';
import { type Appended, type Log, pointsPerBlock } from '../store/store.ts';
import type { Counters } from './counters.ts';

export const maxBatchIdLength = 256;

/** A streamed body is appended in batches of so many lines, each a block. */
export const linesPerBatch = pointsPerBlock;

export interface IngestResult {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: readonly Rejection[];
  /** Of the last accepted point; null where none was. */
  readonly cursor: string | null;
  /** How many points were looked at, whatever became of them. */
  readonly lines: number;
}

export interface IngestOptions {
  readonly log: Log;
  readonly counters: Counters;
  readonly rules: PointRules;
  readonly maxSeries: number;
  /** Milliseconds that never go back. */
  monotonic(): number;
}

/** What is kept with a batch id, to answer as the first time. */
interface Answer {
  readonly rejected: readonly Rejection[];
}

/** Which batch it is, and when it came. */
interface Identity {
  readonly batchId: string | null;
  readonly digest: string;
  readonly acceptedAt: number;
}

export class Ingest {
  readonly #options: IngestOptions;

  constructor(options: IngestOptions) {
    this.#options = options;
  }

  /**
   * Takes NDJSON lines in, up to where `guard` stops. `bytes` must not be used afterwards. With a batch id the call is safe to repeat.
   * Errors: CONFLICT where the id was used for other content, STORAGE_*.
   */
  async lines(bytes: Buffer, batchId: string | null, guard: LineGuard | null = null): Promise<IngestResult> {
    checkBatchId(batchId);
    const { log, rules } = this.#options;
    const acceptedAt = this.#options.monotonic();
    const digest = batchId === null ? '' : digestOf(bytes);
    const batch = readPoints(bytes, log.clock.latest(), rules, guard);
    return this.#append(batch, { batchId, digest, acceptedAt });
  }

  /** Takes points in, as a client of the API gives them. Errors: as lines. */
  async points(inputs: readonly PointInput[], batchId: string | null): Promise<IngestResult> {
    checkBatchId(batchId);
    const acceptedAt = this.#options.monotonic();
    const digest = batchId === null ? '' : digestOf(Buffer.from(JSON.stringify(inputs)));
    return this.#append(this.#validate(inputs), { batchId, digest, acceptedAt });
  }

  #validate(inputs: readonly PointInput[]): ReadBatch {
    const { log, rules } = this.#options;
    const now = log.clock.latest();
    const points: Point[] = [];
    const rejected: Rejection[] = [];
    const lines: string[] = [];
    for (const [index, input] of inputs.entries()) {
      const point = validatePoint(input, now, rules);
      if (typeof point === 'string') {
        rejected.push({ index, message: point });
      } else {
        points.push(point);
        lines.push(JSON.stringify(input));
      }
    }
    return { points, rejected, lines: Buffer.from(lines.join('\n')), count: inputs.length };
  }

  async #append(batch: ReadBatch, { batchId, digest, acceptedAt }: Identity): Promise<IngestResult> {
    const { log, counters } = this.#options;
    const { points, series, lines, rejected } = this.#numberSeries(this.#timed(batch));
    if (points.length === 0 && batchId === null) {
      counters.noteRejected(rejected.length);
      return { accepted: 0, duplicates: 0, rejected, cursor: null, lines: batch.count };
    }
    const answer = batchId === null ? '' : JSON.stringify({ rejected } satisfies Answer);
    const appended = await log.append({ id: batchId, digest, points, series, lines, answer });
    if (!appended.repeated) {
      counters.noteRejected(rejected.length);
      counters.duplicates += appended.duplicates.length;
      counters.notePoints(appended.count, this.#options.monotonic() - acceptedAt);
    }
    return this.#result(appended, rejected, batch.count);
  }

  // A point without a time has that of its arrival, unless arrivals are ahead of the log's time: then its line says it.
  #timed(batch: ReadBatch): ReadBatch {
    const { now, arrival } = this.#options.log.clock.state;
    const isNeeded = arrival > now && batch.points.some(({ timestamp }) => Number.isNaN(timestamp));
    return isNeeded ? writeTimes(batch, now) : batch;
  }

  /** The number of each point's series; points of a series for which there is no place are rejected. */
  #numberSeries(batch: ReadBatch) {
    const { log, maxSeries } = this.#options;
    const { points } = batch;
    const series = new Uint32Array(points.length);
    const tooMany: number[] = [];
    for (let i = 0; i < points.length; i += 1) {
      const { entityType, serviceId } = points[i] as Point;
      const known = log.series.find(entityType, serviceId);
      if (known !== undefined) series[i] = known;
      else if (log.series.size < maxSeries) series[i] = log.series.numberOf(entityType, serviceId);
      else tooMany.push(i);
    }
    if (tooMany.length === 0) return { ...batch, series };
    return leaveOut(batch, series, new Set(tooMany), maxSeries);
  }

  #result(appended: Appended, rejected: readonly Rejection[], count: number): IngestResult {
    const { partition, first, duplicates, repeated, answer } = appended;
    const last = first + appended.count - 1;
    return {
      accepted: appended.count,
      duplicates: duplicates.length,
      rejected: repeated ? (JSON.parse(answer) as Answer).rejected : rejected,
      cursor: appended.count === 0 ? null : encodeCursor(this.#options.log.id, 'points', { partition, offset: last }),
      lines: count,
    };
  }
}

function leaveOut(batch: ReadBatch, series: Uint32Array, left: ReadonlySet<number>, maxSeries: number) {
  const kept = batch.points.flatMap((_, i) => (left.has(i) ? [] : [i]));
  // Rejected lines have no point: the index of a point's line is its place among the lines that are not blank.
  const bad = new Set(batch.rejected.map(({ index }) => index));
  const indexes = Array.from({ length: batch.count }, (_, index) => index).filter((index) => !bad.has(index));
  const { message } = limitExceeded(
    `its series would be one more than the ${maxSeries} there may be; send it under a known entityType and serviceId`,
    maxSeries,
  );
  const more = [...left].map((i) => ({ index: indexes[i] ?? i, message }));
  return {
    points: kept.map((i) => batch.points[i] as Point),
    series: Uint32Array.from(kept, (i) => series[i] ?? 0),
    lines: pickLines(batch.lines, kept),
    rejected: [...batch.rejected, ...more].sort((a, b) => a.index - b.index),
  };
}

function checkBatchId(batchId: string | null): void {
  if (batchId === null || (batchId !== '' && batchId.length <= maxBatchIdLength)) return;
  throw badUserInput(`a batch id must have 1 to ${maxBatchIdLength} characters, not ${batchId.length}`);
}

function digestOf(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'base64url');
}
