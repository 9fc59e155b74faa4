// How large a document may be: what people really ask for passes, what would cost too much is refused before it runs.
import { getIntrospectionQuery, parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import { schema } from '../../src/schema/schema.ts';
import { costIssue, countIssue, type DocumentLimits } from '../../src/server/document-limits.ts';
import { graphiqlTabs } from '../../src/server/graphiql-tabs.ts';

const limits: DocumentLimits = {
  maxTokens: 2000,
  maxDepth: 12,
  maxAliases: 30,
  maxDirectives: 50,
  maxCost: 100_000,
  isDevelopment: true,
};

function issueOf(query: string, variables: Record<string, unknown> = {}): string | undefined {
  const document = parse(query);
  return (
    countIssue(document, limits) ?? costIssue({ schema, document, variables, now: Date.UTC(2026, 10, 27) }, limits)
  )?.message;
}

const wholeDashboard = `{ dashboard(id: "x") { widgets { value { value groups { key { value } value } } history(buckets: 60) { start value } } } }`;

test.each([
  ['the introspection query', getIntrospectionQuery()],
  ['a whole dashboard', wholeDashboard],
])('%s passes', (_, query) => {
  expect(issueOf(query)).toBeUndefined();
});

test.each(graphiqlTabs.map(({ title, query }) => [title, query]))('the tab %s passes', (_, query) => {
  expect(issueOf(query ?? '')).toBeUndefined();
});

test('a thousand points with all fields pass', () => {
  const query =
    '{ points(entityType: "a", first: 1000) { edges { cursor node { timestamp serviceId data metadata { source } } } } }';
  expect(issueOf(query)).toBeUndefined();
});

test('31 aliases are too many, those of __typename among them', () => {
  const aliases = (n: number) => `{ ${Array.from({ length: n }, (_, i) => `a${i}: __typename`).join(' ')} }`;
  expect(issueOf(aliases(30))).toBeUndefined();
  expect(issueOf(aliases(31))).toBe("the document's aliases is 31, at most 30 is run; ask for less at a time");
});

test('fields that are written again count as aliases', () => {
  expect(issueOf(`{ ${'__typename '.repeat(31)} }`)).toBeUndefined();
  expect(issueOf(`{ ${'__typename '.repeat(32)} }`)).toMatch(/aliases is 31/);
  expect(issueOf(`{ status { version } ... on Query { status { version } } }`)).toBeUndefined();
});

test('51 directives are too many', () => {
  expect(issueOf(`{ __typename ${'@skip(if: false)'.repeat(51)} }`)).toMatch(/directives is 51, at most 50/);
});

test('a document deeper than twelve fields is refused', () => {
  const nested = (n: number): string => (n === 0 ? 'field' : `not { ${nested(n - 1)} }`);
  const query = (n: number) => `{ node(id: "x") { ... on Widget { query { where { ${nested(n)} } } } } }`;
  expect(issueOf(query(8))).toBeUndefined();
  expect(issueOf(query(9))).toMatch(/depth is 13, at most 12/);
});

test('a document that goes round between dashboards and widgets costs too much', () => {
  const round = (n: number): string => (n === 0 ? 'id' : `widgets { dashboard { ${round(n - 1)} } }`);
  expect(issueOf(`{ dashboard(id: "x") { ${round(2)} } }`)).toBeUndefined();
  expect(issueOf(`{ dashboard(id: "x") { ${round(5)} } }`)).toMatch(/cost is \d+, at most 100000/);
});

test('fragments that go round come to an end', () => {
  const fragment = 'fragment F on Dashboard { widgets { dashboard { ...F } } }';
  expect(issueOf(`{ dashboard(id: "x") { ...F } } ${fragment}`)).toMatch(/depth|cost/);
});

test('fragments are measured where they are spread', () => {
  const nested = 'fragment W on Widget { history(buckets: 60) { groups { key { value } } } }';
  expect(issueOf(`{ dashboards(first: 50) { edges { node { widgets { ...W } } } } } ${nested}`)).toMatch(
    /cost is \d+, at most 100000/,
  );
});

test('the cost goes by the page that is asked for, also through a variable', () => {
  const query =
    'query ($n: Int) { dashboards(first: $n) { edges { node { widgets { history(buckets: 60) { value } } } } } }';
  expect(issueOf(query, { n: 10 })).toBeUndefined();
  expect(issueOf(query, { n: 1000 })).toMatch(/cost is \d+, at most 100000/);
});

/** What a document costs, by where it is refused. */
function costOf(query: string, variables: Record<string, unknown> = {}): number {
  const document = parse(query);
  const request = { schema, document, variables, now: Date.UTC(2026, 10, 27) };
  const issue = costIssue(request, { ...limits, maxCost: 0 });
  return Number(/cost is (\d+)/.exec(issue?.message ?? '')?.[1]);
}

const dashboard = (history: string) =>
  `{ dashboard(id: "x") { widgets { ${history} { start value groups { key { value } value } } } } }`;

test('the order of arguments does not change the cost: the largest size counts', () => {
  const costs = ['history(last: 2, buckets: 60)', 'history(buckets: 60, last: 2)', 'history(last: 2)', 'history'];
  expect(new Set(costs.map((history) => costOf(dashboard(history)))).size).toBe(1);
  expect(costOf(dashboard('history(buckets: 5, last: 2)'))).toBeLessThan(costOf(dashboard('history')) / 10);
});

describe('steps of the past', () => {
  const query = (
    rest: string,
  ) => `query ($query: KpiQueryInput!, $from: DateTime!, $to: DateTime, $step: TimeSpanInput) {
    kpiHistory(query: $query, from: $from, to: $to, step: $step) ${rest}
  }`;
  const all = '{ start end value count groups { key { field value } value count isOther } }';
  const kpi = { entityType: 'a', aggregation: { function: 'COUNT' }, timeWindow: { size: 1, unit: 'HOUR' } };
  const at = (from: string, more: object = {}) => ({ query: kpi, from, ...more });

  test('cost what there are of them, with all their fields', () => {
    const hours = (size: number) =>
      at('2026-11-26T00:00:00Z', { to: '2026-11-26T20:00:00Z', step: { size, unit: 'HOUR' } });
    expect(costOf(query(all), hours(1))).toBeGreaterThan(8 * costOf(query(all), hours(10)));
    expect(issueOf(query(all), hours(1))).toBeUndefined();
    expect(issueOf(query(all), at('2026-11-01T00:00:00Z'))).toBeUndefined();
  });

  test('up to now are counted up to now', () => {
    const minutes = at('2026-11-26T20:00:00Z', { step: { size: 1, unit: 'MINUTE' } });
    expect(costOf(query('{ value groups { value } }'), minutes)).toBe(240 * (1 + 1 + 10) + 1);
  });

  test('that cannot be counted count as sixty', () => {
    const wrong = at('yesterday', { step: { size: 1, unit: 'MINUTE' } });
    expect(costOf(query('{ value groups { value } }'), wrong)).toBe(60 * (1 + 1 + 10) + 1);
  });

  test('of a thousand with all groups are within the limit once, not twice', () => {
    const many = at('2026-11-26T00:00:00Z', { to: '2026-11-26T16:40:00Z', step: { size: 1, unit: 'MINUTE' } });
    expect(issueOf(query(all), many)).toBeUndefined();
    const twice = query(`${all} again: kpiHistory(query: $query, from: $from, to: $to, step: $step) ${all}`);
    expect(issueOf(twice, many)).toMatch(/cost is \d+, at most 100000/);
  });
});
