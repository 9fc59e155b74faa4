// This machine as a source: what it says is valid, and stopping lets go of everything.
import { hostname } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import { defaultPointRules, validatePoint } from '../../src/points/validate-point.ts';
import { startHostMetrics } from '../../src/sources/host-metrics.ts';
import { type HostReader, openHostReader } from '../../src/sources/read-host.ts';
import { CollectingSink } from '../support/collecting-sink.ts';
import { FakeClock } from '../support/fake-clock.ts';

function setUp(read: () => Promise<JsonObject> = async () => ({ cpu: { percent: 5 } })) {
  const clock = new FakeClock();
  const sink = new CollectingSink();
  const errors: unknown[] = [];
  let closed = 0;
  const close = () => {
    closed += 1;
  };
  const reader: HostReader = { read, close };
  const source = startHostMetrics({ sink, clock, onError: (error) => errors.push(error) }, reader);
  return { clock, sink, errors, source, closed: () => closed };
}

describe('the host source', () => {
  test('sends a reading at once and then each two seconds, under the name of the machine', async () => {
    const { clock, sink, source } = setUp();
    const start = clock.now();
    await clock.advance(4000);
    expect(sink.points).toEqual(
      [0, 2000, 4000].map((ms) => ({
        entityType: 'host',
        serviceId: hostname(),
        timestamp: new Date(start + ms).toISOString(),
        data: { cpu: { percent: 5 } },
      })),
    );
    await source.stop();
  });

  test('reports a reading that fails and goes on', async () => {
    let count = 0;
    const { clock, sink, errors, source } = setUp(async () => {
      count += 1;
      if (count === 1) throw new Error('no /proc');
      return {};
    });
    await clock.advance(2000);
    expect(errors).toEqual([new Error('no /proc')]);
    expect(sink.points).toHaveLength(1);
    await source.stop();
  });

  test('closes its reader when it is stopped, and leaves no timer', async () => {
    const { clock, source, closed } = setUp();
    await clock.advance(0);
    await source.stop();
    expect([closed(), clock.timers]).toEqual([1, 0]);
  });
});

/** Every value of nested objects, by dotted path. */
function leaves(data: JsonObject, path = ''): [string, unknown][] {
  return Object.entries(data).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null
      ? leaves(value as JsonObject, `${path}${name}.`)
      : [[path + name, value]],
  );
}

test('a reading of this machine has finite numbers only, and those that every machine has', async () => {
  const reader = openHostReader();
  await reader.read();
  await wait(100);
  const data = await reader.read();
  reader.close();
  const now = Date.UTC(2026, 0, 1);
  expect(validatePoint({ entityType: 'host', serviceId: 'a', data }, now, defaultPointRules)).toBeTypeOf('object');
  const values = new Map(leaves(data));
  for (const value of values.values()) expect(value).toSatisfy(Number.isFinite);
  for (const path of ['cpu.percent', 'memory.percent', 'disk.percent']) {
    expect(values.get(path), path).toBeGreaterThanOrEqual(0);
    expect(values.get(path), path).toBeLessThanOrEqual(100);
  }
  for (const path of ['memory.usedBytes', 'disk.usedBytes']) expect(values.get(path), path).toBeGreaterThan(0);
  expect(values.get('eventLoop.p99Ms')).toBeGreaterThanOrEqual(0);
});
