// The catalogue of series: every point is noted, nothing is ever counted twice, its state can be saved and loaded.
import { present } from '../base/assert.ts';
import type { StoredPoint } from '../points/point.ts';
import { noteFields } from './field-kinds.ts';
import { type FieldKind, type Series, type SeriesView, viewOf } from './series.ts';

/** Of the bytes that save() makes. */
export const catalogueFormat = 1;

interface SavedSeries extends Omit<Series, 'fields'> {
  readonly fields: readonly (readonly [string, FieldKind])[];
}

export class Catalogue {
  // By series number, which is dense; a series that was let go leaves a hole.
  #series: (Series | undefined)[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Notes a point; true where it is late: older than one of its series that came before. */
  note(point: StoredPoint): boolean {
    const series = this.#series[point.series] ?? this.#begin(point);
    const late = point.timestamp < series.lastPointAt;
    series.pointCount += 1;
    series.lastArrival = point.receivedAt;
    if (!late) series.lastPointAt = point.timestamp;
    if (point.timestamp < series.firstPointAt) series.firstPointAt = point.timestamp;
    noteFields(series.fields, point.data);
    return late;
  }

  /** In order of entity type and service. */
  list(entityType: string | null, serviceId: string | null): SeriesView[] {
    const found: SeriesView[] = [];
    for (const series of this.#series) {
      if (series === undefined) continue;
      if (entityType !== null && series.entityType !== entityType) continue;
      if (serviceId !== null && series.serviceId !== serviceId) continue;
      found.push(viewOf(series));
    }
    return found.sort((a, b) => compare(a.entityType, b.entityType) || compare(a.serviceId, b.serviceId));
  }

  /** Forgets series whose newest point arrived before that: retention has taken all they had. */
  dropOlderThan(arrival: number): void {
    for (const [number, series] of this.#series.entries()) {
      if (series === undefined || series.lastArrival >= arrival) continue;
      this.#series[number] = undefined;
      this.#size -= 1;
    }
  }

  save(): Uint8Array {
    const rows = this.#series.flatMap((series) =>
      series === undefined ? [] : [{ ...series, fields: [...series.fields] }],
    );
    return Buffer.from(JSON.stringify(rows));
  }

  /** Throws where the bytes cannot be read, and is then as it was before. */
  load(bytes: Uint8Array): void {
    const rows = JSON.parse(Buffer.from(bytes).toString()) as SavedSeries[];
    const loaded: (Series | undefined)[] = [];
    for (const row of rows) loaded[row.number] = { ...row, fields: new Map(row.fields) };
    this.#series = loaded;
    this.#size = rows.length;
  }

  #begin({ series: number, entityType, serviceId, timestamp }: StoredPoint): Series {
    const times = { firstPointAt: timestamp, lastPointAt: timestamp, lastArrival: 0 };
    this.#series[number] = { number, entityType, serviceId, pointCount: 0, ...times, fields: new Map() };
    this.#size += 1;
    return present(this.#series[number], 'series');
  }
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
