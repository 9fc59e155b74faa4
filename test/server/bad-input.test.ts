// Whatever comes in, by whichever door: the answer names the place, the value and what would be right, and nothing else is disturbed.
import { describe, expect, test } from 'vitest';
import { somePoint } from '../support/batches.ts';
import { ask, ingest, post, query, SseConnection, WsConnection, watchWs } from '../support/graphql.ts';
import { startServer, type TestServer } from '../support/start-server.ts';

const everyPoint = 'subscription { dataUpdates(entityType: "orders", frequency: EVERY_POINT) { points { data } } }';

interface Update {
  readonly dataUpdates: { readonly points: readonly { readonly data: { readonly n: number } }[] };
}

/** Runs something bad between two good points, both of which somebody who watches must see, and nothing else. */
async function undisturbed(server: TestServer, bad: () => Promise<void>): Promise<void> {
  const watch = watchWs<Update>(server.url, everyPoint);
  await server.subscriptions(1);
  await ingest(server.url, [somePoint(1)]);
  await bad();
  await ingest(server.url, [somePoint(2)]);
  const updates = await watch.until(({ dataUpdates }) => dataUpdates.points.at(-1)?.data.n === 2);
  expect(updates.flatMap(({ dataUpdates }) => dataUpdates.points.map(({ data }) => data.n))).toEqual([1, 2]);
}

const pointText = (data: string, more = '') => `{"entityType":"orders","serviceId":"web","data":${data}${more}}`;

interface BadLine {
  readonly what: string;
  readonly line: string;
  readonly says: RegExp;
}

const badLines: readonly BadLine[] = [
  {
    what: 'JSON with a comma too many',
    line: '{"entityType":"orders",}',
    says: /^is not JSON: .*, in "\{\\"entityType/,
  },
  { what: 'text that is no JSON', line: 'n=3', says: /^is not JSON: .*, in "n=3"$/ },
  {
    what: 'a point without a serviceId',
    line: '{"entityType":"orders","data":{}}',
    says: /^serviceId: is missing|^serviceId: must/,
  },
  {
    what: 'a point without data',
    line: '{"entityType":"orders","serviceId":"web"}',
    says: /^data: is missing; it must be an object of fields$/,
  },
  { what: 'NaN', line: pointText('{"n":NaN}'), says: /^is not JSON: .*N/ },
  { what: 'Infinity', line: pointText('{"n":Infinity}'), says: /^is not JSON: .*I/ },
  {
    what: 'a number past the greatest',
    line: pointText('{"a":{"n":1e999}}'),
    says: /^data\.a\.n: must be a finite number, not Infinity$/,
  },
  {
    what: 'a number as text in metadata',
    line: pointText('{}', ',"metadata":{"confidence":"0.9"}'),
    says: /^metadata\.confidence: must be a finite number, not "0.9"$/,
  },
  {
    what: 'a list in place of a point',
    line: '[1,2,3]',
    says: /^a point is an object with entityType, serviceId and data, not an array of 3$/,
  },
  { what: 'null in place of a point', line: 'null', says: /^a point is an object with .*, not null$/ },
  {
    what: 'a list in place of data',
    line: pointText('[1]'),
    says: /^data: must be an object of fields, not an array of 1$/,
  },
  {
    what: 'a field named __proto__',
    line: pointText('{"a":{"__proto__":{"isAdmin":true}}}'),
    says: /^data\.a\.__proto__: is no name a field may have/,
  },
  {
    what: 'a stranger among the fields of a point',
    line: pointText('{}', ',"value":3'),
    says: /^value: is no field of a point; measurements belong in data/,
  },
  {
    what: 'a time of 1970',
    line: pointText('{}', ',"timestamp":"1970-01-20T12:34:56Z"'),
    says: /^timestamp: "1970-01-20T12:34:56Z" is before 2000; were seconds taken for milliseconds\?$/,
  },
  {
    what: 'a time of 2999',
    line: pointText('{}', ',"timestamp":"2999-01-01T00:00:00Z"'),
    says: /^timestamp: "2999-01-01T00:00:00Z" is \d+ s ahead of this server's clock; at most 10 s are taken$/,
  },
  {
    what: 'a time as a number',
    line: pointText('{}', ',"timestamp":1732466332'),
    says: /^timestamp: must be RFC 3339 text, not the number 1732466332; "2024-11-24T16:38:52.000Z" perhaps$/,
  },
  {
    what: 'data that nests without end',
    line: pointText(`${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`),
    says: /^data\.a.*: nests more than 16 deep$/,
  },
];

