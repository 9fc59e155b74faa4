// All series as they are watched: every point goes through here, in the order of the log, and what is found is reported. A fold of the log: computed
// again from a saved state and the points since, it finds the same.
import { ByteReader, ByteWriter } from '../base/bytes.ts';
import type { StoredPoint } from '../points/point.ts';
import { Metric } from './metric.ts';
import { SeriesWatch } from './series-watch.ts';
import { type SubjectContext, SubjectWatch } from './subject-watch.ts';

export interface AnalysisOptions extends SubjectContext {
  /** Metrics past it are watched by the cheapest analyzers alone, past ten times as many not at all. */
  readonly maxMetrics: number;
  /** Hears of a series whose state went wrong: it is forgotten, and the series watched anew. */
  onError(error: unknown, series: { readonly entityType: string; readonly serviceId: string }): void;
}

// What is imported from the past is no news.
const mostAgeMs = 3_600_000;
// Points of a second may be on their way while the clock is past it.
const settledMs = 1000;
const secondMs = 1000;
const cheapFactor = 10;
export const seriesAChunk = 8;

export class Analysis {
  readonly #options: AnalysisOptions;
  // By series number.
  readonly #series: (SeriesWatch | undefined)[] = [];
  // Those with a second that goes on.
  readonly #waiting = new Set<SeriesWatch>();
  // Chunks that have changed since they were last saved.
  readonly #changed = new Set<number>();
  // Up to which place in the log what was loaded has all points, by chunk; and everything that was not loaded.
  readonly #loaded = new Map<number, number>();
  #loadedAll = 0;
  #settled = 0;
  #metrics = 0;
  #cheap = 0;
  #unwatched = 0;

  constructor(options: AnalysisOptions) {
    this.#options = options;
  }

  /** Metrics that are watched, those of them that only the cheapest analyzers watch, and those that nothing does. */
  get counts(): { metrics: number; cheap: number; unwatched: number } {
    return { metrics: this.#metrics, cheap: this.#cheap, unwatched: this.#unwatched };
  }

  accept(point: StoredPoint): void {
    if (point.receivedAt - point.timestamp > mostAgeMs || point.offset <= this.#loadedUpTo(point.series)) return;
    const series = this.#series[point.series] ?? this.#begin(point);
    series.accept(point);
    if (series.isWaiting) this.#waiting.add(series);
    this.#changed.add(chunkOf(point.series));
  }

  /**
   * What time brings, by the log's clock. Called before the points of a later second, live and in recovery, it makes no difference how often it
   * was called before.
   */
  tick(now: number): void {
    const settled = Math.floor((now - settledMs) / secondMs);
    if (settled <= this.#settled) return;
    this.#settled = settled;
    for (const series of this.#waiting) {
      this.#guarded(series, () => series.endBefore(settled));
      if (!series.isWaiting) this.#waiting.delete(series);
    }
    for (const series of this.#series) {
      if (series !== undefined) this.#guarded(series, () => series.tick(settled * secondMs));
    }
  }

  /** Nobody listened until `now`: silence until then is none. */
  resume(now: number): void {
    for (const series of this.#series) series?.subject.resume(now);
  }

  /** Forgets series whose newest point arrived before that. */
  dropOlderThan(arrival: number): void {
    for (const [number, series] of this.#series.entries()) {
      if (series !== undefined && series.arrivedAt < arrival) this.discard(number);
    }
  }

  /** Forgets what it knows of a series. */
  discard(number: number): void {
    const series = this.#series[number];
    if (series === undefined) return;
    this.#series[number] = undefined;
    this.#waiting.delete(series);
    this.#changed.add(chunkOf(number));
    for (const { isCheap } of series.subject.metrics) {
      this.#metrics -= 1;
      if (isCheap) this.#cheap -= 1;
    }
  }

  /** Chunks that have to be saved. */
  get changed(): readonly number[] {
    return [...this.#changed];
  }

  /** Chunks that have anything. */
  get chunks(): readonly number[] {
    return [...new Set(this.#series.flatMap((series) => (series === undefined ? [] : [chunkOf(series.number)])))];
  }

  /** A chunk could not be saved after all. */
  touch(chunk: number): void {
    this.#changed.add(chunk);
  }

  /** Bytes of eight series, which count as saved. */
  save(chunk: number): Uint8Array {
    this.#changed.delete(chunk);
    const writer = new ByteWriter();
    const all = this.#series.slice(chunk * seriesAChunk, (chunk + 1) * seriesAChunk).filter((one) => one !== undefined);
    writer.varint(all.length);
    for (const series of all) series.save(writer);
    return writer.finish();
  }

  /** `offset`: its state has all points up to there. Throws where the bytes are none of a chunk, and has then nothing of it. */
  load(chunk: number, bytes: Uint8Array, offset: number): void {
    const reader = new ByteReader(bytes);
    const make = (field: string) => this.#make(field);
    const all: SeriesWatch[] = [];
    for (let left = reader.varint(); left > 0; left -= 1) all.push(SeriesWatch.load(reader, make, this.#options));
    for (const series of all) this.#keep(series);
    this.#loaded.set(chunk, offset);
  }

  /** What is not in a chunk has no points up to there. */
  loadedAll(offset: number): void {
    this.#loadedAll = offset;
  }

  /** Insights that are open, as they were computed. */
  *open(): Iterable<SubjectWatch> {
    for (const series of this.#series) if (series?.subject.hasOpen === true) yield series.subject;
  }

  #guarded(series: SeriesWatch, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.discard(series.number);
      this.#options.onError(error, series);
    }
  }

  #loadedUpTo(series: number): number {
    return this.#loaded.get(chunkOf(series)) ?? this.#loadedAll;
  }

  #begin(point: StoredPoint): SeriesWatch {
    const { entityType, serviceId, series: number } = point;
    const subject = { entityType, serviceId, dashboardId: null, widgetId: null, group: [] };
    const watch = new SubjectWatch(subject, this.#options);
    const series = new SeriesWatch(point, (field) => this.#make(field), watch);
    this.#series[number] = series;
    return series;
  }

  #keep(series: SeriesWatch): void {
    this.#series[series.number] = series;
    if (series.isWaiting) this.#waiting.add(series);
    for (const { isCheap } of series.subject.metrics) {
      this.#metrics += 1;
      if (isCheap) this.#cheap += 1;
    }
  }

  #make(field: string): Metric | null {
    const { maxMetrics } = this.#options;
    if (this.#metrics >= cheapFactor * maxMetrics) {
      this.#unwatched += 1;
      return null;
    }
    const isCheap = this.#metrics - this.#cheap >= maxMetrics;
    this.#metrics += 1;
    if (isCheap) this.#cheap += 1;
    return new Metric(field, isCheap);
  }
}

function chunkOf(series: number): number {
  return Math.floor(series / seriesAChunk);
}
