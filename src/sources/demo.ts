// A made-up shop and its machines: orders, requests and a warehouse, with a daily shape, noise, and an incident that comes
// back. What a point says depends on its own time, so live points go on where the backfill ends.
import type { PointInput } from '../points/point.ts';
import { Random, type Weighted } from './random.ts';
import type { Source, SourceOptions } from './sink.ts';
import { startTicks } from './ticks.ts';

export interface DemoState {
  readonly random: Random;
  /** The first incident is a minute after it; there is none before. */
  readonly startedAt: number;
  /** All points up to here, included, have been made. */
  madeTo: number;
}

export interface DemoOptions extends SourceOptions {
  /** Without it, the time of the start. */
  readonly seed?: number;
}

export interface BackfillOptions {
  readonly seed: number;
  /** The newest point is not after this. */
  readonly until: number;
  readonly spanMs?: number;
}

type Data = PointInput['data'];

/** What comes by chance, `perSecond` on an average hour. */
interface Stream {
  readonly entityType: string;
  readonly serviceId: string;
  readonly perSecond: number;
  readonly data: (random: Random, time: number, startedAt: number) => Data;
}

const hourMs = 3_600_000;
const tickMs = 500;
// After a pause, such as a machine that slept, it goes on from here instead of making up for hours at once.
const maxCatchUpMs = 5_000;
const backfillTickMs = 30_000;
const sensorIntervalMs = 2_000;

const incidentDelayMs = 60_000;
const incidentMs = 45_000;
const incidentEveryMs = 15 * 60_000;

const countries: readonly Weighted<string>[] = [
  ['DE', 24],
  ['US', 21],
  ['GB', 14],
  ['FR', 11],
  ['NL', 9],
  ['JP', 7],
  ['ES', 6],
  ['SE', 4],
  ['BR', 4],
];
const payments: readonly Weighted<string>[] = [
  ['paid', 94],
  ['failed', 3],
  ['refunded', 3],
];
const troubledPayments: readonly Weighted<string>[] = [
  ['paid', 71],
  ['failed', 27],
  ['refunded', 2],
];
const shopRoutes: readonly Weighted<string>[] = [
  ['/products', 48],
  ['/search', 30],
  ['/account', 14],
  ['/reviews', 8],
];
const checkoutRoutes: readonly Weighted<string>[] = [
  ['/cart', 60],
  ['/pay', 40],
];
// Texts, for a count of each is what one wants of them, never their mean.
const answers: readonly Weighted<string>[] = [
  ['200', 970],
  ['404', 24],
  ['500', 6],
];
const troubledAnswers: readonly Weighted<string>[] = [
  ['200', 860],
  ['404', 20],
  ['500', 120],
];

/** Nothing else should be sent under these names. */
export const demoEntityTypes = ['demo_orders', 'demo_requests', 'demo_sensors'] as const;

const streams: readonly Stream[] = [
  { entityType: 'demo_orders', serviceId: 'web', perSecond: 2.2, data: order },
  { entityType: 'demo_orders', serviceId: 'app', perSecond: 1.4, data: order },
  { entityType: 'demo_orders', serviceId: 'store', perSecond: 0.4, data: order },
  { entityType: 'demo_requests', serviceId: 'api-1', perSecond: 4, data: shopRequest },
  { entityType: 'demo_requests', serviceId: 'api-2', perSecond: 4, data: shopRequest },
  { entityType: 'demo_requests', serviceId: 'checkout', perSecond: 2, data: checkoutRequest },
];

/** A demo that is about to make its first points, those after `startedAt`. */
export function demoState(seed: number, startedAt: number): DemoState {
  return { random: new Random(seed), startedAt, madeTo: startedAt };
}

/** The points since the last tick up to `time`, by time. */
export function demoTick(state: DemoState, time: number): PointInput[] {
  const { random, startedAt, madeTo } = state;
  if (time <= madeTo) return [];
  const spanMs = time - madeTo;
  const busy = dailyShape(time - spanMs / 2);
  const made: (readonly [at: number, point: PointInput])[] = [];
  for (const { entityType, serviceId, perSecond, data } of streams) {
    for (let left = random.poisson((perSecond * busy * spanMs) / 1000); left > 0; left -= 1) {
      const at = random.integer(madeTo + 1, time);
      made.push([at, point(entityType, serviceId, at, data(random, at, startedAt))]);
    }
  }
  for (let at = nextReading(madeTo); at <= time; at = nextReading(at)) {
    made.push([at, point('demo_sensors', 'warehouse-1', at, reading(random, at))]);
  }
  state.madeTo = time;
  return made.sort(([a], [b]) => a - b).map(([, point]) => point);
}