describe('at /ingest', () => {
  test.each(badLines)('$what is named, and the points beside it are kept', async ({ line, says }) => {
    const server = await startServer();
    await undisturbed(server, async () => {
      const other = (n: number) => JSON.stringify({ ...somePoint(n), entityType: 'other' });
      const { status, answer } = await post(server.url, `${other(1)}\n${line}\n${other(2)}`);
      expect(status).toBe(207);
      expect(answer).toMatchObject({ accepted: 2, rejectedCount: 1, rejected: [{ index: 1 }] });
      expect(answer.rejected[0]?.message).toMatch(says);
    });
  });

  test('a point of 10 MB is refused with 413 and the limit, and the points before it are kept', async () => {
    const server = await startServer();
    await undisturbed(server, async () => {
      const before = Array.from({ length: 500 }, (_, n) => JSON.stringify({ ...somePoint(n), entityType: 'other' }));
      const { status, answer } = await post(
        server.url,
        [...before, pointText(`{"text":"${'x'.repeat(10_000_000)}"}`)].join('\n'),
      );
      expect(status).toBe(413);
      expect(answer).toMatchObject({ accepted: 500, error: { code: 'LIMIT_EXCEEDED', limit: 1_048_576 } });
      expect(answer.error?.message).toMatch(/^line 501 is longer than 1048576 bytes/);
    });
  });
});

