// Predictions across a restart: kept as they were made, measured against what came since.
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { predictedBounds, predictedValues } from '../../src/engine/predictions.ts';
import type { PointInput } from '../../src/points/point.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { ann, startWorld } from './engine-world.ts';

const hourMs = 3_600_000;
const input = {
  entityType: 'grid',
  serviceId: 'north',
  targetMetric: 'load',
  forecastPeriod: { size: 6, unit: 'HOUR' },
  step: { size: 1, unit: 'HOUR' },
} as const;
const daily = (hour: number) => 100 + 20 * Math.sin((2 * Math.PI * hour) / 24) + Math.sin(hour * hour);

/** One value an hour, up to now. */
function hours(clock: FakeClock, count: number): PointInput[] {
  const now = Math.floor(clock.now() / hourMs) * hourMs;
  return Array.from({ length: count }, (_, i) => {
    const at = now - (count - 1 - i) * hourMs;
    return {
      entityType: 'grid',
      serviceId: 'north',
      timestamp: new Date(at).toISOString(),
      data: { load: daily(at / hourMs) },
    };
  });
}

test('a prediction is the same after a restart, and what came meanwhile is measured', async () => {
  const folder = tempFolder();
  onTestFinished(() => folder.remove());
  const options = { file: path.join(folder.path, 'pulseql.db'), clock: new FakeClock() };
  const first = await startWorld({}, options);
  await first.send(hours(options.clock, 480));
  const made = await first.engine.predictions.predict(ann, input);
  expect(await first.engine.predictions.realized(made)).toEqual([]);
  await first.engine.stop();

  const again = await startWorld({}, options);
  onTestFinished(() => again.engine.stop());
  const kept = again.engine.predictions.get(ann, made.id);
  expect(kept).toEqual(made);
  expect(again.engine.predictions.list(ann, 'grid', 'north')).toEqual([made]);
  await options.clock.advance(4 * hourMs);
  await again.send(hours(options.clock, 4));
  const came = await again.engine.predictions.realized(made);
  expect(came.length).toBeGreaterThanOrEqual(3);
  const { lower, upper } = predictedBounds(made, made.confidenceLevel);
  for (const [k, { at, observed, predicted, error, isInside }] of came.entries()) {
    expect(observed).toBe(daily(at / hourMs));
    expect(predicted).toBe(predictedValues(made)[k]);
    expect(error).toBe(observed - predicted);
    expect(isInside).toBe(observed >= (lower[k] as number) && observed <= (upper[k] as number));
  }
});
