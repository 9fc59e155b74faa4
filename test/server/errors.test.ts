// Errors that nobody foresaw are masked for the client and whole in the log, under an id that both show; known ones keep their words.
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { PulseError, type PulseErrorCode } from '../../src/base/errors.ts';
import { openMemoryStore } from '../../src/store/memory-store.ts';
import type { Storage } from '../../src/store/store.ts';
import { somePoint } from '../support/batches.ts';
import { ask, ingest, post, SseConnection, WsConnection } from '../support/graphql.ts';
import { startServerOn, type TestServer } from '../support/start-server.ts';
import { withMethod } from '../support/with-method.ts';

const readPoints = '{ points(entityType: "orders") { edges { cursor } } }';
const replayPoints = 'subscription { dataUpdates(entityType: "orders", last: 1) { cursor } }';
const sendPoint =
  'mutation { ingest(points: [{ entityType: "orders", serviceId: "web", data: { n: 1 } }]) { accepted } }';

/** A store in memory whose log fails at reading or appending, once it is told to. */
function failingStore(): { storage: Storage; fail(what: 'read' | 'append', error: Error): void } {
  const storage = openMemoryStore({ clock: systemClock, maxBytes: 1_000_000 });
  const failures = new Map<'read' | 'append', Error>();
  const fails = (name: 'read' | 'append') => {
    const failure = failures.get(name);
    if (failure !== undefined) throw failure;
  };
  const log = withMethod(storage.log, {
    append: async (batch) => {
      fails('append');
      return storage.log.append(batch);
    },
    read: async (request) => {
      fails('read');
      return storage.log.read(request);
    },
  });
  return {
    storage: { ...storage, log, close: () => storage.close() },
    fail: (what, error) => failures.set(what, error),
  };
}

/** The id under which exactly this error was logged, once. */
function loggedId(server: TestServer, error: Error): unknown {
  const logged = server.takeErrors();
  expect(logged).toHaveLength(1);
  expect(logged[0]?.details['error']).toBe(error);
  return logged[0]?.details['id'];
}

function masked(id: unknown) {
  expect(id).toMatch(/^err_[\w-]{22}$/);
  return [
    {
      message: `Unexpected error; the server's log has it under ${id}`,
      extensions: { code: 'INTERNAL_SERVER_ERROR', id },
    },
  ];
}

describe('an error that nobody foresaw', () => {
  test('in a query shows only its id, over HTTP, WebSocket and SSE', async () => {
    const { storage, fail } = failingStore();
    const server = await startServerOn(storage);
    const error = new Error('secret: disk 7 is on fire');
    fail('read', error);
    const answer = await ask(server.url, readPoints);
    expect(answer.errors).toMatchObject(masked(loggedId(server, error)));
    expect(JSON.stringify(answer)).not.toContain('secret');
    for (const connection of [new WsConnection(server.url), new SseConnection(server.url)]) {
      const errors = await connection.subscribe(readPoints).failure();
      expect(errors).toMatchObject(masked(loggedId(server, error)));
      expect(JSON.stringify(errors)).not.toContain('secret');
    }
  });

  test('in a subscription ends it with its id, and the connection lives', async () => {
    const { storage, fail } = failingStore();
    const server = await startServerOn(storage);
    await ingest(server.url, [somePoint()]);
    const error = new Error('secret');
    fail('read', error);
    const connection = new WsConnection(server.url);
    const errors = await connection.subscribe(replayPoints).failure();
    expect(errors).toMatchObject(masked(loggedId(server, error)));
    expect(await connection.subscribe('{ status { version } }').rest()).toHaveLength(1);
    await server.subscriptions(0);
  });

  test('at /ingest is 500 with its id', async () => {
    const { storage, fail } = failingStore();
    const server = await startServerOn(storage);
    const error = new Error('secret');
    fail('append', error);
    const { status, answer } = await post(server.url, JSON.stringify(somePoint()));
    const id = loggedId(server, error);
    expect(status).toBe(500);
    expect(answer).toMatchObject({
      accepted: 0,
      error: { code: 'INTERNAL_SERVER_ERROR', message: 'unexpected error', id },
    });
    expect(JSON.stringify(answer)).not.toContain('secret');
  });

  test('is counted in the error rate and told to those who listen', async () => {
    const { storage, fail } = failingStore();
    const server = await startServerOn(storage);
    const heard: object[] = [];
    server.engine.events.on('server:error', (event) => heard.push(event));
    const error = new Error('secret');
    fail('read', error);
    await ask(server.url, readPoints);
    expect(heard).toEqual([{ error, id: loggedId(server, error) }]);
    expect(server.engine.status().performance.errorRate).toBe(1);
  });
});

describe('an error of the store', () => {
  const cases: [PulseErrorCode, number, string | null][] = [
    ['STORAGE_FULL', 507, null],
    ['STORAGE_FAILED', 503, '1'],
    ['STORAGE_READ_ONLY', 503, '1'],
    ['STOPPED', 503, '1'],
    ['CONFLICT', 409, null],
  ];

  test.each(cases)('%s keeps its sentence and code, and is %i at /ingest', async (code, status, retryAfter) => {
    const { storage, fail } = failingStore();
    const server = await startServerOn(storage);
    fail('append', new PulseError(code, 'the disk has no room left'));
    const response = await fetch(`${server.url}/ingest`, { method: 'POST', body: JSON.stringify(somePoint()) });
    expect([response.status, response.headers.get('retry-after')]).toEqual([status, retryAfter]);
    expect(await response.json()).toMatchObject({ accepted: 0, error: { code, message: 'the disk has no room left' } });
    const { errors } = await ask(server.url, sendPoint);
    expect(errors).toMatchObject([{ message: 'the disk has no room left', path: ['ingest'], extensions: { code } }]);
    expect(server.takeErrors()).toEqual([]);
  });

  test('of damaged blocks is said by name to those who read and those who watch', async () => {
    const { storage, fail } = failingStore();
    const server = await startServerOn(storage);
    await ingest(server.url, [somePoint()]);
    fail('read', new PulseError('STORAGE_DAMAGED', 'block 7 is damaged'));
    const said = [{ message: 'block 7 is damaged', extensions: { code: 'STORAGE_DAMAGED' } }];
    expect((await ask(server.url, readPoints)).errors).toMatchObject(said);
    expect(await new WsConnection(server.url).subscribe(replayPoints).failure()).toMatchObject(said);
    expect(await new SseConnection(server.url).subscribe(replayPoints).failure()).toMatchObject(said);
  });
});
