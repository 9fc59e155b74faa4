// Predictions through the API: made, listed, found, watched, measured; and why there is none.
import { describe, expect, test } from 'vitest';
import { ask, ingest, query, WsConnection } from '../support/graphql.ts';
import { startServer } from '../support/start-server.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

const predictionFields = `id targetMetric entityType serviceId forecastPeriod { size unit } step { size unit } algorithm
  models { name algorithm weight error } confidenceLevel seasonality training { points steps from to }
  backtest { folds mase smape coverage } generatedAt realized { coverage meanAbsoluteError steps { observed isInside } }
  predictedValues { timestamp value confidence bounds { lower upper } wide: bounds(level: 0.99) { lower upper } }`;
const predict = `mutation ($input: PredictionInput!) { predict(input: $input) {
  ... on Prediction { ${predictionFields} }
  ... on UserError { code message } ... on InvalidInputError { issues { path message } }
  ... on InsufficientDataError { required } } }`;

interface Step {
  readonly timestamp: string;
  readonly value: number;
  readonly confidence: number;
  readonly bounds: { readonly lower: number; readonly upper: number };
  readonly wide: { readonly lower: number; readonly upper: number };
}

interface Prediction {
  readonly id: string;
  readonly seasonality: number | null;
  readonly training: { readonly steps: number };
  readonly predictedValues: readonly Step[];
  readonly code?: string;
  readonly issues?: readonly { readonly path: readonly string[] }[];
}

const daily = (hour: number) => 100 + 20 * Math.sin((2 * Math.PI * hour) / 24);

/** Twenty days of hourly values up to so long ago. */
async function sendDays(url: string, endsHoursAgo = 0): Promise<void> {
  const now = Math.floor(Date.now() / hourMs) * hourMs - endsHoursAgo * hourMs;
  const points = Array.from({ length: 480 }, (_, i) => {
    const at = now - (479 - i) * hourMs;
    const load = daily(at / hourMs) + Math.sin(i * i);
    return { entityType: 'grid', serviceId: 'north', timestamp: new Date(at).toISOString(), data: { load, name: 'x' } };
  });
  await ingest(url, points);
}

const input = {
  entityType: 'grid',
  serviceId: 'north',
  targetMetric: 'load',
  forecastPeriod: { size: 1, unit: 'DAY' },
};

async function made(url: string, asked: object = {}): Promise<Prediction> {
  return (await query<{ predict: Prediction }>(url, predict, { input: { ...input, ...asked } })).predict;
}

/** Every second. */
function watched(url: string, asked: object = input) {
  return new WsConnection(url).subscribe<{ predictionUpdates: Prediction }>(
    `subscription ($input: PredictionInput!) { predictionUpdates(input: $input, every: { size: 1, unit: SECOND }) {
      ... on Prediction { id predictedValues { timestamp } } ... on UserError { code } } }`,
    { input: asked },
  );
}

