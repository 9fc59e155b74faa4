// The tabs of GraphiQL: each runs unchanged on the demo's data and answers something worth looking at.
import { type OperationDefinitionNode, parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import { type GraphiqlTab, graphiqlTabs } from '../../src/server/graphiql-tabs.ts';
import { query, WsConnection } from '../support/graphql.ts';
import { waitUntil } from '../support/inbox.ts';
import { startServer } from '../support/start-server.ts';

interface Resumed {
  readonly dataUpdates: { readonly points: readonly object[]; readonly cursor: string };
}

interface Page {
  readonly points: { readonly edges: readonly { readonly node: object }[] };
}

const page = `query ($after: String) {
  points(entityType: "demo_orders", first: 50, after: $after) { edges { node { timestamp serviceId data } } }
}`;

type Answer = Readonly<Record<string, unknown>>;

const worthIt: Readonly<Record<string, object>> = {
  'Points, live': { dataUpdates: { points: [{ data: { amount: expect.any(Number) } }, {}, {}] } },
  'A KPI, live': { kpi: { isSnapshot: true, value: { value: expect.any(Number), groups: expect.any(Array) } } },
  History: { kpi: { value: { value: expect.any(Number) } } },
  'Resume with a cursor': { dataUpdates: { points: expect.any(Array), cursor: expect.any(String), gap: null } },
  'A dashboard made': { createDashboard: { widgets: [{ value: { value: expect.any(Number) } }] } },
  Status: { status: { version: expect.any(String) }, series: expect.any(Array) },
};

function operationOf({ query: text }: GraphiqlTab): OperationDefinitionNode {
  const [operation] = parse(text).definitions;
  return operation as OperationDefinitionNode;
}

function variablesOf({ variables = '{}' }: GraphiqlTab): Record<string, unknown> {
  return JSON.parse(variables) as Record<string, unknown>;
}

/** What the tab shows first. */
function run(url: string, tab: GraphiqlTab): Promise<Answer> {
  if (operationOf(tab).operation !== 'subscription') return query<Answer>(url, tab.query, variablesOf(tab));
  return new WsConnection(url).subscribe<Answer>(tab.query, variablesOf(tab)).next();
}

describe.each(graphiqlTabs.map((tab) => [tab.title, tab] as const))('%s', (_, tab) => {
  test('says in its first line what it shows, and has a name for its tab', () => {
    expect(tab.query).toMatch(/^# \w/);
    expect(operationOf(tab).name?.value).toMatch(/^\w+$/);
  });
});

test("each answers on the demo's data", async () => {
  const { url } = await startServer({ source: 'demo' });
  for (const tab of graphiqlTabs) expect(await run(url, tab), tab.title).toMatchObject(worthIt[tab.title] ?? {});
});

test('the history has orders in each of its twelve steps', async () => {
  const { url } = await startServer({ source: 'demo' });
  const history = graphiqlTabs.find(({ title }) => title === 'History') as GraphiqlTab;
  const { kpi } = (await run(url, history)) as { kpi: { buckets: { count: number }[] } };
  expect(kpi.buckets.length).toBeGreaterThanOrEqual(12);
  expect(kpi.buckets.slice(1).every(({ count }) => count > 0)).toBe(true);
});

test('the tab on resuming begins with what came between two runs, each point once', async () => {
  const { url } = await startServer({ source: 'demo' });
  const resume = graphiqlTabs.find(({ title }) => title === 'Resume with a cursor') as GraphiqlTab;
  const first = (await run(url, resume)) as unknown as Resumed;
  const { cursor: after } = first.dataUpdates;
  let missed: object[] = [];
  await waitUntil('three orders missed', async () => {
    const { points } = await query<Page>(url, page, { after });
    missed = points.edges.map(({ node }) => node);
    return missed.length >= 3;
  });
  const second = (await run(url, { ...resume, variables: JSON.stringify({ after }) })) as unknown as Resumed;
  expect(second.dataUpdates.points.slice(0, missed.length)).toEqual(missed);
});
