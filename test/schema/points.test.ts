// Points over the API: in by a mutation, out in pages by cursor, by filters and by time, and the series they make up.
import { describe, expect, test } from 'vitest';
import type { PointInput } from '../../src/points/point.ts';
import { ask, ingest, query, type ReadPoint } from '../support/graphql.ts';
import { startServer } from '../support/start-server.ts';

interface Page {
  readonly points: {
    readonly edges: readonly {
      readonly cursor: string;
      readonly node: { readonly cursor: string; readonly data: { readonly n: number } };
    }[];
    readonly pageInfo: {
      readonly hasNextPage: boolean;
      readonly hasPreviousPage: boolean;
      readonly startCursor: string | null;
      readonly endCursor: string | null;
    };
  };
}

const pageQuery = `query ($entityType: String = "orders", $serviceId: String, $filters: [FilterInput!], $where: ConditionInput,
    $from: DateTime, $to: DateTime, $first: Int, $after: String, $last: Int, $before: String) {
  points(entityType: $entityType, serviceId: $serviceId, filters: $filters, where: $where, from: $from, to: $to,
    first: $first, after: $after, last: $last, before: $before) {
    edges { cursor node { cursor data } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;

const page = async (url: string, variables: object) => (await query<Page>(url, pageQuery, { ...variables })).points;
const numbersOf = ({ edges }: Page['points']) => edges.map(({ node }) => node.data.n);

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);
const order = (n: number, more: object = {}): PointInput => ({
  entityType: 'orders',
  serviceId: 'web',
  data: { n, ...more },
});

describe('pages of points', () => {
  test('go forwards by cursor to the end, every point once', async () => {
    const { url } = await startServer();
    await ingest(
      url,
      upTo(25).map((n) => order(n)),
    );
    const seen: number[] = [];
    let after: string | null = null;
    for (const expected of [
      [true, false],
      [true, true],
      [false, true],
    ]) {
      const { edges, pageInfo } = await page(url, { first: 10, after });
      seen.push(...numbersOf({ edges, pageInfo }));
      expect([pageInfo.hasNextPage, pageInfo.hasPreviousPage]).toEqual(expected);
      expect([pageInfo.startCursor, pageInfo.endCursor]).toEqual([edges[0]?.cursor, edges.at(-1)?.cursor]);
      expect(edges.every(({ cursor, node }) => cursor === node.cursor)).toBe(true);
      after = pageInfo.endCursor;
    }
    expect(seen).toEqual(upTo(25));
    expect(await page(url, { first: 10, after })).toEqual({
      edges: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: true, startCursor: null, endCursor: null },
    });
  });

  test('go backwards by cursor to the beginning, each in the order of arrival', async () => {
    const { url } = await startServer();
    await ingest(
      url,
      upTo(25).map((n) => order(n)),
    );
    let before: string | null = null;
    const pages: number[][] = [];
    for (let left = true; left; ) {
      const { edges, pageInfo } = await page(url, { last: 10, before });
      pages.push(numbersOf({ edges, pageInfo }));
      expect(pageInfo.hasNextPage).toBe(before !== null);
      before = pageInfo.startCursor;
      left = pageInfo.hasPreviousPage;
    }
    expect(pages).toEqual([upTo(25).slice(15), upTo(25).slice(5, 15), upTo(25).slice(0, 5)]);
  });

  test('have 50 points where no size is given, a thousand at most, and none where none are wanted', async () => {
    const { url } = await startServer();
    await ingest(
      url,
      upTo(1200).map((n) => order(n)),
    );
    expect(numbersOf(await page(url, {}))).toEqual(upTo(50));
    expect(numbersOf(await page(url, { first: 1000 }))).toEqual(upTo(1000));
    expect(numbersOf(await page(url, { first: 0 }))).toEqual([]);
    for (const [variables, says] of [
      [{ first: 1001 }, 'first must be from 0 to 1000, not 1001'],
      [{ last: -1 }, 'last must be from 0 to 1000, not -1'],
      [{ first: 1, last: 1 }, 'give first or last, not both'],
    ] as const) {
      const { errors } = await ask(url, pageQuery, variables);
      expect(errors).toMatchObject([{ message: says, path: ['points'], extensions: { code: 'BAD_USER_INPUT' } }]);
    }
  });

  test('that hold exactly what there is say that there is no more', async () => {
    const { url } = await startServer();
    await ingest(
      url,
      upTo(25).map((n) => order(n)),
    );
    for (const size of [{ first: 25 }, { last: 25 }, { first: 100 }]) {
      const { edges, pageInfo } = await page(url, size);
      expect(numbersOf({ edges, pageInfo })).toEqual(upTo(25));
      expect(pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: false, endCursor: edges.at(-1)?.cursor });
    }
  });

  test('lie between after and before where both are given', async () => {
    const { url } = await startServer();
    await ingest(
      url,
      upTo(10).map((n) => order(n)),
    );
    const { edges } = await page(url, {});
    const between = { after: edges[2]?.cursor, before: edges[7]?.cursor };
    expect(numbersOf(await page(url, between))).toEqual([3, 4, 5, 6]);
    expect(numbersOf(await page(url, { ...between, last: 2 }))).toEqual([5, 6]);
  });

  test('stop short after so many points were looked at, and go on from where they stopped', async () => {
    const { url } = await startServer({ 'max-scanned': '1000' });
    // In blocks of 500, of which the last alone has what is asked for.
    await ingest(
      url,
      upTo(3000).map((n) => order(n, { rare: n >= 2990 })),
    );
    const filters = [{ field: 'rare', op: 'EQ', values: [true] }];
    const found: number[] = [];
    let pages = 0;
    for (let after: string | null = null, left = true; left; pages += 1) {
      const { edges, pageInfo } = await page(url, { filters, after });
      found.push(...numbersOf({ edges, pageInfo }));
      after = pageInfo.endCursor;
      left = pageInfo.hasNextPage;
    }
    expect(found).toEqual(upTo(3000).slice(2990));
    expect(pages).toBeGreaterThanOrEqual(3);
  });
});

describe('points are found', () => {
  const points: PointInput[] = [
    order(0, { status: 'paid', total: 10, address: { city: 'Oslo' }, vip: true }),
    order(1, { status: 'open', total: 20.5, address: { city: 'Rome' } }),
    order(2, { status: 'paid', total: '30', address: null }),
    order(3, { total: 40, 'address.city': 'Paris', tags: ['a'] }),
  ];
  const leaf = (field: string, op: string, ...values: unknown[]) => ({ field, op, values });

  test.each([
    ['EQ', leaf('status', 'EQ', 'paid'), [0, 2]],
    ['NE, also where the field is missing', leaf('status', 'NE', 'paid'), [1, 3]],
    ['GT, number with number', leaf('total', 'GT', 10), [1, 3]],
    ['GTE', leaf('total', 'GTE', 10), [0, 1, 3]],
    ['LT, text with text', leaf('status', 'LT', 'p'), [1]],
    ['LTE', leaf('total', 'LTE', 20.5), [0, 1]],
    ['IN', leaf('n', 'IN', 1, 3, 5), [1, 3]],
    ['NOT_IN, also where the field is missing', leaf('status', 'NOT_IN', 'open', 'lost'), [0, 2, 3]],
    ['CONTAINS', leaf('address.city', 'CONTAINS', 'o'), [0, 1]],
    ['STARTS_WITH, a dotted path or a field of that whole name', leaf('address.city', 'STARTS_WITH', 'P'), [3]],
    ['EXISTS', leaf('vip', 'EXISTS'), [0]],
    ['EXISTS with false, where it is missing or null', leaf('address', 'EXISTS', false), [2, 3]],
    ['EQ of a number, which text never is', leaf('total', 'EQ', 30), []],
  ])('by %s', async (_, filter, expected) => {
    const { url } = await startServer();
    await ingest(url, points);
    expect(numbersOf(await page(url, { filters: [filter] }))).toEqual(expected);
    expect(numbersOf(await page(url, { where: filter }))).toEqual(expected);
    expect(numbersOf(await page(url, { where: { not: filter } }))).toEqual(
      [0, 1, 2, 3].filter((n) => !expected.includes(n)),
    );
  });

  test('by a condition with alternatives beside filters, of which all must hold', async () => {
    const { url } = await startServer();
    await ingest(url, points);
    const where = {
      any: [leaf('n', 'EQ', 1), { all: [leaf('status', 'EQ', 'paid'), { not: leaf('vip', 'EQ', true) }] }],
    };
    expect(numbersOf(await page(url, { where }))).toEqual([1, 2]);
    expect(numbersOf(await page(url, { where, filters: [leaf('status', 'EQ', 'open')] }))).toEqual([1]);
  });

  test('by their own time, from which is not included and to which is', async () => {
    const { url } = await startServer();
    const at = (n: number) => new Date(Date.UTC(2026, 0, 1, n)).toISOString();
    // Later ones arrive first.
    await ingest(
      url,
      [3, 2, 1, 0].map((n) => ({ ...order(n), timestamp: at(n) })),
    );
    expect(numbersOf(await page(url, { from: at(1), to: at(3) }))).toEqual([3, 2]);
    expect(numbersOf(await page(url, { from: at(3) }))).toEqual([]);
    expect(numbersOf(await page(url, { to: '2026-01-01T01:00:00+01:00' }))).toEqual([0]);
  });

  test('by entity type and service', async () => {
    const { url } = await startServer();
    await ingest(url, [order(0), { ...order(1), serviceId: 'app' }, { ...order(2), entityType: 'visits' }]);
    expect(numbersOf(await page(url, {}))).toEqual([0, 1]);
    expect(numbersOf(await page(url, { serviceId: 'app' }))).toEqual([1]);
    expect(numbersOf(await page(url, { entityType: 'visits' }))).toEqual([2]);
    expect(numbersOf(await page(url, { entityType: 'nothing' }))).toEqual([]);
  });
});

describe('Mutation.ingest', () => {
  const send =
    'mutation ($points: [DataPointInput!]!, $batchId: String) { ingest(points: $points, batchId: $batchId) { accepted duplicates rejected { index message } cursor } }';

  test('takes what a producer has, and gives it back as it was sent', async () => {
    const { url, engine } = await startServer();
    const data = {
      value: 1.5,
      text: 'ö "x"',
      list: [1, null, { a: true }],
      nested: { deep: { n: -0.25 } },
      nothing: null,
    };
    const sent = {
      entityType: 'orders',
      serviceId: 'web',
      timestamp: '2026-03-01T12:00:00.5+02:00',
      data,
      metadata: { source: 'till', confidence: 0.9, processingTime: 3 },
    };
    const { ingest: result } = await query<{ ingest: { cursor: string } }>(url, send, {
      points: [sent, { entityType: 'orders', serviceId: 'web', data: {} }],
    });
    expect(result).toMatchObject({ accepted: 2, duplicates: 0, rejected: [] });
    const { points } = await query<{ points: { edges: { node: ReadPoint & Record<string, unknown> }[] } }>(
      url,
      `{ points(entityType: "orders") { edges { node {
        cursor timestamp receivedAt entityType serviceId data metadata { source confidence processingTime }
        value: number(field: "value") deep: number(field: "nested.deep.n") noNumber: number(field: "text") text(field: "text") noText: text(field: "value") absent: text(field: "a.b")
      } } } }`,
    );
    const [first, second] = points.edges.map(({ node }) => node);
    expect(first).toMatchObject({
      ...sent,
      timestamp: '2026-03-01T10:00:00.500Z',
      value: 1.5,
      deep: -0.25,
      noNumber: null,
      text: 'ö "x"',
      noText: null,
      absent: null,
    });
    expect(second).toMatchObject({ cursor: result.cursor, data: {}, metadata: null });
    // Without a time of its own a point has the time of its arrival.
    expect(second?.timestamp).toBe(second?.receivedAt);
    expect(Date.parse(second?.receivedAt ?? '')).toBeLessThanOrEqual(engine.now());
  });

  test('keeps the good beside the bad, and counts duplicates', async () => {
    const { url, engine } = await startServer();
    const points = [{ ...order(0), key: 'a' }, { ...order(1), entityType: '' }, { ...order(2), key: 'a' }, order(3)];
    expect(await query(url, send, { points })).toMatchObject({
      ingest: { accepted: 2, duplicates: 1, rejected: [{ index: 1 }] },
    });
    expect(engine.status().performance).toMatchObject({ processedEvents: 2, rejectedEvents: 1, duplicateEvents: 1 });
  });

  test('with a batchId counts once and answers the second time as the first', async () => {
    const { url } = await startServer();
    const variables = { points: [order(0), { ...order(1), serviceId: '' }, order(2)], batchId: 'monday' };
    const first = await query(url, send, variables);
    expect(await query(url, send, variables)).toEqual(first);
    expect(numbersOf(await page(url, {}))).toEqual([0, 2]);
    const { errors } = await ask(url, send, { ...variables, points: [order(9)] });
    expect(errors).toMatchObject([{ message: expect.stringContaining('monday'), extensions: { code: 'CONFLICT' } }]);
    expect(numbersOf(await page(url, {}))).toEqual([0, 2]);
  });
});

describe('series', () => {
  test('are listed with what is known of them, in the order of their names', async () => {
    const { url } = await startServer();
    const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
    await ingest(url, [
      { entityType: 'visits', serviceId: 'web', data: { path: '/' } },
      {
        entityType: 'orders',
        serviceId: 'web',
        timestamp: at(5),
        data: { total: 1, status: 'a', flag: true, mixed: 1, deep: { n: 1 } },
      },
      { entityType: 'orders', serviceId: 'web', timestamp: at(1), data: { mixed: 'x', tags: [] } },
      { entityType: 'orders', serviceId: 'app', data: {} },
    ]);
    const text =
      'query ($e: String, $s: String) { series(entityType: $e, serviceId: $s) { entityType serviceId pointCount firstPointAt lastPointAt fields { name kind } } }';
    const { series } = await query<{ series: { entityType: string; serviceId: string }[] }>(url, text);
    expect(series.map(({ entityType, serviceId }) => `${entityType}/${serviceId}`)).toEqual([
      'orders/app',
      'orders/web',
      'visits/web',
    ]);
    expect(await query(url, text, { e: 'orders', s: 'web' })).toEqual({
      series: [
        {
          entityType: 'orders',
          serviceId: 'web',
          pointCount: 2,
          firstPointAt: at(1),
          lastPointAt: at(5),
          fields: [
            { name: 'deep.n', kind: 'NUMBER' },
            { name: 'flag', kind: 'BOOLEAN' },
            { name: 'mixed', kind: 'MIXED' },
            { name: 'status', kind: 'TEXT' },
            { name: 'tags', kind: 'MIXED' },
            { name: 'total', kind: 'NUMBER' },
          ],
        },
      ],
    });
    expect(await query(url, text, { e: 'nothing' })).toEqual({ series: [] });
  });
});