describe('over GraphQL', () => {
  const ingestPoints =
    'mutation ($points: [DataPointInput!]!) { ingest(points: $points) { accepted rejected { index message } } }';
  const listPoints =
    'query ($after: String, $where: ConditionInput) { points(entityType: "orders", after: $after, where: $where) { edges { cursor } } }';

  /** A request whose variables are JSON text, since not all of it can be made from values. */
  async function askRaw(url: string, text: string, variables: string) {
    const body = `{"query":${JSON.stringify(text)},"variables":${variables}}`;
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    });
    return {
      status: response.status,
      ...((await response.json()) as { data?: unknown; errors?: { message: string; extensions: object }[] }),
    };
  }

  const good = JSON.stringify({ ...somePoint(5), entityType: 'other' });

  const rejectedPoints: readonly BadLine[] = [
    {
      what: 'a number past the greatest',
      line: pointText('{"a":{"n":1e999}}'),
      says: /^data\.a\.n: must be a finite number, not Infinity$/,
    },
    {
      what: 'a field named __proto__',
      line: pointText('{"a":{"__proto__":{"isAdmin":true}}}'),
      says: /^data\.a\.__proto__: is no name a field may have/,
    },
    {
      what: 'a time of 1970',
      line: pointText('{}', ',"timestamp":"1970-01-20T12:34:56Z"'),
      says: /^timestamp: "1970-01-20T12:34:56\.000Z" is before 2000; were seconds taken for milliseconds\?$/,
    },
    {
      what: 'a time of 2999',
      line: pointText('{}', ',"timestamp":"2999-01-01T00:00:00Z"'),
      says: /^timestamp: "2999-01-01T00:00:00\.000Z" is \d+ s ahead of this server's clock; at most 10 s are taken$/,
    },
    {
      what: 'an empty entity type',
      line: '{"entityType":"","serviceId":"web","data":{}}',
      says: /^entityType: must be a text of 1 to 256 characters/,
    },
  ];

  test.each(rejectedPoints)('$what is named, and the points beside it are kept', async ({ line, says }) => {
    const server = await startServer();
    await undisturbed(server, async () => {
      const { data } = await askRaw(server.url, ingestPoints, `{"points":[${good},${line},${good}]}`);
      expect(data).toMatchObject({
        ingest: { accepted: 2, rejected: [{ index: 1, message: expect.stringMatching(says) }] },
      });
    });
  });

  const badPoints: readonly BadLine[] = [
    {
      what: 'a point without a serviceId',
      line: '{"entityType":"orders","data":{}}',
      says: /"\$points" has invalid value at \[1\]: .* required field "serviceId"/,
    },
    {
      what: 'a number as text in metadata',
      line: pointText('{}', ',"metadata":{"confidence":"0.9"}'),
      says: /at \[1\]\.metadata\.confidence: Float cannot represent non numeric value: "0.9"/,
    },
    {
      what: 'a list in place of a point',
      line: '[1,2,3]',
      says: /at \[1\]: .*"DataPointInput" to be an object/,
    },
    {
      what: 'a list in place of data',
      line: pointText('[1]'),
      says: /at \[1\]\.data: JSONObject must be an object, not \[1\]/,
    },
    {
      what: 'a time as a number',
      line: pointText('{}', ',"timestamp":1732466332'),
      says: /at \[1\]\.timestamp: DateTime must be RFC 3339 text .*, not 1732466332/,
    },
    {
      what: 'a stranger among the fields of a point',
      line: pointText('{}', ',"value":3'),
      says: /at \[1\]: .*field "value"/i,
    },
    {
      what: 'data that nests without end',
      line: pointText(`${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`),
      says: /^\$points nests more than 100 deep; .*data of points 16$/,
    },
  ];

  test.each(badPoints)('$what fails the whole call and names the place', async ({ line, says }) => {
    const server = await startServer();
    await undisturbed(server, async () => {
      const { status, data, errors } = await askRaw(server.url, ingestPoints, `{"points":[${good},${line}]}`);
      expect(status).toBe(400);
      expect(data).toBeUndefined();
      expect(errors).toMatchObject([{ message: expect.stringMatching(says), extensions: { code: 'BAD_USER_INPUT' } }]);
    });
  });

  test('a body that is no JSON is a bad request', async () => {
    const server = await startServer();
    await undisturbed(server, async () => {
      for (const body of ['{"query":', '[]', '"text"', '{"query":3}', '{}']) {
        const response = await fetch(`${server.url}/graphql`, {
          method: 'POST',
          body,
          headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json' },
        });
        expect(response.status).toBe(400);
        expect(await response.json()).toMatchObject({
          errors: [{ message: expect.stringMatching(/JSON|query|object|Batching/) }],
        });
      }
    });
  });

  test('a body of 10 MB is refused with 413, the limit and the place for large ones', async () => {
    const server = await startServer();
    await undisturbed(server, async () => {
      const body = JSON.stringify({
        query: ingestPoints,
        variables: { points: [{ ...somePoint(), data: { text: 'x'.repeat(10_000_000) } }] },
      });
      const response = await fetch(`${server.url}/graphql`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json' },
      });
      expect(response.status).toBe(413);
      expect(await response.json()).toMatchObject({
        errors: [
          {
            message: expect.stringMatching(/longer than 1048576 bytes.*\/ingest/),
            extensions: { code: 'LIMIT_EXCEEDED', limit: 1_048_576 },
          },
        ],
      });
    });
  });

  test.each([
    {
      what: 'nested 20,000 deep',
      where: `${'{"not":'.repeat(20_000)}{"field":"a","op":"EXISTS"}${'}'.repeat(20_000)}`,
      says: /^\$where nests more than 100 deep; conditions nest at most 8 deep/,
    },
    {
      what: 'nested 9 deep',
      where: `${'{"not":'.repeat(8)}{"field":"a","op":"EXISTS"}${'}'.repeat(8)}`,
      says: /^where: nests more than 8 conditions deep$/,
    },
    {
      what: 'with an operator that there is not',
      where: '{"field":"a","op":"EQUALS"}',
      says: /"EQUALS" does not exist in "FilterOperator"/,
    },
    {
      what: 'with two kinds in one part',
      where: '{"field":"a","op":"EXISTS","not":{"field":"b","op":"EXISTS"}}',
      says: /^where: must have exactly one of all, any, not, or field with op; it has not and field$/,
    },
  ])('a condition $what is refused', async ({ where, says }) => {
    const server = await startServer();
    await undisturbed(server, async () => {
      const { errors } = await askRaw(server.url, listPoints, `{"where":${where}}`);
      expect(errors).toMatchObject([{ message: expect.stringMatching(says), extensions: { code: 'BAD_USER_INPUT' } }]);
    });
  });

  test('a condition nested 20,000 deep is refused over a WebSocket and over SSE too', async () => {
    const server = await startServer();
    const text =
      'subscription ($where: ConditionInput) { dataUpdates(entityType: "orders", where: $where) { cursor } }';
    let where: object = { field: 'a', op: 'EXISTS' };
    // The client's own JSON.stringify would run out of stack further down.
    for (let depth = 1; depth < 2000; depth += 1) where = { not: where };
    await undisturbed(server, async () => {
      const connections = [
        new WsConnection(server.url),
        new SseConnection(server.url),
        new SseConnection(server.url, { path: '/graphql' }),
      ];
      for (const connection of connections) {
        const errors = await connection.subscribe(text, { where }).failure();
        expect(errors).toMatchObject([
          {
            message: expect.stringMatching(/^\$where nests more than 100 deep/),
            extensions: { code: 'BAD_USER_INPUT' },
          },
        ]);
      }
    });
  });

  test('a frequency that there is not is refused on every transport, with its name', async () => {
    const server = await startServer();
    await undisturbed(server, async () => {
      for (const connection of [
        new WsConnection(server.url),
        new SseConnection(server.url),
        new SseConnection(server.url, { path: '/graphql' }),
      ]) {
        const written = 'subscription { dataUpdates(entityType: "orders", frequency: SOMETIMES) { cursor } }';
        expect(await connection.subscribe(written).failure()).toMatchObject([
          { message: expect.stringMatching(/"SOMETIMES".*"Frequency"/) },
        ]);
        const given = 'subscription ($f: Frequency) { dataUpdates(entityType: "orders", frequency: $f) { cursor } }';
        const errors = await connection.subscribe(given, { f: 'SOMETIMES' }).failure();
        expect(errors).toMatchObject([
          { message: expect.stringMatching(/"\$f".*"SOMETIMES".*"Frequency"/), extensions: { code: 'BAD_USER_INPUT' } },
        ]);
      }
    });
  });

  test('a cursor of another log, of what is no cursor, or past the newest point is refused on every transport', async () => {
    const server = await startServer();
    const other = await startServer();
    const foreign = (await ingest(other.url, [somePoint()])).cursor;
    await undisturbed(server, async () => {
      const cases: [string | null, RegExp][] = [
        [foreign, /is of another log \(\w+\), this is \w+; start without it$/],
        ['garbage!', /^"garbage!" is no cursor; pass one back as this API gave it$/],
        ['AAAAAAAAAAAA', /is no cursor/],
        ['', /is no cursor/],
        [server.engine.cursor(0, 1000), /is past the newest point/],
      ];
      const text = 'subscription ($after: Cursor) { dataUpdates(entityType: "orders", after: $after) { cursor } }';
      const ws = new WsConnection(server.url);
      const sse = new SseConnection(server.url);
      for (const [after, says] of cases) {
        const refusal = [{ message: expect.stringMatching(says), extensions: { code: 'BAD_USER_INPUT' } }];
        expect((await ask(server.url, listPoints, { after })).errors).toMatchObject(refusal);
        expect(await ws.subscribe(text, { after }).failure()).toMatchObject(refusal);
        expect(await sse.subscribe(text, { after }).failure()).toMatchObject(refusal);
      }
    });
  });

  test('a dashboard that there is not is null in a query, NOT_FOUND for those who change or watch it', async () => {
    const server = await startServer();
    await undisturbed(server, async () => {
      expect(await query(server.url, '{ dashboard(id: "dash_x") { id } node(id: "dash_x") { id } }')).toEqual({
        dashboard: null,
        node: null,
      });
      const remove = 'mutation { deleteDashboard(id: "dash_x") { ... on NotFoundError { code id message } } }';
      expect(await query(server.url, remove)).toEqual({
        deleteDashboard: { code: 'NOT_FOUND', id: 'dash_x', message: 'there is no dashboard "dash_x"' },
      });
      const watch = 'subscription { dashboardUpdates(id: "dash_x") { at } }';
      for (const connection of [new WsConnection(server.url), new SseConnection(server.url)]) {
        expect(await connection.subscribe(watch).failure()).toMatchObject([
          { message: 'there is no dashboard "dash_x"', extensions: { code: 'NOT_FOUND', id: 'dash_x' } },
        ]);
      }
    });
  });
});