describe('a prediction', () => {
  test('finds step and season, and says how the metric goes on, with bounds and how it did before', async () => {
    const { url } = await startServer();
    await sendDays(url);
    const prediction = await made(url);
    expect(prediction).toMatchObject({
      step: { size: 1, unit: 'HOUR' },
      seasonality: 24,
      confidenceLevel: 0.95,
      training: { steps: 480 },
      backtest: { folds: 8 },
      realized: { coverage: null, steps: [] },
    });
    expect(prediction.predictedValues).toHaveLength(24);
    for (const { timestamp, value, bounds, wide } of prediction.predictedValues) {
      expect(Math.abs(value - daily(Date.parse(timestamp) / hourMs))).toBeLessThan(8);
      expect([wide.lower, bounds.lower, value, bounds.upper, wide.upper]).toEqual(
        [wide.lower, bounds.lower, value, bounds.upper, wide.upper].toSorted((a, b) => a - b),
      );
    }
    expect(prediction).not.toMatchObject({ algorithm: 'AUTO' });
  });

  test('of second data has steps short enough for how far it goes', async () => {
    const { url } = await startServer();
    const now = Math.floor(Date.now() / 1000) * 1000;
    const points = Array.from({ length: 900 }, (_, i) => {
      const timestamp = new Date(now - (899 - i) * 1000).toISOString();
      return { entityType: 'grid', serviceId: 'north', timestamp, data: { load: 100 + Math.sin(i) } };
    });
    await ingest(url, points);
    const ten = await made(url, { forecastPeriod: { size: 10, unit: 'MINUTE' } });
    expect(ten).toMatchObject({ step: { size: 5, unit: 'SECOND' } });
    // The first step, or the last, may be a part of one.
    expect(Math.abs(ten.training.steps - 180)).toBeLessThanOrEqual(1);
    const one = await made(url, { forecastPeriod: { size: 30, unit: 'SECOND' } });
    expect(one).toMatchObject({ step: { size: 1, unit: 'SECOND' } });
    expect(one.predictedValues).toHaveLength(30);
  });

  test('begins with the step that goes on now, where the one before is over', async () => {
    const { url } = await startServer();
    // The last point came early in an hour that is over by now.
    const hour = Math.floor(Date.now() / hourMs) * hourMs - hourMs;
    const points = Array.from({ length: 100 }, (_, i) => {
      const timestamp = new Date(hour - (99 - i) * hourMs + 5 * minuteMs).toISOString();
      return { entityType: 'grid', serviceId: 'north', timestamp, data: { load: i } };
    });
    await ingest(url, points);
    const { predictedValues } = await made(url);
    expect(predictedValues[0]?.timestamp).toBe(new Date(hour + 2 * hourMs).toISOString());
  });

  test('of counts is measured against hours in which nothing came, too', async () => {
    const { url } = await startServer();
    await sendDays(url, 30);
    const { id } = await made(url, { aggregation: 'COUNT', forecastPeriod: { size: 12, unit: 'HOUR' } });
    const text = `query ($id: ID!) { node(id: $id) { ... on Prediction { realized { steps { observed } } } } }`;
    const { node } = await query<{ node: { realized: { steps: { observed: number }[] } } }>(url, text, { id });
    expect(node.realized.steps.map(({ observed }) => observed)).toEqual(Array(12).fill(0));
  });

  test('is kept: listed newest first, and found by its id', async () => {
    const { url } = await startServer();
    await sendDays(url);
    const [first, second] = [await made(url), await made(url, { algorithm: 'SEASONAL_NAIVE' })];
    const list = `{ predictions(entityType: "grid") { edges { node { id algorithm } } pageInfo { hasNextPage } } }`;
    expect(await query(url, list)).toMatchObject({
      predictions: { edges: [{ node: { id: second.id, algorithm: 'SEASONAL_NAIVE' } }, { node: { id: first.id } }] },
    });
    const found = await query(url, `query ($id: ID!) { node(id: $id) { ... on Prediction { id } } }`, { id: first.id });
    expect(found).toEqual({ node: { id: first.id } });
  });

  test('is measured against what came', async () => {
    const { url } = await startServer();
    await sendDays(url, 30);
    const { id } = await made(url);
    const text = `query ($id: ID!) { node(id: $id) { ... on Prediction { realized { coverage meanAbsoluteError steps { observed } } } } }`;
    expect(await query(url, text, { id })).toMatchObject({ node: { realized: { coverage: null } } });
    await sendDays(url, 6);
    const { node } = await query<{ node: { realized: { coverage: number; steps: object[] } } }>(url, text, { id });
    expect(node.realized.steps).toHaveLength(24);
    expect(node.realized.coverage).toBeGreaterThan(0.7);
  });

  test.each(['NAIVE', 'SEASONAL_NAIVE', 'THETA', 'ETS', 'ARIMA', 'MSTL'])(
    'can be made by %s alone',
    async (algorithm) => {
      const { url } = await startServer();
      await sendDays(url);
      const prediction = await made(url, { algorithm });
      expect(prediction).toMatchObject({ algorithm });
    },
  );

  test('is made again as the series grows, for who watches', async () => {
    const { url } = await startServer();
    await sendDays(url, 1);
    const watch = watched(url);
    const { predictionUpdates: first } = await watch.next();
    await sendDays(url);
    const { predictionUpdates: second } = await watch.next();
    const beginOf = ({ predictedValues }: Prediction) => Date.parse(predictedValues[0]?.timestamp ?? '');
    expect(beginOf(second) - beginOf(first)).toBe(hourMs);
  });

  test('is made once for all who watch the same', async () => {
    const { url } = await startServer();
    await sendDays(url, 1);
    const watches = [watched(url), watched(url), watched(url)];
    const own = await Promise.all(watches.map((watch) => watch.next()));
    await sendDays(url);
    const shared = await Promise.all(watches.map((watch) => watch.next()));
    const idsOf = (all: typeof own) => new Set(all.map(({ predictionUpdates: { id } }) => id)).size;
    expect([idsOf(own), idsOf(shared)]).toEqual([3, 1]);
  });
});