/** The hour (or `spanMs`) before `until`, oldest first, as dense as the live points: a list for each half minute. */
export function* demoBackfill({ seed, until, spanMs = hourMs }: BackfillOptions): Generator<PointInput[]> {
  const state: DemoState = { random: new Random(seed), startedAt: until, madeTo: until - spanMs };
  while (state.madeTo < until) yield demoTick(state, Math.min(state.madeTo + backfillTickMs, until));
}

/** Makes points from now on, until it is stopped. */
export function startDemo({ sink, clock, onError, seed = clock.now() }: DemoOptions): Source {
  const state = demoState(seed, clock.now());
  return startTicks({ clock, intervalMs: tickMs, onError }, async () => {
    const now = clock.now();
    state.madeTo = Math.max(state.madeTo, now - maxCatchUpMs);
    const points = demoTick(state, now);
    if (points.length > 0) await sink.send(points);
  });
}

/** How busy the shop is at a time of the day (UTC): 1 on average, most in the evening, least before dawn. */
export function dailyShape(time: number): number {
  return 1 + 0.28 * wave(time, 24 * hourMs, 19 * hourMs) + 0.08 * wave(time, 12 * hourMs, 12 * hourMs);
}

/** Whether the checkout is in trouble: for 45 s, a minute after the start and each quarter of an hour from then. */
export function isIncident(time: number, startedAt: number): boolean {
  const since = time - startedAt - incidentDelayMs;
  return since >= 0 && since % incidentEveryMs < incidentMs;
}

function order(random: Random, time: number, startedAt: number): Data {
  const items = 1 + random.poisson(1.1);
  return {
    status: random.pick(isIncident(time, startedAt) ? troubledPayments : payments),
    country: random.pick(countries),
    amount: rounded(items * random.logNormal(24, 0.5), 2),
    items,
  };
}

function shopRequest(random: Random, time: number): Data {
  return {
    route: random.pick(shopRoutes),
    status: random.pick(answers),
    latency: rounded(random.logNormal(38, 0.35) * (0.7 + 0.3 * dailyShape(time)), 1),
  };
}

function checkoutRequest(random: Random, time: number, startedAt: number): Data {
  const isTroubled = isIncident(time, startedAt);
  const latency = random.logNormal(95, 0.3) * (0.7 + 0.3 * dailyShape(time));
  return {
    route: random.pick(checkoutRoutes),
    status: random.pick(isTroubled ? troubledAnswers : answers),
    latency: rounded(isTroubled ? 6 * latency : latency, 1),
  };
}

function reading(random: Random, time: number): Data {
  // Two periods that share no multiple within a day pass for weather and doors.
  const drift = 0.35 * wave(time, 37 * 60_000, 0) + 0.2 * wave(time, 101 * 60_000, 0);
  const temperature = 19.5 + 2.2 * wave(time, 24 * hourMs, 15 * hourMs) + drift + 0.08 * random.normal();
  return {
    temperature: rounded(temperature, 2),
    humidity: rounded(52 - 2.5 * (temperature - 19.5) + 0.4 * random.normal(), 1),
  };
}

function point(entityType: string, serviceId: string, time: number, data: Data): PointInput {
  return { entityType, serviceId, timestamp: new Date(time).toISOString(), data, metadata: { source: 'demo' } };
}

function nextReading(after: number): number {
  return (Math.floor(after / sensorIntervalMs) + 1) * sensorIntervalMs;
}

/** A cosine with its top at `peakMs` past the period's start. */
function wave(time: number, periodMs: number, peakMs: number): number {
  return Math.cos((2 * Math.PI * (time - peakMs)) / periodMs);
}

function rounded(value: number, digits: number): number {
  const unit = 10 ** digits;
  return Math.round(value * unit) / unit;
}
