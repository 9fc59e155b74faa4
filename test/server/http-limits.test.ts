// HTTP with limits: headers that protect, bodies and connections that must come to an end, requests of a client counted.
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ask, post, SseConnection } from '../support/graphql.ts';
import { waitUntil } from '../support/inbox.ts';
import { RawSocket } from '../support/raw-socket.ts';
import { startServer } from '../support/start-server.ts';

const statusQuery = '{ status { version } }';
const json = { 'content-type': 'application/json' };

function open(url: string) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => socket.destroy());
  onTestFinished(() => void socket.destroy());
  return socket;
}

/** What the server says to these bytes until it closes. */
async function tell(url: string, bytes: string): Promise<string> {
  const socket = open(url);
  socket.write(bytes);
  return text(socket);
}

describe('headers', () => {
  test.each([
    '/',
    '/graphql?query=%7B__typename%7D',
    '/graphql/stream',
    '/ingest',
    '/health/live',
    '/metrics',
    '/nothing',
  ])('that protect a browser are on every answer: %s', async (path) => {
    const { url } = await startServer();
    const { headers } = await fetch(url + path, { redirect: 'manual' });
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    });
  });

  test('the page to try queries allows its own scripts and nothing from elsewhere, packed or not, and is not sent twice', async () => {
    const { url } = await startServer();
    const get = (headers: Record<string, string>) =>
      fetch(`${url}/graphql`, { headers: { accept: 'text/html', ...headers } });
    const plain = await get({ 'accept-encoding': 'identity' });
    expect(plain.headers.get('content-security-policy')).toMatch(
      /default-src 'none'; script-src 'sha256-[^;]*; .*frame-ancestors 'none'/,
    );
    expect(plain.headers.get('content-security-policy')).not.toMatch(/script-src[^;]*unsafe|https?:/);
    const packed = await get({ 'accept-encoding': 'gzip' });
    expect(Number(packed.headers.get('content-length'))).toBeLessThan(Number(plain.headers.get('content-length')) / 2);
    expect(await packed.text()).toBe(await plain.text());
    const again = await get({ 'if-none-match': plain.headers.get('etag') ?? '' });
    expect([again.status, await again.text()]).toEqual([304, '']);
  });
});

