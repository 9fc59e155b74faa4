// The analysis as a fold of the log: however often it is saved and begun again, it finds the same.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Analysis } from '../../src/insights/analysis.ts';
import { type AnalyzerSetting, chosenFor, defaultAnalyzers } from '../../src/insights/analyzer-setting.ts';
import type { Insight } from '../../src/insights/insight.ts';
import type { StoredPoint } from '../../src/points/point.ts';
import { Random } from '../../src/sources/random.ts';
import { repeats } from '../support/repeats.ts';

const begin = Date.UTC(2026, 0, 5);
const secondMs = 1000;
const series = 12;
const numbers = Array.from({ length: series }, (_, number) => number);

interface Run {
  readonly analysis: Analysis;
  /** By id, as it was told with most changes. */
  readonly told: Map<string, Insight>;
}

function made({ maxMetrics = 100, settings = defaultAnalyzers(), told = new Map<string, Insight>() } = {}): Run {
  const choice = {
    version: 1,
    of: (entityType: string, serviceId: string | null, field: string | null) =>
      chosenFor(settings, { entityType, serviceId, field }),
  };
  const report = (insight: Insight) => {
    if ((told.get(insight.id)?.changes ?? 0) < insight.changes) told.set(insight.id, insight);
  };
  const onError = (error: unknown) => {
    throw error;
  };
  return { analysis: new Analysis({ choice, maxMetrics, report, onError }), told };
}

/** Blocks of points of several series: noise with bursts, steps and silences, some points late, some seconds with several values. */
function blocks(seed: number, seconds: number): StoredPoint[][] {
  const random = new Random(seed);
  const isSilent = (s: number, i: number) => s === 1 && i > 400 && i < 700;
  const levels = Array.from({ length: series }, () => 100);
  let offset = 0;
  return Array.from({ length: seconds }, (_, i) => {
    const receivedAt = begin + i * secondMs;
    const block: StoredPoint[] = [];
    for (let s = 0; s < series; s += 1) {
      if (isSilent(s, i)) continue;
      if (random.uniform() < 0.002) levels[s] = 100 + 30 * random.uniform();
      const burst = random.uniform() < 0.005 ? 40 : 0;
      const count = random.uniform() < 0.2 ? 3 : 1;
      for (let k = 0; k < count; k += 1) {
        offset += 1;
        const late = random.uniform() < 0.05 ? 2500 : 0;
        const data = {
          a: (levels[s] as number) + random.normal() + burst,
          b: { c: random.normal() + burst },
          text: 'x',
        };
        const names = { entityType: 'orders', serviceId: `s${s}` };
        block.push({ ...names, timestamp: receivedAt - late + k, data, metadata: null, series: s, offset, receivedAt });
      }
    }
    return block;
  });
}

/** As the engine does it: first what time has brought, then the points. */
function take(run: Run, all: readonly StoredPoint[][]): void {
  for (const block of all) {
    const [first] = block;
    if (first !== undefined) run.analysis.tick(first.receivedAt);
    for (const point of block) run.analysis.accept(point);
  }
}

test('goes on from what was saved, piece by piece and at different places, as if it had never stopped', () => {
  const place = fc.record({ seed: fc.integer({ min: 1, max: 1000 }), saved: fc.nat(1199), later: fc.nat(300) });
  fc.assert(
    fc.property(place, ({ seed, saved, later }) => {
      const all = blocks(seed, 1300);
      const whole = made();
      take(whole, all);
      const first = made();
      take(first, all.slice(0, saved));
      const offsetAt = (count: number) => all.slice(0, count).flat().at(-1)?.offset ?? 0;
      // Some series are saved early, some late.
      const isOld = (number: number) => number % 3 === 0;
      const old = numbers.filter(isOld).map((number) => first.analysis.save(number));
      const end = Math.min(all.length, saved + later);
      take(first, all.slice(saved, end));
      const young = numbers.map((number) => first.analysis.save(number));
      // What was told after the first piece was saved may be told again.
      const again = made({ told: first.told });
      for (const [i, number] of numbers.filter(isOld).entries()) {
        again.analysis.load(number, old[i] as Uint8Array, offsetAt(saved));
      }
      for (const number of numbers) {
        if (!isOld(number)) again.analysis.load(number, young[number] as Uint8Array, offsetAt(end));
      }
      take(again, all.slice(saved));
      expect(again.told).toEqual(whole.told);
      expect(whole.told.size).toBeGreaterThan(0);
    }),
    { numRuns: repeats({ quick: 3, long: 12 }) },
  );
}, 60_000);

test('it makes no difference how often the clock ticks between points', () => {
  const all = blocks(5, 1300);
  const [seldom, often] = [made(), made()];
  take(seldom, all);
  for (const block of all) {
    take(often, [block]);
    for (let ms = 0; ms < secondMs; ms += 100) often.analysis.tick((block[0]?.receivedAt ?? begin) + ms);
  }
  expect(often.told).toEqual(seldom.told);
});

test('bytes that are none of a piece are refused, and what is loaded beside them stays', () => {
  const { analysis } = made();
  take({ analysis, told: new Map() }, blocks(1, 10));
  const saved = analysis.save(0);
  const other = made().analysis;
  expect(() => other.load(0, saved.subarray(0, saved.length - 9), 1)).toThrow();
  expect(other.counts.metrics).toBe(0);
  other.load(1, analysis.save(1), 1);
  expect(other.counts.metrics).toBe(2);
});

test('a metric that is named most closely by an analyzer that is off is left out', () => {
  const off: AnalyzerSetting = {
    id: 'analyzer_1',
    name: 'not b',
    type: 'ANOMALY',
    entityType: null,
    serviceId: null,
    fields: ['b.c'],
    sensitivity: 'MEDIUM',
    isActive: false,
  };
  const settings = [...defaultAnalyzers().filter(({ type }) => type === 'ANOMALY'), off];
  const run = made({ settings });
  take(run, blocks(3, 1300));
  const fields = [...run.told.values()].flatMap(({ parts }) => parts.map(({ field }) => field));
  expect(new Set(fields)).toEqual(new Set(['a']));
});

test('a series that pauses for the night is silent when it pauses for days, and goes on to be for a day', () => {
  const run = made();
  const hourMs = 3600 * secondMs;
  let at = begin;
  const beat = (hours: number, offset: number) => {
    at += hours * hourMs;
    run.analysis.tick(at);
    const names = { entityType: 'orders', serviceId: 'web', data: { a: 1 }, metadata: null, series: 0 };
    run.analysis.accept({ ...names, timestamp: at, receivedAt: at, offset });
    run.analysis.tick(at + 3 * secondMs);
  };
  for (let i = 1; i <= 400; i += 1) beat(i % 10 === 0 ? 15 : 1, i);
  expect(run.told.size).toBe(0);
  const stateAt = (hours: number) => {
    run.analysis.tick(at + hours * hourMs);
    return [...run.told.values()].map(({ parts }) => parts[0]?.situation.state);
  };
  expect([stateAt(70), stateAt(80), stateAt(100)]).toEqual([[], ['OPEN'], ['RESOLVED']]);
});
