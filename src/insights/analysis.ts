// All series as they are watched: every point goes through here, in the order of the log, and what is found is reported. A fold of the log: computed
// again from a saved state and the points since, it finds the same.
import { ByteReader, ByteWriter } from '../base/bytes.ts';
import type { StoredPoint } from '../points/point.ts';
import type { Insight } from './insight.ts';
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
// About so many bytes are saved of one.
const bytesAMetric = 26_000;

export class Analysis {
  readonly #options: AnalysisOptions;
  // By series number.
  readonly #series: (SeriesWatch | undefined)[] = [];
  // Those with a second that goes on.
  readonly #waiting = new Set<SeriesWatch>();
  // Series that have changed since they were last saved.
  readonly #changed = new Set<number>();
  // Up to which place in the log what was loaded has all points, by series; and everything that was not loaded.
  readonly #loaded = new Map<number, number>();
  #loadedAll = 0;
  #settled = 0;
  #metrics = 0;
  #cheap = 0;

  constructor(options: AnalysisOptions) {
    this.#options = options;
  }

  /** Metrics that are watched, those of them that only the cheapest analyzers watch, and those that nothing does. */
  get counts(): { metrics: number; cheap: number; unwatched: number } {
    const unwatched = this.#series.reduce((sum, series) => sum + (series?.unwatched ?? 0), 0);
    return { metrics: this.#metrics, cheap: this.#cheap, unwatched };
  }

  accept(point: StoredPoint): void {
    if (point.receivedAt - point.timestamp > mostAgeMs || point.offset <= this.#loadedUpTo(point.series)) return;
    const series = this.#series[point.series] ?? this.#begin(point);
    series.accept(point);
    if (series.isWaiting) this.#waiting.add(series);
    this.#changed.add(point.series);
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
      if (series === undefined) continue;
      this.#guarded(series, () => {
        if (series.tick(settled * secondMs)) this.#changed.add(series.number);
      });
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

  /** Forgets series of these entity types that had their newest point by then. */
  dropEntityTypes(entityTypes: readonly string[], arrivedBy: number): void {
    for (const [number, series] of this.#series.entries()) {
      if (series === undefined || series.arrivedAt > arrivedBy) continue;
      if (entityTypes.includes(series.entityType)) this.discard(number);
    }
  }

  /** Forgets what it knows of a series. */
  discard(number: number): void {
    const series = this.#series[number];
    if (series === undefined) return;
    this.#series[number] = undefined;
    this.#waiting.delete(series);
    this.#changed.add(number);
    for (const { isCheap } of series.subject.metrics) {
      this.#metrics -= 1;
      if (isCheap) this.#cheap -= 1;
    }
  }

  /** Series that have to be saved, by their numbers. */
  get changed(): readonly number[] {
    return [...this.#changed];
  }

  /** Series that there are. */
  get numbers(): readonly number[] {
    return this.#series.flatMap((series) => (series === undefined ? [] : [series.number]));
  }

  /** A series could not be saved after all. */
  touch(number: number): void {
    this.#changed.add(number);
  }

  /** Bytes of a series, which counts as saved; none where it is gone. */
  save(number: number): Uint8Array {
    this.#changed.delete(number);
    const series = this.#series[number];
    if (series === undefined) return new Uint8Array(0);
    const writer = new ByteWriter(series.subject.metrics.length * bytesAMetric);
    series.save(writer);
    return writer.take();
  }

  /** `offset`: its state has all points up to there. Throws where the bytes are none of a series, and has then nothing of it. */
  load(number: number, bytes: Uint8Array, offset: number): void {
    if (bytes.length > 0) {
      const make = (field: string) => this.#make(field);
      this.#keep(SeriesWatch.load(new ByteReader(bytes), make, this.#options));
    }
    this.#loaded.set(number, offset);
  }

  /** What is not loaded has no points up to there. */
  loadedAll(offset: number): void {
    this.#loadedAll = offset;
  }

  /** An open insight as it was told: false where nobody can go on with it. */
  adopt(insight: Insight): boolean {
    const { entityType, serviceId } = insight.subject;
    const series = this.#series.find((one) => one?.entityType === entityType && one.serviceId === serviceId);
    if (series === undefined) return false;
    this.#changed.add(series.number);
    return series.subject.adopt(insight);
  }

  /** Insights that are open, as they were computed. */
  *open(): Iterable<Insight> {
    for (const series of this.#series) if (series !== undefined) yield* series.subject.insights;
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
    return this.#loaded.get(series) ?? this.#loadedAll;
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
    if (this.#metrics >= cheapFactor * maxMetrics) return null;
    const isCheap = this.#metrics - this.#cheap >= maxMetrics;
    this.#metrics += 1;
    if (isCheap) this.#cheap += 1;
    return new Metric(field, isCheap);
  }
}
