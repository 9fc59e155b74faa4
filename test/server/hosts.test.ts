// Under which host names the server answers: its own and those it is given, on every path and for WebSockets.

import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { hostname } from 'node:os';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { RawSocket } from '../support/raw-socket.ts';
import { startServer } from '../support/start-server.ts';

const json = { 'content-type': 'application/json' };
const query = JSON.stringify({ query: '{ status { version } }' });

const paths = [
  { method: 'GET', path: '/', headers: {}, body: '' },
  { method: 'POST', path: '/graphql', headers: json, body: query },
  { method: 'POST', path: '/graphql', headers: { accept: 'text/event-stream', ...json }, body: query },
  { method: 'PUT', path: '/graphql/stream', headers: {}, body: '' },
  { method: 'POST', path: '/ingest', headers: {}, body: '{}' },
  { method: 'OPTIONS', path: '/graphql', headers: { 'access-control-request-method': 'POST' }, body: '' },
  { method: 'GET', path: '/metrics', headers: {}, body: '' },
];

async function ask(url: string, host: string, { method, path, headers, body } = paths[1] as (typeof paths)[number]) {
  const asked = request(url + path, { method, headers: { ...headers, host }, agent: false }).end(body);
  const [response] = await once(asked, 'response');
  return { status: response.statusCode as number, text: await text(response) };
}

/** What comes back for these bytes. */
async function tell(url: string, bytes: string): Promise<string> {
  const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1' });
  onTestFinished(() => void socket.destroy());
  socket.write(bytes);
  const [answer] = await once(socket, 'data');
  return String(answer);
}

test.each(paths)(
  '$method $path is 421 under a name that is not listed, and the answer says which setting would allow it',
  async (path) => {
    const { url } = await startServer();
    const { status, text } = await ask(url, `evil.example:${new URL(url).port}`, path);
    expect(status).toBe(421);
    const { error } = JSON.parse(text);
    expect(error).toMatchObject({
      code: 'FORBIDDEN',
      message: expect.stringMatching(
        /^the host "evil\.example:\d+" is not served here; add "evil\.example" to the setting --allowed-hosts \(or PULSEQL_ALLOWED_HOSTS\).* localhost .* IP address$/,
      ),
    });
  },
);

test('a page whose name was pointed at this machine can neither ask nor connect', async () => {
  const { url } = await startServer();
  const headers = { host: 'evil.example', origin: 'http://evil.example' };
  const path = { method: 'POST', path: '/graphql', headers: { ...json, origin: headers.origin }, body: query };
  expect((await ask(url, headers.host, path)).status).toBe(421);
  await expect(new RawSocket(url, { headers }).opened).rejects.toThrow(/421/);
});

test.each([
  'localhost',
  'localhost:4000',
  'LOCALHOST',
  'localhost.',
  '127.0.0.1',
  '127.0.0.1:1',
  '192.168.7.8:80',
  '[::1]',
  '[::1]:4000',
])('%s is answered without being listed', async (host) => {
  const { url } = await startServer();
  expect((await ask(url, host)).status).toBe(200);
  await new RawSocket(url, { headers: { host } }).init();
});

test('listed names are answered with any port and in any case, and only those', async () => {
  const { url } = await startServer({ 'allowed-hosts': 'pulse.example.com, Other.example' });
  for (const host of ['pulse.example.com', 'PULSE.example.com:8443', 'other.example', 'other.example.']) {
    expect([host, (await ask(url, host)).status]).toEqual([host, 200]);
    await new RawSocket(url, { headers: { host } }).init();
  }
  const refused = [
    'example.com',
    'a.pulse.example.com',
    'pulse.example.com.evil.example',
    '127.0.0.1.evil.example',
    '.',
  ];
  for (const host of refused) expect([host, (await ask(url, host)).status]).toEqual([host, 421]);
});

test('every name is answered with *', async () => {
  const { url } = await startServer({ 'allowed-hosts': '*' });
  expect((await ask(url, 'any.example')).status).toBe(200);
});

/** A name of this machine's loopback address other than localhost; undefined where it has none. */
async function otherLoopbackName(): Promise<string | undefined> {
  for (const name of [hostname(), 'ip6-localhost']) {
    const address = await lookup(name).then(
      (found) => found.address,
      () => '',
    );
    if (address === '::1' || address.startsWith('127.')) return name;
  }
  return undefined;
}

test('the name that a server listens on is answered', async ({ skip }) => {
  const name = await otherLoopbackName();
  if (name === undefined) skip('this machine has no name for its loopback address beside localhost');
  const { url } = await startServer({ host: name as string });
  expect((await ask(url, `${name}:80`)).status).toBe(200);
  expect((await ask(url, `other.${name}`)).status).toBe(421);
});

describe('without a name that could be rebound', () => {
  test('a supervisor asks for health by any name', async () => {
    const { url } = await startServer();
    for (const path of ['/health/live', '/health/ready']) {
      expect((await ask(url, 'pod-7.internal', { method: 'GET', path, headers: {}, body: '' })).status).toBe(200);
    }
  });

  test('a request of HTTP/1.0 needs no host', async () => {
    const { url } = await startServer();
    expect(await tell(url, 'GET /metrics HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1.1 200 /);
  });
});

test('a refused upgrade is told the flag', async () => {
  const { url } = await startServer();
  const upgrade =
    'connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==';
  const answer = await tell(url, `GET /graphql HTTP/1.1\r\nhost: evil.example\r\n${upgrade}\r\n\r\n`);
  expect(answer).toMatch(
    /^HTTP\/1.1 421 Misdirected Request\r\n[\s\S]*\r\n\r\nthe host "evil\.example" .*--allowed-hosts/,
  );
});
