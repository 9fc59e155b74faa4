// What it costs to watch metrics: one value of one of many metrics, where each is in memory that is not near, and one point of a series that
// comes faster or slower than once a second, all analyzers on.
import { parseArgs } from 'node:util';
import { Analysis } from '../src/insights/analysis.ts';
import { chosenFor, defaultAnalyzers } from '../src/insights/analyzer-setting.ts';
import { Metric, type Watching } from '../src/insights/metric.ts';
import type { StoredPoint } from '../src/points/point.ts';
import { Random } from '../src/sources/random.ts';
import type { Bench } from './run.ts';
import { table } from './support/summary.ts';

const options = { values: { type: 'string', default: '2000000' } } as const;
const metricCounts = [1, 1000, 10_000] as const;
const pointsASecond = [1000, 10, 1] as const;
const series = 20;
const blockSize = 500;
const mostMicroseconds = { value: 5, point: 0.3 };
const begin = Date.UTC(2026, 0, 1);
const minuteMs = 60_000;

export const bench: Bench = {
  question: 'CPU for a value that is observed, by how many metrics there are, and for a point, by how fast they come',
  usage: '[--values 2000000]',
  async run(words) {
    const { values } = parseArgs({ args: [...words], options, strict: true });
    const count = Number(values.values);
    const rows = metricCounts.map((metrics) => {
      const { microseconds, bytes } = observed(metrics, count);
      return [
        String(metrics),
        microseconds.toFixed(2),
        verdict(microseconds, mostMicroseconds.value),
        kib(metrics, bytes),
      ];
    });
    console.log(`${table(['metrics in turn', 'µs CPU a value', '', 'KiB a metric'], rows)}\n`);
    const points = pointsASecond.map((perSecond) => {
      const microseconds = accepted(perSecond, count / 2);
      const isFast = perSecond === pointsASecond[0];
      return [String(perSecond), microseconds.toFixed(2), isFast ? verdict(microseconds, mostMicroseconds.point) : ''];
    });
    console.log(table(['points a second of a series', 'µs CPU a point of two numbers', ''], points));
  },
};

function observed(metrics: number, count: number): { microseconds: number; bytes: number } {
  const before = process.memoryUsage();
  const watching: readonly Watching[] = chosenFor(defaultAnalyzers(), { entityType: '', serviceId: '', field: '' });
  const all = Array.from({ length: metrics }, () => new Metric('value', false));
  const random = new Random(1);
  const noise = Float64Array.from({ length: 65_536 }, () => 100 + random.normal());
  const rounds = Math.ceil(count / metrics);
  const round = (i: number) => {
    const at = begin + i * minuteMs;
    for (const [m, metric] of all.entries()) {
      metric.use(1, () => watching);
      metric.add(noise[(i * metrics + m) % noise.length] as number);
      metric.observe({ at, arrivedAt: at, offset: i });
    }
  };
  // What is asked is the cost once it is known what is usual.
  const warmUp = Math.ceil(rounds / 5);
  for (let i = 0; i < warmUp; i += 1) round(i);
  const begun = process.cpuUsage();
  for (let i = warmUp; i < warmUp + rounds; i += 1) round(i);
  const microseconds = cpuSince(begun) / (rounds * metrics);
  const after = process.memoryUsage();
  const bytes = (after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers) / metrics;
  return { microseconds, bytes: Math.max(0, bytes) };
}

function accepted(perSecond: number, count: number): number {
  const settings = defaultAnalyzers();
  const of = (entityType: string, serviceId: string | null, field: string | null) =>
    chosenFor(settings, { entityType, serviceId, field });
  const onError = (error: unknown) => {
    throw error;
  };
  const analysis = new Analysis({ choice: { version: 1, of }, maxMetrics: 10_000, report: () => undefined, onError });
  const random = new Random(2);
  const made = Array.from({ length: 4096 }, () => ({ value: random.normal(), amount: random.normal(), status: 'ok' }));
  const take = (i: number) => {
    const at = begin + (i / series / perSecond) * 1000;
    if (i % blockSize === 0) analysis.tick(at);
    const names = { entityType: 'orders', serviceId: `service-${i % series}`, metadata: null, series: i % series };
    const data = made[i % made.length] as StoredPoint['data'];
    analysis.accept({ ...names, data, timestamp: at, offset: i + 1, receivedAt: at });
  };
  const warmUp = Math.ceil(count / 5);
  for (let i = 0; i < warmUp; i += 1) take(i);
  const begun = process.cpuUsage();
  for (let i = warmUp; i < warmUp + count; i += 1) take(i);
  return cpuSince(begun) / count;
}

function cpuSince(begun: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(begun);
  return user + system;
}

function verdict(microseconds: number, most: number): string {
  return microseconds <= most ? `at most ${most}` : `above ${most}`;
}

/** Of one metric the rest of the process would be most. */
function kib(metrics: number, bytes: number): string {
  return metrics === 1 ? '–' : (bytes / 1024).toFixed(0);
}