describe('there is none', () => {
  test('to watch where the input is wrong, or the series is not there', async () => {
    const { url } = await startServer();
    await sendDays(url);
    const wrong = watched(url, { ...input, forecastPeriod: { size: 0, unit: 'DAY' } });
    expect((await wrong.next()).predictionUpdates).toEqual({ code: 'INVALID_INPUT' });
    await expect(wrong.next()).rejects.toThrow('ended');
    const missing = watched(url, { ...input, serviceId: 'south' });
    expect((await missing.next()).predictionUpdates).toEqual({ code: 'NOT_FOUND' });
  });

  test('of a series or a field that is not there, or is no number', async () => {
    const { url } = await startServer();
    await sendDays(url);
    expect(await made(url, { serviceId: 'south' })).toMatchObject({ code: 'NOT_FOUND' });
    for (const targetMetric of ['name', 'other']) {
      expect((await made(url, { targetMetric })).issues?.map(({ path }) => path.join('.'))).toEqual(['targetMetric']);
    }
  });

  test('of too few points, with how many are needed', async () => {
    const { url } = await startServer();
    await ingest(url, [{ entityType: 'grid', serviceId: 'north', data: { load: 1 } }]);
    expect(await made(url)).toMatchObject({ code: 'INSUFFICIENT_DATA', required: 3 });
  });

  test.each<[object, string]>([
    [{ forecastPeriod: { size: 0, unit: 'DAY' } }, 'forecastPeriod'],
    [{ step: { size: 2, unit: 'DAY' } }, 'step'],
    [{ step: { size: 1, unit: 'MINUTE' } }, 'step'],
    [{ confidenceLevel: 1 }, 'confidenceLevel'],
    [{ aggregation: 'QUANTILE' }, 'aggregation'],
    [{ step: { size: 20, unit: 'DAY' }, forecastPeriod: { size: 60, unit: 'DAY' } }, 'step'],
  ])('where the input is wrong: %j', async (asked, path) => {
    const { url } = await startServer();
    await sendDays(url);
    expect((await made(url, asked)).issues?.map((issue) => issue.path.join('.'))).toEqual([path]);
  });

  test('of a level that is no probability: of the bounds alone', async () => {
    const { url } = await startServer();
    await sendDays(url);
    const { id } = await made(url);
    const text = `query ($id: ID!) { node(id: $id) { ... on Prediction { predictedValues { bounds(level: 2) { lower } } } } }`;
    const { errors } = await ask(url, text, { id });
    expect(errors[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
  });

  test('of what the viewer asks in a way that is none: an error, not a crash', async () => {
    const { url } = await startServer();
    const { errors } = await ask(url, predict, { input: { ...input, algorithm: 'DICE' } });
    expect(errors[0]?.message).toContain('DICE');
  });
});
