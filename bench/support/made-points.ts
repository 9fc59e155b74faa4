// The points that every contestant gets: series side by side, one point a second each, values that walk at random from
// one seed, so that two processes make the same ones.
import { Random } from '../../src/sources/random.ts';

export interface MadePoint {
  readonly entityType: string;
  readonly serviceId: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly data: { readonly value: number; readonly amount: number; readonly status: string };
}

export interface Making {
  readonly series: number;
  readonly count: number;
  /** When the last point is. */
  readonly endsAt: number;
}

export const entityTypes = ['order', 'payment', 'session', 'shipment'] as const;
const stepMs = 1000;
const statuses = [
  ['ok', 94],
  ['slow', 4],
  ['failed', 2],
] as const;

/** Milliseconds from the first point to the last. */
export function spanOf({ series, count }: Pick<Making, 'series' | 'count'>): number {
  return Math.ceil(count / series) * stepMs;
}

export function* makePoints({ series, count, endsAt }: Making): IterableIterator<MadePoint> {
  const random = new Random(1);
  const names = Array.from({ length: series }, (_, i) => nameOf(i));
  const values = names.map(() => random.logNormal(100, 0.5));
  const amounts = names.map(() => random.logNormal(40, 1));
  const beginsAt = endsAt - spanOf({ series, count });
  for (let i = 0; i < count; i += 1) {
    const s = i % series;
    const value = Math.max(0, (values[s] ?? 0) + random.normal());
    const amount = Math.max(0, (amounts[s] ?? 0) + random.normal() * 5);
    values[s] = value;
    amounts[s] = amount;
    const { entityType = '', serviceId = '' } = names[s] ?? {};
    const data = { value: rounded(value), amount: rounded(amount), status: random.pick(statuses) };
    // Each series has its own place within the second, so that the times rise as they would.
    const time = beginsAt + Math.floor(i / series) * stepMs + Math.floor((s * stepMs) / series) + 1;
    yield { entityType, serviceId, time, data };
  }
}

export function nameOf(series: number): { entityType: string; serviceId: string } {
  const entityType = entityTypes[series % entityTypes.length] ?? '';
  return { entityType, serviceId: `service-${Math.floor(series / entityTypes.length)}` };
}

/** As a producer sends it to PulseQL. */
export function jsonLine({ entityType, serviceId, time, data }: MadePoint): string {
  return JSON.stringify({ entityType, serviceId, timestamp: new Date(time).toISOString(), data });
}

/** InfluxDB's line protocol, times in milliseconds. */
export function protocolLine({ entityType, serviceId, time, data }: MadePoint): string {
  const { value, amount, status } = data;
  return `${entityType},serviceId=${serviceId} value=${value},amount=${amount},status="${status}" ${time}`;
}

/** The items in order, so many at a time, the last ones perhaps fewer. */
export function* inBatches<T>(items: Iterable<T>, size: number): IterableIterator<T[]> {
  let batch: T[] = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
