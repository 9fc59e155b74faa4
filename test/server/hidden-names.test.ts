// Outside development errors name nothing of the schema that the client has not written, the same on every transport.
import { expect, test } from 'vitest';
import { ask, SseConnection } from '../support/graphql.ts';
import { RawSocket } from '../support/raw-socket.ts';
import { startServer } from '../support/start-server.ts';

interface Case {
  readonly query: string;
  readonly variables?: Record<string, unknown>;
  /** What the message is, and which names of it only development shows. */
  readonly says: string;
  readonly names: readonly string[];
}

const kpi = 'query ($q: KpiQueryInput!) { kpi(query: $q) { value } }';

const cases: readonly Case[] = [
  {
    query: '{ points { totalCount } }',
    says: 'Cannot query field "totalCount" on type "…".',
    names: ['DataPointConnection'],
  },
  {
    query: '{ points { edges { cursor } } }',
    says: 'Argument "Query.points(…:)" of type "String!" is required, but it was not provided.',
    names: ['entityType'],
  },
  {
    query: '{ kpi { value } }',
    says: 'Argument "Query.kpi(…:)" of type "…!" is required, but it was not provided.',
    names: ['query', 'KpiQueryInput'],
  },
  {
    query: '{ kpi(query: { entityType: "a" }) { value } }',
    says: 'Expected value of type "…" to include required field "…", found: { entityType: "a" }.',
    names: ['KpiQueryInput', 'timeWindow'],
  },
  {
    query:
      '{ kpi(query: { entityType: "a", aggregation: { function: MEDIAN }, timeWindow: { size: 1, unit: HOUR } }) { value } }',
    says: 'Value "MEDIAN" does not exist in "…" enum.',
    names: ['AggregationFunction'],
  },
  {
    query: '{ kpi(query: 5) { value } }',
    says: 'Expected value of type "…" to be an object, found: 5.',
    names: ['KpiQueryInput'],
  },
  {
    query: kpi,
    variables: { q: { entityType: 'a', aggregation: {} } },
    says: 'Variable "$q" has invalid value: Expected value of type "KpiQueryInput" to include required field "…", found: { entityType: "a", aggregation: {} }.',
    names: ['timeWindow'],
  },
  {
    query: kpi,
    variables: { q: { entityType: 'a', aggregation: {}, timeWindow: { size: 1, unit: 'HOUR' } } },
    says: 'Variable "$q" has invalid value at .aggregation: Expected value of type "…" to include required field "…", found: {}.',
    names: ['AggregationInput', 'function'],
  },
  {
    query: kpi,
    variables: {
      q: { entityType: 'a', aggregation: { function: 'odd" word' }, timeWindow: { size: 1, unit: 'HOUR' } },
    },
    says: 'Variable "$q" has invalid value at .aggregation.function: Value "odd" word" does … exist in "…" enum.',
    names: ['AggregationFunction'],
  },
];

/** The messages over each transport. */
async function messages(url: string, { query, variables = {} }: Case): Promise<string[][]> {
  const socket = new RawSocket(url);
  await socket.init();
  socket.subscribe('1', query, variables);
  const overSocket = (await socket.inbox.next()).payload;
  const all = [
    (await ask(url, query, variables)).errors,
    overSocket,
    await new SseConnection(url).subscribe(query, variables).failure(),
    await new SseConnection(url, { path: '/graphql' }).subscribe(query, variables).failure(),
  ];
  return all.map((errors) => (errors as readonly { message: string }[]).map(({ message }) => message));
}

test.each(cases)('$says', async (one) => {
  const { url } = await startServer({ development: 'false' });
  for (const said of await messages(url, one)) {
    expect(said.join('\n')).toContain(one.says);
    for (const name of one.names) expect(said.join('\n')).not.toMatch(new RegExp(`\\b${name}\\b`));
  }
});

test.each(cases)('in development the names are there: $names', async (one) => {
  const { url } = await startServer({ development: 'true' });
  for (const said of await messages(url, one)) {
    for (const name of one.names) expect(said.join('\n')).toMatch(new RegExp(`\\b${name}\\b`));
  }
});
