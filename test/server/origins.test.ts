// Whose pages may ask: those of the server's own host and of the origins that it is told, at every door.
import { describe, expect, test } from 'vitest';
import { RawSocket } from '../support/raw-socket.ts';
import { startServer } from '../support/start-server.ts';

const app = 'https://app.example.com';
const json = { 'content-type': 'application/json' };
const query = JSON.stringify({ query: '{ status { version } }' });
const event = { accept: 'text/event-stream', ...json };

const doors = [
  { path: '/graphql', init: { method: 'POST', body: query, headers: json } },
  { path: '/graphql', init: { method: 'POST', body: query, headers: event } },
  { path: '/graphql/stream', init: { method: 'POST', body: query, headers: event } },
  { path: '/graphql/stream', init: { method: 'PUT', headers: {} } },
  { path: '/ingest', init: { method: 'POST', body: '{}', headers: {} } },
  { path: '/health/live', init: { headers: {} } },
  { path: '/metrics', init: { headers: {} } },
];

describe.each(doors)('$init.method $path', ({ path, init }) => {
  const ask = (url: string, origin?: string) =>
    fetch(url + path, { ...init, headers: { ...init.headers, ...(origin === undefined ? {} : { origin }) } });

  test('refuses a page of another origin with 403, and says which setting allows it', async () => {
    const { url } = await startServer();
    for (const origin of ['https://evil.example', 'null', `${url}.evil.example`, 'https://localhost.evil.example']) {
      const response = await ask(url, origin);
      // The page can read why.
      expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([403, origin]);
      expect(await response.json()).toMatchObject({
        error: {
          code: 'FORBIDDEN',
          message: expect.stringContaining('--allowed-origins (or PULSEQL_ALLOWED_ORIGINS)'),
        },
      });
    }
  });

  test('answers pages of this machine in development, and only then', async () => {
    const { url } = await startServer();
    const open = await startServer({ development: 'false' });
    for (const origin of [
      'http://localhost:5173',
      'http://app.localhost:1',
      'http://127.0.0.1:3000',
      'http://[::1]:3000',
    ]) {
      const response = await ask(url, origin);
      expect(response.status).not.toBe(403);
      expect(response.headers.get('access-control-allow-origin')).toBe(origin);
      await response.body?.cancel();
      expect((await ask(open.url, origin)).status).toBe(403);
    }
  });

  test('answers programs, pages of the same host, and those of a listed origin, which may read it', async () => {
    const { url } = await startServer({ 'allowed-origins': `https://other.example, ${app}` });
    const readable: Record<string, string | null> = {};
    for (const origin of [undefined, url, app]) {
      const response = await ask(url, origin);
      expect(response.status).not.toBe(403);
      expect(response.headers.get('vary')).toMatch(/Origin/);
      readable[String(origin)] = response.headers.get('access-control-allow-origin');
      await response.body?.cancel();
    }
    expect(readable).toEqual({ undefined: null, [url]: null, [app]: app });
  });
});

test('a browser that asks first is told what it may send, also where its page is refused then', async () => {
  const { url } = await startServer({ 'allowed-origins': app });
  const preflight = (origin: string) =>
    fetch(`${url}/graphql`, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } });
  const allowed = await preflight(app);
  expect(allowed.status).toBe(204);
  expect(allowed.headers.get('access-control-allow-origin')).toBe(app);
  expect(allowed.headers.get('access-control-allow-methods')).toMatch(/POST/);
  expect(allowed.headers.get('access-control-allow-headers')).toMatch(/content-type/);
  expect((await preflight('https://evil.example')).status).toBe(204);
});

test('an origin that is refused is logged once, with the setting that allows it, and at most a hundred are', async () => {
  const { url, logged } = await startServer();
  const ask = (origin: string) => fetch(`${url}/health/live`, { headers: { origin } });
  for (const origin of ['https://a.example', 'https://a.example', 'https://b.example']) await ask(origin);
  const socket = new RawSocket(url, { headers: { origin: 'https://c.example' } });
  await expect(socket.opened).rejects.toThrow(/403/);
  const refusals = () => logged.filter(({ message }) => message.includes('--allowed-origins'));
  expect(refusals().map(({ level, details }) => [level, details['origin']])).toEqual([
    ['warn', 'https://a.example'],
    ['warn', 'https://b.example'],
    ['warn', 'https://c.example'],
  ]);
  for (let n = 0; n < 150; n += 1) await ask(`https://${n}.example`);
  expect(refusals()).toHaveLength(100);
});

describe('a WebSocket', () => {
  test('from a page of another origin is refused with 403', async () => {
    const { url } = await startServer({ 'allowed-origins': app });
    const socket = new RawSocket(url, { headers: { origin: 'https://evil.example' } });
    await expect(socket.opened).rejects.toThrow(/403/);
  });

  test('from the same host, or a listed origin whatever its case, is taken', async () => {
    const { url } = await startServer({ 'allowed-origins': app });
    for (const origin of [url, app, app.toUpperCase()]) await new RawSocket(url, { headers: { origin } }).init();
  });

  test('from anywhere is taken where every origin is allowed', async () => {
    const { url } = await startServer({ 'allowed-origins': '*' });
    for (const origin of ['https://evil.example', 'null']) await new RawSocket(url, { headers: { origin } }).init();
  });
});
