// One series as it is watched: its numeric fields, and the second of event time that goes on. Points of a second are observed together once a
// later one comes, or once it is over by the clock.
import type { ByteReader, ByteWriter } from '../base/bytes.ts';
import type { StoredPoint } from '../points/point.ts';
import { Metric } from './metric.ts';
import { type SubjectContext, SubjectWatch } from './subject-watch.ts';

const secondMs = 1000;
// Points that are later belong to what has been observed: they count in windows and history alone.
const mostLateMs = 10_000;
// So many seconds of event time are observed in one of arrival, and so many at once after a pause; what comes faster, as stored data does, is
// observed together.
const mostASecond = 60;
const mostAtOnce = 600;
const maxDepth = 8;
const maxFields = 500;

/** Gives a metric, or null where there are too many. */
export type MakeMetric = (field: string) => Metric | null;

/** The fields of one level of a point's data. Null: a field that is not watched. */
type Fields = Map<string, Metric | Fields | null>;

export class SeriesWatch {
  readonly number: number;
  readonly entityType: string;
  readonly serviceId: string;
  readonly subject: SubjectWatch;
  readonly #fields: Fields = new Map();
  readonly #make: MakeMetric;
  #fieldCount = 0;
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
    this.#addAll(this.#fields, data, '', 0);
  }

  /** The second that goes on is over where it is before that one. */
  endBefore(second: number): void {
    if (this.isWaiting && this.#second < second) this.#observe();
  }

  tick(now: number): void {
    this.subject.tick(now, this.#offset);
  }

  save(writer: ByteWriter): void {
    const { number, entityType, serviceId } = this;
    const counted = { arrivalSecond: this.#arrivalSecond, room: this.#room };
    const second = { second: this.#second, ...counted, at: this.#at, arrivedAt: this.#arrivedAt, offset: this.#offset };
    writer.text(JSON.stringify({ series: number, entityType, serviceId, ...second }));
    this.subject.save(writer);
  }

  /** Throws where the bytes are none of a series. */
  static load(reader: ByteReader, make: MakeMetric, context: SubjectContext): SeriesWatch {
    const head = JSON.parse(reader.text());
    const series = new SeriesWatch(head, make, SubjectWatch.load(reader, context));
    series.#second = head.second;
    series.#arrivalSecond = head.arrivalSecond;
    series.#room = head.room;
    series.#at = head.at;
    series.#arrivedAt = head.arrivedAt;
    series.#offset = head.offset;
    for (const metric of series.subject.metrics) series.#keep(metric);
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

  #addAll(fields: Fields, data: Record<string, unknown>, prefix: string, depth: number): void {
    for (const name in data) {
      const value = data[name];
      if (typeof value === 'number') this.#add(fields, name, prefix, value);
      else if (typeof value === 'object' && value !== null && !Array.isArray(value) && depth < maxDepth) {
        const below = levelOf(fields, name);
        if (below !== null) this.#addAll(below, value as Record<string, unknown>, `${prefix}${name}.`, depth + 1);
      }
    }
  }

  #add(fields: Fields, name: string, prefix: string, value: number): void {
    let metric = fields.get(name);
    if (metric === undefined) {
      metric = this.#fieldCount < maxFields ? this.#make(`${prefix}${name}`) : null;
      if (metric !== null) this.subject.add(metric);
      this.#fieldCount += 1;
      if (this.#fieldCount <= maxFields) fields.set(name, metric);
    }
    if (metric instanceof Metric && Number.isFinite(value)) metric.add(value);
  }

  /** Puts a metric that was loaded where values will look for it. */
  #keep(metric: Metric): void {
    const names = (metric.field ?? '').split('.');
    let fields = this.#fields;
    for (const name of names.slice(0, -1)) fields = levelOf(fields, name) ?? fields;
    fields.set(names.at(-1) ?? '', metric);
    this.#fieldCount += 1;
  }
}

/** The level below a field; null: the field is a number elsewhere. */
function levelOf(fields: Fields, name: string): Fields | null {
  const below = fields.get(name);
  if (below instanceof Map) return below;
  if (below !== undefined) return null;
  const made: Fields = new Map();
  fields.set(name, made);
  return made;
}
