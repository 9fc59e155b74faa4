// Insights and analyzers through the API: found, listed, watched, acknowledged; what watches is read and changed.
import { describe, expect, onTestFinished, test } from 'vitest';
import { FakeClock } from '../support/fake-clock.ts';
import { ask, ingest, query, WsConnection } from '../support/graphql.ts';
import { waitUntil } from '../support/inbox.ts';
import { startServer } from '../support/start-server.ts';
import { tempFolder } from '../support/temp-folder.ts';

const insightFields = `id type severity state title description confidence entityType serviceId field dashboardId widgetId
  group { field value } recommendations generatedAt updatedAt expiresAt occurrences acknowledgedBy cursor
  evidence { series { at observed expected lower upper isAnomalous } observed expected lower upper direction changePercent
    from to point { data } }
  fields { field evidence { observed } } life { at kind severity observed } related { id }`;

interface Insight {
  readonly id: string;
  readonly cursor: string;
  readonly acknowledgedBy: string | null;
  readonly evidence: { readonly series: readonly object[]; readonly point: { readonly data: object } | null };
}

const readInsights = `query ($type: InsightType, $state: InsightState, $minSeverity: Severity, $first: Int, $after: String) {
  insights(type: $type, state: $state, minSeverity: $minSeverity, first: $first, after: $after) {
    totalCount edges { node { ${insightFields} } } pageInfo { hasNextPage endCursor }
  }
}`;

interface Page {
  readonly insights: {
    readonly totalCount: number;
    readonly edges: readonly { readonly node: Insight }[];
    readonly pageInfo: { readonly hasNextPage: boolean };
  };
}

/** Ten minutes of a steady metric, and at the end of it a spike: as many a second as are observed one by one. */
async function sendSpike(url: string, clock: FakeClock): Promise<void> {
  const begin = clock.now() - 600_000;
  const points = Array.from({ length: 590 }, (_, i) => ({
    entityType: 'orders',
    serviceId: 'web',
    timestamp: new Date(begin + i * 1000).toISOString(),
    data: { latency: 100 + Math.sin(i * i) + (i === 580 ? 60 : 0) },
  }));
  for (let i = 0; i < points.length; i += 100) {
    await ingest(url, points.slice(i, i + 100));
    await clock.advance(6000);
  }
}

async function untilFound(url: string, variables: Readonly<Record<string, unknown>> = {}): Promise<Page['insights']> {
  let found: Page['insights'] | undefined;
  await waitUntil('an insight', async () => {
    found = (await query<Page>(url, readInsights, variables)).insights;
    return found.totalCount > 0;
  });
  return found as Page['insights'];
}