describe('development', () => {
  const introspection = '{ __schema { queryType { name } } }';
  const create = 'mutation ($input: CreateDashboardInput!) { createDashboard(input: $input) { __typename } }';
  const unknownName = { input: { nam: '', name: 'D', widgets: [] } };

  test.each([
    ['on where only this machine can connect', {}],
    ['on where it is said', { host: '0.0.0.0', development: 'true' }],
  ])('is %s: a page, introspection, names suggested', async (_, flags) => {
    const url = (await startServer(flags)).url.replace('0.0.0.0', '127.0.0.1');
    expect((await fetch(`${url}/graphql`, { headers: { accept: 'text/html' } })).status).toBe(200);
    expect((await ask(url, introspection)).data).toEqual({ __schema: { queryType: { name: 'Query' } } });
    expect((await ask(url, '{ statu }')).errors[0]?.message).toMatch(/Did you mean "status"/);
    expect((await ask(url, create, unknownName)).errors[0]?.message).toMatch(/Did you mean "name"/);
  });

  test.each([
    ['where others can connect', { host: '0.0.0.0' }],
    ['where it is said', { development: 'false' }],
  ])('is off %s, the same over HTTP, WebSocket and SSE', async (_, flags) => {
    const url = (await startServer(flags)).url.replace('0.0.0.0', '127.0.0.1');
    const page = await fetch(`${url}/graphql`, { headers: { accept: 'text/html' } });
    expect([page.status, await page.text()]).toEqual([404, expect.stringContaining('--development true')]);
    const socket = new RawSocket(url);
    await socket.init();
    for (const document of [introspection, '{ statu }', create]) {
      const variables = document === create ? unknownName : {};
      const said = [
        (await ask(url, document, variables)).errors,
        await new SseConnection(url).subscribe(document, variables).failure(),
      ];
      socket.subscribe('1', document, variables);
      said.push((await socket.inbox.next()).payload);
      for (const errors of said) expect(JSON.stringify(errors)).toMatch(/message/);
      expect(JSON.stringify(said)).not.toMatch(/Did you mean|queryType":/);
    }
  });
});

describe('a request that does not come to its end', () => {
  test.each([
    ['whose headers do not end', 'POST /graphql HTTP/1.1\r\nhost: localhost\r\n'],
    ['of which nothing comes', ''],
  ])('%s is cut after the header timeout', async (_, bytes) => {
    const { url } = await startServer({ 'header-timeout-seconds': '1' });
    expect(await tell(url, bytes)).toMatch(/^HTTP\/1.1 408 /);
  });

  const begun = (path: string) =>
    `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"qu`;

  test('whose body does not is answered with 408 at every door', async () => {
    const { url } = await startServer({ 'body-timeout-seconds': '1' });
    const token = await (await fetch(`${url}/graphql/stream`, { method: 'PUT' })).text();
    const paths = ['/graphql', `/graphql/stream?token=${token}`, '/ingest'];
    for (const answer of await Promise.all(paths.map((path) => tell(url, begun(path))))) {
      expect(answer).toMatch(/^HTTP\/1.1 408 /);
      expect(answer).toMatch(/"code":"TIMEOUT"/);
      expect(answer).toMatch(/did not come within 1 s/);
    }
  });

  test('whose body comes drop by drop is 408, at /ingest only within a line', async () => {
    const { url } = await startServer({ 'body-timeout-seconds': '1' });
    const drops = [
      ['/graphql', ' '],
      ['/ingest', ' '],
      ['/ingest', '\n'],
    ] as const;
    const [graphql, oneLine, lines] = drops.map(([path, drop]) => {
      const socket = open(url);
      socket.write(
        `POST ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 6\r\n\r\n`,
      );
      let sent = 0;
      const timer = setInterval(() => {
        if (sent++ < 6 && socket.writable) socket.write(drop);
        else clearInterval(timer);
      }, 400);
      return text(socket);
    });
    expect(await graphql).toMatch(/^HTTP\/1.1 408 /);
    expect(await oneLine).toMatch(/^HTTP\/1.1 408 .*bytes a second are expected within a line/s);
    expect(await lines).toMatch(/^HTTP\/1.1 200 /);
  });

  test('whose client goes away is forgotten', async () => {
    const server = await startServer();
    for (const path of ['/graphql', '/ingest']) {
      const socket = open(server.url);
      socket.write(begun(path));
      await once(socket, 'connect');
      await new Promise((resolve) => setTimeout(resolve, 50));
      socket.resetAndDestroy();
    }
    expect((await ask(server.url, statusQuery)).status).toBe(200);
    expect(server.takeErrors()).toEqual([]);
  });
});

test('a connection that asks nothing more is closed after a while', async () => {
  const { url } = await startServer({ 'keep-alive-seconds': '1' });
  const started = performance.now();
  expect(await tell(url, 'GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n')).toMatch(/^HTTP\/1.1 200 /);
  expect(performance.now() - started).toBeGreaterThan(900);
});

test('headers longer than 16 kB are 431', async () => {
  const { url } = await startServer();
  expect(await tell(url, `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`)).toMatch(
    /^HTTP\/1.1 431 /,
  );
});

describe('content types', () => {
  const forms = [
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain',
    'application/jsonx',
  ];

  test.each(forms)('%s is 415 at both doors of GraphQL, by POST and by GET', async (type) => {
    const { url } = await startServer();
    for (const path of ['/graphql', '/graphql/stream']) {
      for (const accept of ['application/json', 'text/event-stream', 'multipart/mixed;subscriptionSpec=1.0']) {
        const headers = { accept, 'content-type': type };
        const body = JSON.stringify({ query: statusQuery });
        expect((await fetch(url + path, { method: 'POST', headers, body })).status).toBe(415);
        expect((await fetch(`${url}${path}?query=${statusQuery}`, { headers })).status).toBe(415);
      }
    }
  });

  test('a body that is not packed may say so, in capitals too', async () => {
    const { url } = await startServer();
    expect((await ask(url, statusQuery, {}, { 'content-encoding': 'Identity' })).status).toBe(200);
    expect(await ask(url, statusQuery, {}, { 'content-encoding': 'X-GZIP' })).toMatchObject({
      status: 415,
      errors: [{ message: 'content-encoding "X-GZIP" is not taken here; send the body as it is' }],
    });
  });

  test('JSON is taken with a charset and in capitals', async () => {
    const { url } = await startServer();
    for (const type of ['application/json; charset=utf-8', 'Application/JSON', 'application/graphql+json']) {
      expect((await ask(url, statusQuery, {}, { 'content-type': type })).status).toBe(200);
    }
  });
});

describe('requests of one client', () => {
  test('are counted over all doors, and one too many is 429 that says when to go on', async () => {
    const { url } = await startServer({ 'max-requests-per-minute': '4' });
    const point = '{"entityType":"orders","serviceId":"web","data":{}}';
    expect((await ask(url, statusQuery)).status).toBe(200);
    expect((await post(url, point)).status).toBe(200);
    const socket = new RawSocket(url);
    await socket.init();
    socket.subscribe('1', statusQuery);
    expect((await socket.inbox.take(2)).map(({ type }) => type)).toEqual(['next', 'complete']);
    expect((await fetch(`${url}/graphql/stream`, { method: 'PUT' })).status).toBe(201);

    const refused = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ query: statusQuery }),
    });
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ errors: [{ extensions: { code: 'LIMIT_EXCEEDED', limit: 4 } }] });
    expect((await post(url, point)).status).toBe(429);
    socket.subscribe('2', statusQuery);
    expect(await socket.inbox.next()).toMatchObject({
      type: 'error',
      payload: [
        {
          message: expect.stringMatching(/4 requests a minute; go on in \d+ s/),
          extensions: { code: 'LIMIT_EXCEEDED' },
        },
      ],
    });
    // Those who watch over the server still hear, and the socket lives.
    for (const path of ['/health/live', '/metrics']) expect((await fetch(url + path)).status).toBe(200);
    expect(socket.isOpen).toBe(true);
  });

  test('are told apart by the address that the proxy in front has seen, an IPv6 network being one', async () => {
    const { url } = await startServer({ 'max-requests-per-minute': '1', 'client-address-header': 'X-Forwarded-For' });
    const from = async (address: string) => (await ask(url, statusQuery, {}, { 'x-forwarded-for': address })).status;
    expect([await from('192.0.2.1'), await from('192.0.2.1'), await from('192.0.2.2')]).toEqual([200, 429, 200]);
    // What a client writes there itself stands in front.
    expect(await from('198.51.100.7, 192.0.2.1')).toBe(429);
    expect([await from('2001:db8::1'), await from('2001:db8:0:0:ffff::2'), await from('2001:db8:0:1::1')]).toEqual([
      200, 429, 200,
    ]);
  });
});

test('one stream over HTTP too many is 503 that says when to come back, and there is room again once one has gone', async () => {
  const server = await startServer({ 'max-connections': '2' });
  const subscription = 'subscription { dataUpdates(entityType: "orders") { cursor } }';
  const watch = (accept: string) =>
    fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { ...json, accept },
      body: JSON.stringify({ query: subscription }),
    });
  const first = await watch('text/event-stream');
  await watch('multipart/mixed;subscriptionSpec=1.0');
  const refused = await watch('text/event-stream');
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
  expect(await refused.json()).toMatchObject({ errors: [{ extensions: { code: 'LIMIT_EXCEEDED', limit: 2 } }] });
  await first.body?.cancel();
  await waitUntil('room', () => server.engine.status().subscriptions === 1);
  expect((await watch('text/event-stream')).status).toBe(200);
});

test('variables in the address that are no JSON are 400, and nothing is logged', async () => {
  const server = await startServer();
  for (const name of ['variables', 'extensions']) {
    const response = await fetch(`${server.url}/graphql?query={__typename}&${name}=x`);
    expect([response.status, await response.text()]).toEqual([
      400,
      expect.stringContaining(`${name} must be a JSON object`),
    ]);
  }
  expect(server.takeErrors()).toEqual([]);
});
