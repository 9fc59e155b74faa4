// Filters that cost too much: their own subscription ends with an error, the point is stored, others see it.
import { expect, test } from 'vitest';
import { ingest, query, watchWs } from '../support/graphql.ts';
import { startServer } from '../support/start-server.ts';

const subscription = `subscription ($where: ConditionInput) {
  dataUpdates(entityType: "orders", where: $where, frequency: EVERY_POINT) { points { serviceId } }
}`;
const kpi = `subscription ($query: KpiQueryInput!) { kpi(query: $query) { value { count } } }`;
const part = { field: 'text', op: 'CONTAINS', values: [`aab${'a'.repeat(253)}`] };
const costly = { any: Array.from({ length: 60 }, () => part) };
const count = { entityType: 'orders', aggregation: { function: 'COUNT' }, timeWindow: { size: 1, unit: 'HOUR' } };

test('a filter that searches too much ends its subscription with LIMIT_EXCEEDED and no other', async () => {
  const { url, takeErrors } = await startServer();
  const cheap = watchWs<{ dataUpdates: { points: object[] } }>(url, subscription);
  const dear = watchWs(url, subscription, { where: costly });
  const dearKpi = watchWs<{ kpi: { value: { count: number } } }>(url, kpi, { query: { ...count, where: costly } });
  expect((await dearKpi.next()).kpi.value.count).toBe(0);
  const text = 'a'.repeat(70_000);
  const points = Array.from({ length: 10 }, () => ({ entityType: 'orders', serviceId: 'web', data: { text } }));
  await ingest(url, points);
  expect((await cheap.next()).dataUpdates.points).toHaveLength(10);
  const limit = { extensions: { code: 'LIMIT_EXCEEDED', limit: 32_000_000 } };
  expect(await dear.failure()).toMatchObject([limit]);
  expect(await dearKpi.failure()).toMatchObject([limit]);
  const { kpi: value } = await query<{ kpi: { count: number } }>(
    url,
    'query ($query: KpiQueryInput!) { kpi(query: $query) { count } }',
    { query: count },
  );
  expect(value.count).toBe(10);
  expect(takeErrors()).toEqual([]);
});
