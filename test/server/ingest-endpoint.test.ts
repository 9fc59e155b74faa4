// POST /ingest takes points in every form that producers send, keeps the good, names the bad, and can be repeated.
import { once } from 'node:events';
import { request } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import type { PointInput } from '../../src/points/point.ts';
import { openMemoryStore } from '../../src/store/memory-store.ts';
import type { Log } from '../../src/store/store.ts';
import { somePoint, somePoints } from '../support/batches.ts';
import { ingest, ndjson, post, query, readAll } from '../support/graphql.ts';
import { waitUntil } from '../support/inbox.ts';
import { startServer, startServerOn } from '../support/start-server.ts';
import { withMethod } from '../support/with-method.ts';

const numbersOf = async (url: string) => (await readAll(url, 'orders')).map(({ data }) => data['n']);

/** NDJSON of the points, with lines that are no points at the places named. */
function withBadLines(points: readonly PointInput[], bad: Readonly<Record<number, string>>): string {
  const lines = points.map((point) => JSON.stringify(point));
  for (const [index, line] of Object.entries(bad)) lines.splice(Number(index), 0, line);
  return lines.join('\n');
}

describe('a body of points is taken', () => {
  test('as NDJSON, in the order of its lines', async () => {
    const { url } = await startServer();
    const { status, answer } = await post(url, ndjson(somePoints(3)), { 'content-type': 'application/x-ndjson' });
    expect(status).toBe(200);
    expect(answer).toMatchObject({ accepted: 3, duplicates: 0, rejected: [], rejectedCount: 0 });
    const points = await readAll(url, 'orders');
    expect(points.map(({ data }) => data)).toEqual([{ n: 0 }, { n: 1 }, { n: 2 }]);
    expect(points.at(-1)?.cursor).toBe(answer.cursor);
  });

  test('as a JSON array, on one line or over many', async () => {
    const { url } = await startServer();
    const headers = { 'content-type': 'application/json' };
    expect((await post(url, JSON.stringify(somePoints(2)), headers)).answer.accepted).toBe(2);
    expect((await post(url, JSON.stringify(somePoints(2, 2), null, 2), headers)).answer.accepted).toBe(2);
    expect(await numbersOf(url)).toEqual([0, 1, 2, 3]);
  });

  test('as one object over many lines, where the content type is JSON', async () => {
    const { url } = await startServer();
    const text = JSON.stringify(
      { ...somePoint(7), data: { n: 7, text: 'a "b"\n\\', list: [1, { deep: null }] } },
      null,
      4,
    );
    const { status, answer } = await post(url, text, { 'content-type': 'application/json; charset=utf-8' });
    expect([status, answer.accepted]).toEqual([200, 1]);
    const [point] = await readAll(url, 'orders');
    expect(point?.data).toEqual({ n: 7, text: 'a "b"\n\\', list: [1, { deep: null }] });
  });

  test('with the content type that curl sends where it is told none', async () => {
    const { url } = await startServer();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await post(url, ndjson(somePoints(2)), headers)).answer.accepted).toBe(2);
    expect((await post(url, JSON.stringify(somePoints(2, 2)), headers)).answer.accepted).toBe(2);
    expect((await post(url, JSON.stringify(somePoint(4)), headers)).answer.accepted).toBe(1);
    expect(await numbersOf(url)).toEqual([0, 1, 2, 3, 4]);
  });

  test('with blank lines and carriage returns, which count for nothing', async () => {
    const { url } = await startServer();
    const [a, b, c] = somePoints(3).map((point) => JSON.stringify(point));
    const { status, answer } = await post(url, `\r\n\n${a}\r\n   \r\n\t\n${b}\r\nno point\r\n\r\n${c}\r\n\r\n`);
    expect(status).toBe(207);
    expect(answer.accepted).toBe(3);
    expect(answer.rejected).toMatchObject([{ index: 2, message: expect.stringContaining('no point') }]);
    expect(await numbersOf(url)).toEqual([0, 1, 2]);
  });

  test('with nothing in it', async () => {
    const { url } = await startServer();
    for (const body of ['', '\n \n', '[]']) {
      const { status, answer } = await post(url, body);
      expect([status, answer.accepted, answer.cursor]).toEqual([200, 0, null]);
    }
  });

  test('of 200,000 points as a stream, of which no more is read while four batches are on their way to the disk', async () => {
    const storage = openMemoryStore({ clock: systemClock, maxBytes: 1_000_000_000 });
    let onTheirWay = 0;
    let most = 0;
    // A disk that takes longer than reading does.
    const append: Log['append'] = async (batch) => {
      onTheirWay += 1;
      most = Math.max(most, onTheirWay);
      for (let turn = 0; turn < 5; turn += 1) await setImmediate();
      const appended = await storage.log.append(batch);
      onTheirWay -= 1;
      return appended;
    };
    const { url, engine } = await startServerOn({
      ...storage,
      log: withMethod(storage.log, { append }),
      close: () => storage.close(),
    });
    const pointsPerChunk = 1000;
    let sent = 0;
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          const points = Array.from({ length: pointsPerChunk }, (_, i) => somePoint(sent + i, `shop-${i % 10}`));
          sent += pointsPerChunk;
          controller.enqueue(Buffer.from(`${ndjson(points)}\n`));
          if (sent === 200_000) controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    const { status, answer } = await post(url, body);
    expect([status, answer.accepted, answer.rejectedCount]).toEqual([200, 200_000, 0]);
    expect(most).toBe(4);
    expect(engine.status().performance.processedEvents).toBe(200_000);
    const last = await query<{ points: { edges: { node: { cursor: string; data: { n: number } } }[] } }>(
      url,
      '{ points(entityType: "orders", last: 1) { edges { node { cursor data } } } }',
    );
    expect(last.points.edges[0]?.node).toMatchObject({ cursor: answer.cursor, data: { n: 199_999 } });
  });
});

