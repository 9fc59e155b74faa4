// Connections and bodies that do not come to their end: bounded together, and never at the cost of those that do.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { BytesInFlight } from '../../src/server/bytes-in-flight.ts';
import { LinePace } from '../../src/server/line-pace.ts';
import { UnfinishedRequests } from '../../src/server/unfinished-requests.ts';
import { somePoints } from '../support/batches.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ask, ndjson, post } from '../support/graphql.ts';
import { startServer } from '../support/start-server.ts';

async function open(url: string, bytes: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => socket.destroy());
  await once(socket, 'connect');
  socket.write(bytes);
  return socket;
}

const unfinishedLine = (bytes: number) =>
  `POST /ingest HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9000000\r\n\r\n${'x'.repeat(bytes)}`;

const expecting = 'POST /ingest HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\ncontent-length: 9\r\n\r\n';

test('unfinished lines past their budget: the one that has waited longest is 503, and whole bodies are taken all the while', async () => {
  const server = await startServer({ 'max-unfinished-bytes': '1000000' });
  const slow: Promise<string>[] = [];
  for (let n = 0; n < 12; n += 1) {
    // The others break off when the test ends.
    slow.push(text(await open(server.url, unfinishedLine(150_000))).catch(() => ''));
    expect(await post(server.url, ndjson(somePoints(100)))).toMatchObject({ status: 200, answer: { accepted: 100 } });
  }
  const first = await slow[0];
  expect(first).toMatch(/^HTTP\/1.1 503 /);
  expect(first).toMatch(/retry-after: 1\r/);
  expect(first).toMatch(
    /"code":"LIMIT_EXCEEDED","message":"bodies of requests that are not answered yet would hold more than 1000000 bytes/,
  );
  expect((await ask(server.url, `{ status { version } } ${' '.repeat(100_000)}`)).status).toBe(200);
});

describe('HTTP connections past their number', () => {
  test('close the one that has been idle longest', async () => {
    const { url } = await startServer({ 'max-http-connections': '3' });
    const idle = await Promise.all([1, 2, 3].map(() => open(url, '')));
    const closed = once(idle[0] as Socket, 'close');
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    await closed;
    expect(idle.map(({ destroyed }) => destroyed)).toEqual([true, false, false]);
  });

  test('are told to come back where all are busy, and find room once one has gone', async () => {
    const { url } = await startServer({ 'max-http-connections': '2' });
    const busy = [await open(url, expecting), await open(url, expecting)];
    // The server has read their headers.
    for (const socket of busy) await once(socket, 'data');
    const refused = await open(url, 'GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n');
    const answer = await text(refused);
    expect(answer).toMatch(/^HTTP\/1.1 503 /);
    expect(answer).toMatch(/there are 2 HTTP connections already/);
    busy[0]?.destroy();
    await expect.poll(async () => (await fetch(`${url}/health/live`).catch(() => null))?.status).toBe(200);
  });
});

test('a connection is busy as long as one of several requests that it sent at once is open', async () => {
  const { url } = await startServer({ 'max-http-connections': '1' });
  const socket = await open(url, `GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n${expecting}`);
  let answered = '';
  socket.on('data', (chunk) => {
    answered += String(chunk);
  });
  await expect.poll(() => answered).toMatch(/200 OK.*100 Continue/s);
  const refused = await text(await open(url, 'GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n'));
  expect(refused).toMatch(/^HTTP\/1.1 503 /);
  expect(socket.destroyed).toBe(false);
});

test('a body that comes steadily is not refused for those that do not', async () => {
  const requests = new UnfinishedRequests(1000);
  const steady = requests.open();
  for (let n = 0; n < 100; n += 1) {
    steady.set(100);
    const slow = requests.open();
    slow.set(90);
    steady.set(20);
    expect(steady.refused.aborted).toBe(false);
  }
});

describe('the pace of a line', () => {
  const limits = { minBodyBytesPerSecond: 1000, bodyTimeoutMs: 10_000 };

  test('is judged only within a line that takes long', async () => {
    const clock = new FakeClock();
    const pace = new LinePace(clock, limits);
    for (let n = 0; n < 100; n += 1) {
      pace.note(1, n % 3 !== 0);
      await clock.advance(4000);
    }
    pace.note(1, false);
    pace.note(1, true);
    await clock.advance(9999);
    pace.note(1, true);
    await clock.advance(1);
    expect(() => pace.note(1, true)).toThrow(/3 bytes in 10 s; at least 1000 bytes a second/);
  });

  test('is enough where the bytes come, however long the line is', async () => {
    const clock = new FakeClock();
    const pace = new LinePace(clock, limits);
    for (let n = 0; n < 100; n += 1) {
      pace.note(1100, true);
      await clock.advance(1000);
    }
  });
});

test('what unfinished bodies hold stays within the budget, whatever they do', () => {
  const step = fc.record({ body: fc.nat(9), bytes: fc.nat(400), end: fc.constantFrom('set', 'whole', 'close') });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const requests = new UnfinishedRequests(1000);
      const all = Array.from({ length: 10 }, () => ({ body: requests.open(), bytes: 0, isWhole: false }));
      for (const { body: n, bytes, end } of steps) {
        const one = all[n] as (typeof all)[number];
        if (one.isWhole || one.body.refused.aborted) continue;
        one.bytes = bytes;
        one.body.set(bytes);
        if (one.body.refused.aborted) continue;
        if (end !== 'set') one.isWhole = true;
        if (end === 'whole') one.body.noteWhole();
        if (end === 'close') {
          one.body.close();
          one.bytes = 0;
        }
        const open = all.filter(({ body, isWhole }) => !isWhole && !body.refused.aborted);
        const whole = all.filter(({ isWhole }) => isWhole).reduce((sum, { bytes: held }) => sum + held, 0);
        const held = open.reduce((sum, { bytes: more }) => sum + more, whole);
        if (open.some(({ bytes: more }) => more > 0)) expect(held).toBeLessThanOrEqual(1000);
      }
    }),
  );
});

test('bytes on their way to the store enter in order and never exceed the maximum, but for one that is larger alone', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 150 }), { maxLength: 30 }), async (sizes) => {
      const room = new BytesInFlight(100);
      const entered: number[] = [];
      let held = 0;
      await Promise.all(
        sizes.map(async (bytes, n) => {
          await room.enter(bytes, new AbortController().signal);
          entered.push(n);
          held += bytes;
          expect(held <= 100 || held === bytes).toBe(true);
          await new Promise((resolve) => setImmediate(resolve));
          held -= bytes;
          room.leave(bytes);
        }),
      );
      expect(entered).toEqual(sizes.map((_, n) => n));
    }),
    { numRuns: 30 },
  );
});