describe('an insight', () => {
  test('is found in points, told to who watches, listed, read by its id, acknowledged', async () => {
    const clock = new FakeClock();
    const server = await startServer({}, clock);
    const { url } = server;
    const connection = new WsConnection(url);
    const watch = connection.subscribe<{ insights: Insight }>(
      `subscription { insights(minSeverity: LOW) { ${insightFields} } }`,
    );
    await server.subscriptions(1);
    await sendSpike(url, clock);
    const told = (await watch.next()).insights;
    expect(told).toMatchObject({
      type: 'ANOMALY_DETECTION',
      state: 'OPEN',
      title: 'latency of orders/web: unusually high',
      entityType: 'orders',
      serviceId: 'web',
      field: 'latency',
      dashboardId: null,
      widgetId: null,
      group: [],
      evidence: { direction: 'UP', point: { data: { latency: expect.any(Number) } } },
      fields: [{ field: 'latency' }],
      life: [{ kind: 'OPENED' }],
      related: [],
    });
    expect(told.evidence.series.length).toBeGreaterThan(50);
    const { edges } = await untilFound(url, { type: 'ANOMALY_DETECTION', state: 'OPEN', minSeverity: 'MEDIUM' });
    expect(edges.map(({ node }) => node.id)).toEqual([told.id]);
    const one = await query<{ node: { id: string } }>(
      url,
      `query ($id: ID!) { node(id: $id) { ... on Insight { id } } }`,
      {
        id: told.id,
      },
    );
    expect(one.node.id).toBe(told.id);
    const acknowledge = `mutation ($id: ID!) { acknowledgeInsight(id: $id) {
      ... on Insight { acknowledgedBy life { kind } } ... on NotFoundError { code id } } }`;
    const { acknowledgeInsight } = await query<{ acknowledgeInsight: Insight }>(url, acknowledge, { id: told.id });
    expect(acknowledgeInsight.acknowledgedBy).not.toBeNull();
    const none = await query(url, acknowledge, { id: 'insight_none' });
    expect(none).toEqual({ acknowledgeInsight: { code: 'NOT_FOUND', id: 'insight_none' } });
    const resumed = connection.subscribe<{ insights: Insight }>(
      `subscription { insights(after: "${told.cursor}") { id acknowledgedBy } }`,
    );
    expect((await resumed.next()).insights.id).toBe(told.id);
  });

  test('of none there is an empty page, and a cursor that is none is an error', async () => {
    const { url } = await startServer();
    const { insights } = await query<Page>(url, readInsights);
    expect(insights).toMatchObject({ totalCount: 0, edges: [], pageInfo: { hasNextPage: false } });
    const { errors } = await ask(url, readInsights, { after: 'nonsense' });
    expect(errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  test('is counted by the status, with what is watched', async () => {
    const clock = new FakeClock();
    const { url } = await startServer({}, clock);
    await sendSpike(url, clock);
    await untilFound(url);
    const { status } = await query<{ status: object }>(
      url,
      `{ status { insights performance { generatedInsights }
        analysis { metrics metricsWatchedLess metricsNotWatched heldBack } } }`,
    );
    expect(status).toEqual({
      insights: 1,
      performance: { generatedInsights: 1 },
      analysis: { metrics: 1, metricsWatchedLess: 0, metricsNotWatched: 0, heldBack: 0 },
    });
  });
});

describe('analyzers', () => {
  const fields = 'id name type entityType serviceId fields sensitivity isActive version';
  const create = `mutation ($input: CreateAnalyzerInput!) { createAnalyzer(input: $input) {
    ... on Analyzer { ${fields} } ... on InvalidInputError { issues { path message } } ... on LimitExceededError { limit } } }`;
  const update = `mutation ($input: UpdateAnalyzerInput!) { updateAnalyzer(input: $input) {
    ... on Analyzer { ${fields} } ... on NotFoundError { id } ... on ConflictError { currentVersion } } }`;
  const remove = `mutation ($id: ID!) { deleteAnalyzer(id: $id) { ... on DeletedAnalyzer { id } ... on NotFoundError { code } } }`;
  const list = `{ analyzers { ${fields} } }`;

  test('at first are one of each type over everything', async () => {
    const { url } = await startServer();
    const { analyzers } = await query<{ analyzers: { type: string }[] }>(url, list);
    expect(analyzers.map(({ type }) => type)).toEqual(['ANOMALY', 'SHIFT', 'SILENCE']);
    expect(analyzers[0]).toMatchObject({
      entityType: null,
      serviceId: null,
      fields: [],
      sensitivity: 'MEDIUM',
      isActive: true,
    });
  });

  test('are made, changed with their version, found by id and deleted', async () => {
    const { url } = await startServer();
    const input = { type: 'ANOMALY', name: 'Quiet', entityType: 'orders', fields: ['latency'], sensitivity: 'LOW' };
    const { createAnalyzer } = await query<{ createAnalyzer: { id: string } }>(url, create, { input });
    expect(createAnalyzer).toMatchObject({ ...input, isActive: true, version: 1 });
    const { id } = createAnalyzer;
    const changed = await query(url, update, { input: { id, version: 1, isActive: false } });
    expect(changed).toMatchObject({
      updateAnalyzer: { name: 'Quiet', fields: ['latency'], isActive: false, version: 2 },
    });
    expect(await query(url, update, { input: { id, version: 1 } })).toEqual({ updateAnalyzer: { currentVersion: 2 } });
    const found = await query(url, `query ($id: ID!) { node(id: $id) { ... on Analyzer { name } } }`, { id });
    expect(found).toEqual({ node: { name: 'Quiet' } });
    expect(await query(url, remove, { id })).toEqual({ deleteAnalyzer: { id } });
    expect(await query(url, remove, { id })).toEqual({ deleteAnalyzer: { code: 'NOT_FOUND' } });
    expect(await query(url, update, { input: { id } })).toEqual({ updateAnalyzer: { id } });
  });

  test('that break rules name what is wrong, and there are ten at most', async () => {
    const { url } = await startServer();
    const bad = { type: 'SHIFT', name: '', entityType: '', fields: ['a..b'] };
    const { createAnalyzer } = await query<{ createAnalyzer: { issues: { path: string[] }[] } }>(url, create, {
      input: bad,
    });
    expect(createAnalyzer.issues.map(({ path }) => path.join('.'))).toEqual(['name', 'entityType', 'fields.0']);
    for (let i = 0; i < 7; i += 1) await query(url, create, { input: { type: 'SHIFT', entityType: `type${i}` } });
    expect(await query(url, create, { input: { type: 'SHIFT' } })).toEqual({ createAnalyzer: { limit: 10 } });
  });

  test('keep what they were changed to after a restart, and those that were deleted stay away', async () => {
    const folder = tempFolder();
    onTestFinished(() => folder.remove());
    const first = await startServer({ data: folder.path });
    await query(first.url, remove, { id: 'analyzer_silence' });
    await query(first.url, update, { input: { id: 'analyzer_shift', sensitivity: 'HIGH' } });
    await first.stop();
    const { url } = await startServer({ data: folder.path });
    const { analyzers } = await query<{ analyzers: { type: string; sensitivity: string }[] }>(url, list);
    expect(analyzers.map(({ type, sensitivity }) => [type, sensitivity])).toEqual([
      ['ANOMALY', 'MEDIUM'],
      ['SHIFT', 'HIGH'],
    ]);
  });
});