describe('what is wrong with a body is said, and the rest is kept', () => {
  test('the good of a batch is stored beside the bad, which are named by their index', async () => {
    const { url, engine } = await startServer();
    const text = withBadLines(somePoints(4), { 1: '{"entityType":"orders"}', 4: '[1,2]' });
    const { status, answer } = await post(url, text);
    expect(status).toBe(207);
    expect(answer).toMatchObject({ accepted: 4, rejectedCount: 2 });
    expect(answer.rejected.map(({ index }) => index)).toEqual([1, 4]);
    expect(answer.rejected[0]?.message).toMatch(/^serviceId: /);
    expect(answer.rejected[1]?.message).toMatch(/an object.*not an array of 2/);
    expect(await numbersOf(url)).toEqual([0, 1, 2, 3]);
    expect(engine.status().performance).toMatchObject({ processedEvents: 4, rejectedEvents: 2 });
  });

  test('400 where nothing could be taken', async () => {
    const { url } = await startServer();
    const { status, answer } = await post(url, 'hello\nworld');
    expect(status).toBe(400);
    expect(answer).toMatchObject({ accepted: 0, rejectedCount: 2, cursor: null });
  });

  test('405 for anything but POST, with what is allowed', async () => {
    const { url } = await startServer();
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const response = await fetch(`${url}/ingest`, { method });
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
      expect(await response.json()).toMatchObject({ error: { message: 'send points by POST' } });
    }
  });

  test('a line of a mebibyte is taken, a longer one is refused with 413 and what came before it is kept', async () => {
    const { url } = await startServer();
    const around = JSON.stringify({ ...somePoint(0), data: { n: 0, text: '' } }).length;
    const lineOf = (n: number, bytes: number) =>
      JSON.stringify({ ...somePoint(n), data: { n, text: 'x'.repeat(bytes - around) } });
    const longest = await post(url, `${lineOf(0, 1_048_576)}\n`);
    expect([longest.status, longest.answer.accepted]).toEqual([200, 1]);
    const text = `${ndjson(somePoints(500, 1))}\n${lineOf(1, 1_048_577)}\n${ndjson(somePoints(10, 600))}`;
    const { status, answer } = await post(url, text);
    expect(status).toBe(413);
    expect(answer.error).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 1_048_576 });
    expect(answer.error?.message).toMatch(/line 501 is longer than 1048576 bytes/);
    expect(answer.accepted).toBe(500);
    expect(await numbersOf(url)).toEqual([0, ...Array.from({ length: 500 }, (_, i) => i + 1)]);
  });

  test('of thousands of bad points the first thousand are listed and all are counted', async () => {
    const { url, engine } = await startServer();
    const lines = `${'x\n'.repeat(500)}${ndjson(somePoints(1))}\n`.repeat(6);
    const { status, answer } = await post(url, lines);
    expect([status, answer.accepted, answer.rejectedCount]).toEqual([207, 6, 3000]);
    expect(answer.rejected.map(({ index }) => index)).toEqual([
      ...Array.from({ length: 500 }, (_, i) => i),
      ...Array.from({ length: 500 }, (_, i) => 501 + i),
    ]);
    expect(engine.status().performance.rejectedEvents).toBe(3000);
  });

  test('a body that ends in the middle of its last line loses that line alone', async () => {
    const { url } = await startServer();
    const { status, answer } = await post(url, `${ndjson(somePoints(2))}\n{"entityType":"orders","serv`);
    expect([status, answer.accepted]).toEqual([207, 2]);
    expect(answer.rejected).toMatchObject([{ index: 2, message: expect.stringMatching(/^is not JSON/) }]);
  });

  test('an array that is not closed says so and keeps its elements', async () => {
    const { url } = await startServer();
    const { status, answer } = await post(url, JSON.stringify(somePoints(2)).slice(0, -1));
    expect([status, answer.accepted]).toEqual([207, 2]);
    expect(answer.rejected).toMatchObject([{ index: 2, message: expect.stringContaining('closing ]') }]);
  });

  test('a connection that breaks in the middle of a line leaves whole points, no half one, and nothing to answer', async () => {
    const { url, engine } = await startServer();
    const text = `${ndjson(somePoints(600))}\n{"entityType":"orders","serviceId":"web","da`;
    const sending = request(`${url}/ingest`, {
      method: 'POST',
      headers: { 'content-length': String(text.length + 100) },
    });
    const failed = once(sending, 'error');
    sending.write(text);
    await waitUntil('the first 500 points', () => engine.status().performance.processedEvents === 500);
    sending.destroy(new Error('pulled the plug'));
    await failed;
    await ingest(url, [somePoint(1000)]);
    expect(await numbersOf(url)).toEqual([...Array.from({ length: 500 }, (_, i) => i), 1000]);
    expect(engine.status().performance.rejectedEvents).toBe(0);
  });
});

