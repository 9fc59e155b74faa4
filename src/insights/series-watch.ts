// One series as it is watched: its numeric fields, and the second of event time that goes on. Points of a second are observed together once a
// later one comes, or once it is over by the clock.
import type { ByteReader, ByteWriter } from '../base/bytes.ts';
import type { StoredPoint } from '../points/point.ts';
import type { Metric } from './metric.ts';
import { type SubjectContext, SubjectWatch } from './subject-watch.ts';

const secondMs = 1000;
// Points that are later belong to what has been observed: they count in windows and history alone.
const mostLateMs = 10_000;
// So many seconds of event time are observed in one of arrival, and so many at once after a pause; what comes faster, as stored data does, is
// observed together.
const mostASecond = 20;
const mostAtOnce = 120;
const maxDepth = 8;
const maxFields = 500;

/** Gives a metric, or null where there are too many. */
export type MakeMetric = (field: string) => Metric | null;

export class SeriesWatch {
  readonly number: number;
  readonly entityType: string;
  readonly serviceId: string;
  readonly subject: SubjectWatch;
  // By dotted path; null: a field that is not watched.
  readonly #fields = new Map<string, Metric | null>();
  readonly #make: MakeMetric;
  #unwatched = 0;
  #tickedAt = 0;
  // The second that goes on; -1: none has values.
  #second = -1;
  // How many seconds may be observed in that one of arrival.
  #arrivalSecond = 0;
  #room = mostAtOnce;
  #at = 0;
  #arrivedAt = 0;
  #offset: number;

  constructor(
    point: Pick<StoredPoint, 'series' | 'entityType' | 'serviceId'>,
    make: MakeMetric,
    subject: SubjectWatch,
  ) {
    this.number = point.series;
    this.entityType = point.entityType;
    this.serviceId = point.serviceId;
    this.subject = subject;
    this.#make = make;
    this.#offset = 0;
  }

  /** Whether a second waits for its end. */
  get isWaiting(): boolean {
    return this.#second >= 0;
  }

  /** Fields that nothing watches: there are too many metrics. */
  get unwatched(): number {
    return this.#unwatched;
  }

  /** When its last point arrived. */
  get arrivedAt(): number {
    return this.#arrivedAt;
  }

  accept(point: StoredPoint): void {
    const { data, offset, receivedAt } = point;
    // A producer's clock may be ahead.
    const at = Math.min(point.timestamp, receivedAt);
    const second = Math.floor(at / secondMs);
    if (second > this.#second && this.isWaiting && this.#mayObserve(receivedAt)) this.#observe();
    if (at < this.#at - mostLateMs) return;
    this.#second = Math.max(second, Math.floor(this.#at / secondMs));
    this.#at = Math.max(at, this.#at);
    this.#arrivedAt = receivedAt;
    this.#offset = offset;
    this.#addAll(data, '', 0);
  }

  /** The second that goes on is over where it is before that one. */
  endBefore(second: number): void {
    if (this.isWaiting && this.#second < second) this.#observe();
  }

  /** Whether anything has changed. */
  tick(now: number): boolean {
    // While the log is read again time begins before what was saved.
    if (now <= this.#tickedAt) return false;
    this.#tickedAt = now;
    return this.subject.tick(now, this.#offset);
  }

  save(writer: ByteWriter): void {
    const { number, entityType, serviceId } = this;
    const counted = { arrivalSecond: this.#arrivalSecond, room: this.#room };
    const second = { second: this.#second, ...counted, at: this.#at, arrivedAt: this.#arrivedAt, offset: this.#offset };
    writer.text(JSON.stringify({ series: number, entityType, serviceId, tickedAt: this.#tickedAt, ...second }));
    this.subject.save(writer);
  }

  /** Throws where the bytes are none of a series. */
  static load(reader: ByteReader, make: MakeMetric, context: SubjectContext): SeriesWatch {
    const head = JSON.parse(reader.text());
    const series = new SeriesWatch(head, make, SubjectWatch.load(reader, context));
    series.#tickedAt = head.tickedAt;
    series.#second = head.second;
    series.#arrivalSecond = head.arrivalSecond;
    series.#room = head.room;
    series.#at = head.at;
    series.#arrivedAt = head.arrivedAt;
    series.#offset = head.offset;
    for (const metric of series.subject.metrics) series.#fields.set(metric.field ?? '', metric);
    return series;
  }

  #mayObserve(arrival: number): boolean {
    const second = Math.floor(arrival / secondMs);
    const more = mostASecond * (second - this.#arrivalSecond);
    this.#room = Math.min(mostAtOnce, this.#room + more);
    this.#arrivalSecond = second;
    if (this.#room < 1) return false;
    this.#room -= 1;
    return true;
  }

  #observe(): void {
    this.#second = -1;
    this.subject.observe({ at: this.#at, arrivedAt: this.#arrivedAt, offset: this.#offset });
  }

  #addAll(data: Record<string, unknown>, prefix: string, depth: number): void {
    for (const name in data) {
      const value = data[name];
      if (typeof value === 'number') this.#add(prefix === '' ? name : prefix + name, value);
      else if (typeof value === 'object' && value !== null && !Array.isArray(value) && depth < maxDepth) {
        this.#addAll(value as Record<string, unknown>, `${prefix}${name}.`, depth + 1);
      }
    }
  }

  #add(field: string, value: number): void {
    if (!Number.isFinite(value)) return;
    let metric = this.#fields.get(field);
    if (metric === undefined) {
      if (this.#fields.size >= maxFields) return;
      metric = this.#make(field);
      if (metric === null) this.#unwatched += 1;
      else this.subject.add(metric);
      this.#fields.set(field, metric);
    }
    metric?.add(value);
  }
}
