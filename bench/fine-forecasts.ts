// Forecasts of fine-grained data as a user gets them, from stored points to steps with bounds: how long they take, and how far they are off
// beside the season before; and how late the event loop is while eight of them are made.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { predictedBounds, predictedValues } from '../src/engine/predictions.ts';
import { allRights, createEngine, type Engine } from '../src/index.ts';
import { Random } from '../src/sources/random.ts';
import type { Bench } from './run.ts';
import { MovedClock } from './support/moved-clock.ts';
import { mean, median, table } from './support/summary.ts';

const options = { series: { type: 'string', default: '4' } } as const;
const me = { id: 'bench', rights: allRights };
const [entityType, targetMetric] = ['machine', 'load'];
const startsAt = Date.UTC(2026, 0, 5);
const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const pointsABatch = 500;
const atOnce = 8;

interface Kind {
  readonly name: string;
  readonly spacingMs: number;
  readonly spanMs: number;
  /** The season that a seasonal naive forecast repeats. */
  readonly seasonMs: number;
  readonly horizons: readonly { readonly size: number; readonly unit: 'MINUTE' | 'HOUR' | 'DAY' }[];
  make(random: Random): (i: number) => number;
  isMissing(random: Random, i: number, count: number): boolean;
}

const never = () => false;
const kinds: readonly Kind[] = [
  {
    name: 'a day of seconds: a rhythm of five minutes, a drift',
    spacingMs: secondMs,
    spanMs: dayMs,
    seasonMs: 5 * minuteMs,
    horizons: [
      { size: 5, unit: 'MINUTE' },
      { size: 1, unit: 'HOUR' },
    ],
    make: (random) => withNoise(random, 3, 0.1, (i) => 100 + i / 4000 + 15 * wave(i, 300) + 5 * wave(i, 150)),
    isMissing: never,
  },
  {
    name: 'a week of minutes: a day’s shape',
    spacingMs: minuteMs,
    spanMs: 7 * dayMs,
    seasonMs: dayMs,
    horizons: [
      { size: 1, unit: 'HOUR' },
      { size: 6, unit: 'HOUR' },
      { size: 1, unit: 'DAY' },
    ],
    make: (random) => withNoise(random, 4, 0.4, dayShape(1440)),
    isMissing: never,
  },
  {
    name: 'two weeks of five minutes with gaps: a day’s shape',
    spacingMs: 5 * minuteMs,
    spanMs: 14 * dayMs,
    seasonMs: dayMs,
    horizons: [
      { size: 1, unit: 'HOUR' },
      { size: 1, unit: 'DAY' },
    ],
    make: (random) => withNoise(random, 4, 0.4, dayShape(288)),
    // One in ten, and three hours half a day ago.
    isMissing: (random, i, count) => random.uniform() < 0.1 || (i > count - 180 && i < count - 144),
  },
];

export const bench: Bench = {
  question:
    'forecasts of seconds and minutes, made from stored points: error, bounds, time; and how late the event loop is meanwhile',
  usage: '[--series 4]',
  async run(words) {
    const { values } = parseArgs({ args: [...words], options, strict: true });
    const rows: string[][] = [];
    for (const kind of kinds) rows.push(...(await rowsOf(kind, Number(values.series))));
    const columns = [
      '',
      'ahead',
      'step',
      'error / seasonal naive',
      'coverage of 95 %',
      'finite',
      'median ms',
      'most ms',
    ];
    console.log(table(columns, rows));
    console.log(`\n${await lateness()}`);
  },
};

async function rowsOf(kind: Kind, series: number): Promise<string[][]> {
  const { engine, clock, futures } = await filled(kind, series);
  const rows: string[][] = [];
  for (const forecastPeriod of kind.horizons) {
    const [errors, times, inside]: [number[], number[], number[]] = [[], [], []];
    let [isBounded, step] = [true, ''];
    for (const [serviceId, valueAt] of futures) {
      const begun = performance.now();
      const made = await predicted(engine, serviceId, forecastPeriod);
      times.push(performance.now() - begun);
      step = `${made.step.size} ${made.step.unit}`;
      isBounded &&= made.steps.every(({ lower, upper }) => Number.isFinite(lower) && upper > lower && upper < 1e9);
      const naive = (end: number) =>
        valueOfStep(valueAt, end - kind.seasonMs * Math.ceil((end - clock.now()) / kind.seasonMs), made.stepMs, kind);
      const actual = made.steps.map(({ end }) => valueOfStep(valueAt, end, made.stepMs, kind));
      const off = mean(made.steps.map(({ value }, k) => Math.abs(value - (actual[k] as number))));
      const naiveOff = mean(made.steps.map(({ end }, k) => Math.abs(naive(end) - (actual[k] as number))));
      errors.push(off / naiveOff);
      inside.push(
        mean(
          made.steps.map(({ lower, upper }, k) =>
            (actual[k] as number) >= lower && (actual[k] as number) <= upper ? 1 : 0,
          ),
        ),
      );
    }
    rows.push([
      kind.name,
      `${forecastPeriod.size} ${forecastPeriod.unit}`,
      step,
      mean(errors).toFixed(2),
      `${(100 * mean(inside)).toFixed(1)} %`,
      isBounded ? 'yes' : 'NO',
      median(times).toFixed(0),
      Math.max(...times).toFixed(0),
    ]);
  }
  await engine.stop();
  return rows;
}

