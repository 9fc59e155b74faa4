// The past of a widget's value in steps: read once and then bit by bit it is the same as read at once.
import { expect, onTestFinished, test } from 'vitest';
import type { InputIssue } from '../../src/base/errors.ts';
import { KpiSteps } from '../../src/engine/kpi-steps.ts';
import { engineLimits } from '../../src/options.ts';
import { readSettings } from '../../src/settings/read-settings.ts';
import { readWindowQuery, type WindowQuery, type WindowQueryInput } from '../../src/windows/window-query.ts';
import { queryInput } from '../dashboards/inputs.ts';
import { type EngineWorld, startWorld } from './engine-world.ts';

const minuteMs = 60_000;
const limits = engineLimits(readSettings({}, {}));
const { signal } = new AbortController();

async function start(): Promise<EngineWorld> {
  const world = await startWorld();
  onTestFinished(() => world.engine.stop());
  return world;
}

function query(asked: Partial<WindowQueryInput>): WindowQuery {
  const issues: InputIssue[] = [];
  const read = readWindowQuery(queryInput({ timeWindow: { size: 1, unit: 'MINUTE' }, ...asked }), [], issues);
  if (read === undefined) throw new Error(JSON.stringify(issues));
  return read;
}

function stepsOf({ storage }: EngineWorld, asked: Partial<WindowQueryInput>, most = 100): KpiSteps {
  return new KpiSteps({ log: storage.log, query: query(asked), stepMs: minuteMs, most, limits });
}

/** A point in the minute that began so many minutes before `end`. */
function point(end: number, minutesAgo: number, latency: number, serviceId = 'web') {
  const timestamp = new Date(end - minutesAgo * minuteMs + 1000).toISOString();
  return { entityType: 'orders', serviceId, timestamp, data: { latency } };
}

const average = { aggregation: { function: 'AVG', field: 'latency' } } as const;
const valuesOf = (steps: KpiSteps, most = 20) => steps.lines(most).map(({ values }) => [...values]);
const endOf = ({ clock }: EngineWorld) => Math.floor(clock.now() / minuteMs) * minuteMs;

test('what comes is added, what comes late is read again', async () => {
  const world = await start();
  const end = endOf(world);
  const steps = stepsOf(world, average);
  await world.send([point(end, 5, 1), point(end, 3, 3), point(end, 2, 4)]);
  await steps.readTo(end - minuteMs, signal);
  expect(valuesOf(steps)).toEqual([[1, Number.NaN, 3, 4]]);
  await world.send([point(end, 1, 5)]);
  await steps.readTo(end, signal);
  expect(valuesOf(steps)).toEqual([[1, Number.NaN, 3, 4, 5]]);
  await world.send([point(end, 4, 2), point(end, 7, -1)]);
  await world.clock.advance(minuteMs);
  await steps.readTo(end + minuteMs, signal);
  expect(valuesOf(steps)).toEqual([[-1, Number.NaN, 1, 2, 3, 4, 5, Number.NaN]]);
});

test('zeros are values', async () => {
  const world = await start();
  const end = endOf(world);
  const steps = stepsOf(world, average);
  await world.send([point(end, 3, 0), point(end, 2, 0), point(end, 1, 0)]);
  await steps.readTo(end, signal);
  expect(valuesOf(steps)).toEqual([[0, 0, 0]]);
});

test.each(['COUNT', 'RATE', 'SUM'] as const)('%s of a group without points is 0', async (name) => {
  const world = await start();
  const end = endOf(world);
  const aggregation = name === 'SUM' ? { function: name, field: 'latency' } : { function: name };
  const steps = stepsOf(world, { aggregation, serviceId: null, groupBy: ['serviceId'] });
  await world.send([point(end, 4, 60, 'app'), point(end, 1, 60, 'app'), point(end, 3, 60), point(end, 2, 60)]);
  await steps.readTo(end, signal);
  const one = { COUNT: 1, RATE: 1 / 60, SUM: 60 }[name];
  expect(valuesOf(steps)).toEqual([
    [one, 0, 0, one],
    [one, one, 0],
  ]);
});

test('groups that had points most often come first, and no more than are asked for', async () => {
  const world = await start();
  const end = endOf(world);
  const aggregation = { function: 'SUM', field: 'latency' } as const;
  const steps = stepsOf(world, { aggregation, serviceId: null, groupBy: ['serviceId'] });
  await world.send([point(end, 50, 1000, 'once'), ...[3, 2, 1].map((ago) => point(end, ago, 1, 'often'))]);
  await steps.readTo(end, signal);
  expect(steps.lines(1).map(({ group }) => group[0]?.value)).toEqual(['often']);
});

test('steps that are too old are forgotten, and lines that have none left', async () => {
  const world = await start();
  const end = endOf(world);
  const steps = stepsOf(world, { ...average, serviceId: null, groupBy: ['serviceId'] }, 5);
  await world.send([point(end, 5, 1, 'app'), point(end, 5, 7), point(end, 1, 8)]);
  await steps.readTo(end, signal);
  expect(steps.lines(20).map(({ group }) => group[0]?.value)).toEqual(['web', 'app']);
  await world.clock.advance(2 * minuteMs);
  await steps.readTo(end + 2 * minuteMs, signal);
  expect(valuesOf(steps)).toEqual([[8, Number.NaN, Number.NaN]]);
});
