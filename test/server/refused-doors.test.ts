// What a door must not do for those it refuses: keep their sockets, run what is too much, or answer otherwise than the door beside it.
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { somePoint } from '../support/batches.ts';
import { ask, ingest } from '../support/graphql.ts';
import { startServer } from '../support/start-server.ts';

const json = { 'content-type': 'application/json' };
const everyPoint = 'subscription { dataUpdates(entityType: "orders", frequency: EVERY_POINT) { points { data } } }';

function post(url: string, body: unknown, accept: string, path = '/graphql'): Promise<Response> {
  return fetch(`${url}${path}`, { method: 'POST', headers: { ...json, accept }, body: JSON.stringify(body) });
}

test('the socket of a refused upgrade goes, whether or not its client ends it', async () => {
  const server = await startServer();
  const socket = connect({ port: Number(new URL(server.url).port), host: '127.0.0.1', allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  socket.write('GET /nope HTTP/1.1\r\nhost: localhost\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n');
  const [answer] = await once(socket, 'data');
  expect(String(answer)).toMatch(/^HTTP\/1.1 404 /);
  const begun = performance.now();
  await server.stop();
  expect(performance.now() - begun).toBeLessThan(4000);
});

test('an offer of another protocol than WebSocket is passed over, and the request answered', async () => {
  const { url } = await startServer();
  const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1' });
  onTestFinished(() => void socket.destroy());
  const body = JSON.stringify(somePoint(1));
  const offer = 'connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk';
  socket.write(`POST /ingest HTTP/1.1\r\nhost: localhost\r\n${offer}\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
  const [answer] = await once(socket, 'data');
  expect(String(answer)).toMatch(/^HTTP\/1.1 200 [\s\S]*"accepted":1/);
});

test('a document over the limits is refused on a stream before anything else is done with it', async () => {
  const { url } = await startServer();
  const text = `subscription { dataUpdates(entityType: "o") { ${'skipped '.repeat(100_000)} } }`;
  const response = await post(url, { query: text }, 'text/event-stream');
  expect(await response.text()).toMatch(/Document contains more than 2000 tokens/);
});

test('errors of a subscription that is resumed point into the document as it was sent', async () => {
  const { url } = await startServer();
  const query = 'subscription {\n  dataUpdates(entityType: "o") { nope }\n}';
  const response = await post(url, { query }, 'text/event-stream');
  expect(await response.text()).toMatch(/"line":2,"column":34/);
});

test('an operation of a shared stream that was ended stays ended, also where its id is used again', async () => {
  const server = await startServer();
  const path = `${server.url}/graphql/stream`;
  const token = await (await fetch(path, { method: 'PUT' })).text();
  const headers = { ...json, 'x-graphql-event-stream-token': token };
  const body = JSON.stringify({ query: everyPoint, extensions: { operationId: 'a' } });
  for (let n = 0; n < 20; n += 1) {
    expect((await fetch(path, { method: 'POST', headers, body })).status).toBe(202);
    if (n < 19) await fetch(`${path}?operationId=a`, { method: 'DELETE', headers });
  }
  const left = new AbortController();
  const stream = await fetch(path, { headers: { ...headers, accept: 'text/event-stream' }, signal: left.signal });
  await server.subscriptions(1);
  await ingest(server.url, [somePoint(1)]);
  const reader = stream.body?.getReader();
  let text = '';
  while (!text.includes('event: next')) text += Buffer.from((await reader?.read())?.value ?? []).toString();
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(text.match(/event: next/g)).toHaveLength(1);
  left.abort();
});

test.each(['HEAD', 'PUT', 'DELETE'])('%s opens no stream', async (method) => {
  const server = await startServer();
  const address = `${server.url}/graphql?query=${encodeURIComponent(everyPoint)}`;
  const response = await fetch(address, { method, headers: { accept: 'text/event-stream' } });
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, POST']);
  expect(server.engine.status().subscriptions).toBe(0);
});

test.each([
  ['an operation that is not there', { query: '{ status { version } }', operationName: 'nope' }],
  ['several operations and none named', { query: 'query A { status { version } } query B { status { version } }' }],
  ['a document that does not fit', { query: '{ nope }' }],
  ['a document that is none', { query: '{' }],
  [
    'variables that do not fit',
    { query: 'query ($n: Int!) { points(entityType: "o", first: $n) { pageInfo { hasNextPage } } }' },
  ],
  ['a parameter that is none', { query: '{ status { version } }', foo: 1 }],
  ['extensions that are none', { query: '{ status { version } }', extensions: 3 }],
  ['a list', []],
])('%s has the same status and code whether or not the client takes events too', async (_, body) => {
  const { url } = await startServer();
  const told = async (accept: string) => {
    const response = await post(url, body, accept);
    const { errors } = (await response.json()) as { errors: { extensions?: { code?: string } }[] };
    expect(errors.every(({ extensions }) => typeof extensions?.code === 'string')).toBe(true);
    return response.status;
  };
  expect(await told('application/json, text/event-stream')).toBe(await told('application/json'));
  const modern = 'application/graphql-response+json';
  expect(await told(`${modern}, text/event-stream`)).toBe(await told(modern));
});

test('the cost of a document counts the default of a variable that is not given', async () => {
  const { url } = await startServer();
  const fields = Array.from(
    { length: 25 },
    (_, i) => `p${i}: points(entityType: "o", first: $n) { edges { node { cursor timestamp data serviceId } } }`,
  );
  const { errors } = await ask(url, `query ($n: Int = 1000) { ${fields.join(' ')} }`);
  expect(errors).toMatchObject([{ message: expect.stringContaining('cost'), extensions: { code: 'LIMIT_EXCEEDED' } }]);
});