/** An engine that has the past of some series, and what each of them is at any time. */
async function filled(kind: Kind, series: number) {
  const count = kind.spanMs / kind.spacingMs;
  const clock = new MovedClock(startsAt);
  const engine = await createEngine({ clock, settings: { 'max-memory-bytes': 1_000_000_000, source: 'none' } });
  const futures = new Map<string, (time: number) => number>();
  for (let s = 0; s < series; s += 1) {
    const value = kind.make(new Random(s + 1));
    // As long again: what is to come.
    const all = Float64Array.from({ length: 2 * count }, (_, i) => value(i));
    futures.set(`m${s}`, (time) => all[Math.round((time - startsAt) / kind.spacingMs) - 1] as number);
    const random = new Random(1000 + s);
    const points = Array.from({ length: count }, (_, i) => ({
      entityType,
      serviceId: `m${s}`,
      timestamp: new Date(startsAt + (i + 1) * kind.spacingMs).toISOString(),
      data: { [targetMetric]: all[i] as number },
    })).filter((_, i) => !kind.isMissing(random, i, count));
    clock.moveTo(startsAt + kind.spanMs);
    for (let at = 0; at < points.length; at += pointsABatch) {
      await engine.ingest(me, points.slice(at, at + pointsABatch), null);
    }
  }
  return { engine, clock, futures };
}

async function predicted(engine: Engine, serviceId: string, forecastPeriod: Kind['horizons'][number]) {
  const prediction = await engine.predictions.predict(me, { entityType, serviceId, targetMetric, forecastPeriod });
  const { lower, upper } = predictedBounds(prediction, prediction.confidenceLevel);
  const steps = [...predictedValues(prediction)].map((value, k) => ({
    end: prediction.from + (k + 1) * prediction.step.ms,
    value,
    lower: lower[k] as number,
    upper: upper[k] as number,
  }));
  return { step: prediction.step, stepMs: prediction.step.ms, steps };
}

/** The mean over the step that ends there. */
function valueOfStep(valueAt: (time: number) => number, end: number, stepMs: number, { spacingMs }: Kind): number {
  const count = Math.max(1, Math.round(stepMs / spacingMs));
  return mean(Array.from({ length: count }, (_, i) => valueAt(end - i * spacingMs)));
}

async function lateness(): Promise<string> {
  const { engine, futures } = await filled(kinds[1] as Kind, atOnce);
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  // The threads' start is not what is asked.
  await predicted(engine, 'm0', { size: 1, unit: 'HOUR' });
  histogram.enable();
  const begun = performance.now();
  await Promise.all([...futures.keys()].map((serviceId) => predicted(engine, serviceId, { size: 1, unit: 'DAY' })));
  histogram.disable();
  await engine.stop();
  const [p99, most] = [histogram.percentile(99), histogram.max].map((ns) => (ns / 1e6).toFixed(1));
  return `While ${atOnce} predictions of a week of minutes are made (${((performance.now() - begun) / 1000).toFixed(1)} s), the event loop is late by ${p99} ms at the 99th percentile, ${most} ms at most.`;
}

function wave(i: number, period: number): number {
  return Math.sin((2 * Math.PI * i) / period);
}

function dayShape(period: number): (i: number) => number {
  return (i) => 100 + 40 * wave(i - period / 4, period) + 15 * wave(i, period / 2);
}

/** Noise of which some stays, and a level that wanders. */
function withNoise(random: Random, noise: number, wander: number, shape: (i: number) => number): (i: number) => number {
  let [near, level] = [0, 0];
  return (i) => {
    near = 0.7 * near + noise * random.normal();
    level += wander * noise * random.normal() * 0.1;
    return shape(i) + near + level;
  };
}