describe('a body with an idempotency-key', () => {
  const key = { 'idempotency-key': 'monday-42' };

  test('of many chunks counts once and answers the second time as the first', async () => {
    const { url, engine } = await startServer();
    const text = withBadLines(somePoints(1600), { 3: 'bad', 1200: 'worse' });
    const first = await post(url, text, key);
    expect(first.status).toBe(207);
    expect(first.answer).toMatchObject({ accepted: 1600, rejectedCount: 2 });
    expect(first.answer.rejected.map(({ index }) => index)).toEqual([3, 1200]);
    const second = await post(url, text, key);
    expect(second).toEqual(first);
    expect(await numbersOf(url)).toEqual(Array.from({ length: 1600 }, (_, i) => i));
    expect(engine.status().performance.processedEvents).toBe(1600);
  });

  test('counts once also where both come at the same time', async () => {
    const { url } = await startServer();
    const text = ndjson(somePoints(1500));
    const [first, second] = await Promise.all([post(url, text, key), post(url, text, key)]);
    expect(second).toEqual(first);
    expect(await numbersOf(url)).toHaveLength(1500);
  });

  test('of bad points alone answers the second time as the first', async () => {
    const { url } = await startServer();
    const first = await post(url, 'bad\nworse', key);
    expect(first.status).toBe(400);
    expect(await post(url, 'bad\nworse', key)).toEqual(first);
  });

  test('is refused with 409 where the content is another, and says what of it had been taken', async () => {
    const { url } = await startServer();
    const points = somePoints(1000);
    await post(url, ndjson(points), key);
    const changed = [...points.slice(0, 999), somePoint(-1)];
    const { status, answer } = await post(url, ndjson(changed), key);
    expect(status).toBe(409);
    expect(answer.error).toEqual({
      code: 'CONFLICT',
      message: 'the idempotency-key "monday-42" was used for another body; send this one under a key of its own',
    });
    expect(answer.accepted).toBe(500);
    expect(await numbersOf(url)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  });

  test('goes on where it was cut off', async () => {
    const { url, engine } = await startServer();
    const text = ndjson(somePoints(1200));
    const cut = request(`${url}/ingest`, {
      method: 'POST',
      headers: { ...key, 'content-length': String(text.length) },
    });
    const failed = once(cut, 'error');
    cut.write(text.slice(0, text.length / 2));
    await waitUntil('the first 500 points', () => engine.status().performance.processedEvents === 500);
    cut.destroy(new Error('pulled the plug'));
    await failed;
    const { status, answer } = await post(url, text, key);
    expect([status, answer.accepted]).toEqual([200, 1200]);
    expect(await numbersOf(url)).toEqual(Array.from({ length: 1200 }, (_, i) => i));
  });
});

describe('the longest idempotency key', () => {
  test('of 256 characters names a body of many batches, which counts once', async () => {
    const { url } = await startServer();
    const headers = { 'idempotency-key': 'k'.repeat(256) };
    const body = ndjson(somePoints(6000));
    const first = await post(url, body, headers);
    expect([first.status, first.answer.accepted]).toEqual([200, 6000]);
    expect((await post(url, body, headers)).answer).toEqual(first.answer);
  });

  test('of one more is refused before anything is stored, with its own length', async () => {
    const { url, engine } = await startServer();
    const { status, answer } = await post(url, ndjson(somePoints(2)), { 'idempotency-key': 'k'.repeat(257) });
    expect([status, answer.error?.message]).toEqual([
      400,
      'the header idempotency-key has at most 256 characters, not 257',
    ]);
    expect(engine.status().series).toBe(0);
  });
});

test('an array behind more blanks than are looked at is an array', async () => {
  const { url } = await startServer();
  const { status, answer } = await post(url, `${' '.repeat(200_000)}${JSON.stringify(somePoints(2), null, 1)}`);
  expect([status, answer.accepted]).toEqual([200, 2]);
});

test('a point whose key has come before is a duplicate, and so is the second of one body', async () => {
  const { url, engine } = await startServer();
  const keyed = (n: number, key: string) => ({ ...somePoint(n), key });
  const first = await post(url, ndjson([keyed(0, 'a'), keyed(1, 'b'), keyed(2, 'a')]));
  expect([first.status, first.answer.accepted, first.answer.duplicates]).toEqual([200, 2, 1]);
  const second = await post(url, ndjson([keyed(3, 'b'), keyed(4, 'c')]));
  expect([second.status, second.answer.accepted, second.answer.duplicates]).toEqual([200, 1, 1]);
  expect(await numbersOf(url)).toEqual([0, 1, 4]);
  expect(engine.status().performance.duplicateEvents).toBe(2);
});
