// Bodies whose lines are no points: they are read up to a limit and no further, packed or not, and not once their sender has left.
import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { LineGuard, maxRejectedRun } from '../../src/points/line-guard.ts';
import { somePoint, somePoints } from '../support/batches.ts';
import { ndjson, post, query } from '../support/graphql.ts';
import { waitUntil } from '../support/inbox.ts';
import { startServer } from '../support/start-server.ts';

const good = `${ndjson(somePoints(1))}\n`;
const gzip = { 'content-encoding': 'gzip' };
const zstd = { 'content-encoding': 'zstd' };

describe('a body is read no further', () => {
  const bad = 'a\n'.repeat(2000);

  test.each([
    ['after 1,000 lines that are no points', bad, {}, 400, 1000, 0],
    ['after 1,000 blank lines', '\n'.repeat(100_000), {}, 400, 1000, 0],
    ['after 1,000 such lines behind accepted ones, which are kept', good.repeat(3) + bad + good, {}, 207, 1003, 3],
    ['after 1,000 such lines, packed as gzip', gzipSync('a\n'.repeat(4_000_000)), gzip, 400, 1000, 0],
    ['after 1,000 blank lines, packed as zstd', zstdCompressSync(Buffer.alloc(2e8, '\n')), zstd, 400, 1000, 0],
  ])('%s', async (_, body, headers, status, line, accepted) => {
    const server = await startServer();
    const { status: answered, answer } = await post(server.url, body, headers);
    expect([answered, answer.accepted, answer.error]).toMatchObject([
      status,
      accepted,
      { code: 'LIMIT_EXCEEDED', limit: 1000, line, message: expect.stringContaining(`stopped at line ${line}:`) },
    ]);
    expect(server.engine.status().performance.rejectedEvents).toBeLessThanOrEqual(1000);
  });

  test('after 1,000 packed parts without a line', async () => {
    const { url } = await startServer();
    const frame = zstdCompressSync('');
    const { status, answer } = await post(url, Buffer.concat(Array.from({ length: 20_000 }, () => frame)), zstd);
    expect([status, answer.error?.code]).toEqual([400, 'LIMIT_EXCEEDED']);
  });

  test('but whole where accepted lines stand between, each in a packed part of its own', async () => {
    const { url } = await startServer();
    const parts = Array.from({ length: 3000 }, (_, n) => gzipSync(`x\n${ndjson([somePoint(n)])}\n`));
    expect(await post(url, Buffer.concat(parts), gzip)).toMatchObject({ status: 207, answer: { accepted: 3000 } });
  });

  test('and is stored the same when it is sent again under its key', async () => {
    const { url } = await startServer();
    const send = () => post(url, good.repeat(700) + bad, { 'idempotency-key': 'once' });
    const [first, again] = [await send(), await send()];
    expect(again).toEqual(first);
    const { series } = await query<{ series: { pointCount: number }[] }>(url, '{ series { pointCount } }');
    expect(series).toEqual([{ pointCount: 700 }]);
  });
});

test('a packed body whose lines are mostly no points gets as many of them read as an unpacked one of its size', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2000 }), fc.integer({ min: 1, max: 900 }), (bytes, run) => {
      const guard = new LineGuard();
      guard.received(bytes);
      let rejected = 0;
      for (let n = 1; rejected < 20_000 && guard.stoppedAt === null; n += 1) {
        guard.line(n % (run + 1) === 0);
        if (n % (run + 1) !== 0) rejected += 1;
        if (n % 500 === 0) guard.endBatch();
      }
      expect(rejected).toBeLessThanOrEqual(maxRejectedRun + 2 * bytes + 500);
    }),
    { numRuns: 50 },
  );
});

test('work for a body stops when its sender leaves', async () => {
  const server = await startServer();
  const { hostname, port } = new URL(server.url);
  const body = gzipSync(`${good}${'a\n'.repeat(500)}`.repeat(20_000));
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(
    `POST /ingest HTTP/1.1\r\nhost: localhost\r\ncontent-encoding: gzip\r\ncontent-length: ${body.length}\r\n\r\n`,
  );
  socket.write(body);
  const rejected = () => server.engine.status().performance.rejectedEvents;
  await waitUntil('some lines are rejected', () => rejected() > 1000);
  socket.resetAndDestroy();
  let before = -1;
  await waitUntil('no more lines are read', async () => {
    before = rejected();
    await new Promise((resolve) => setTimeout(resolve, 200));
    return rejected() === before;
  });
  expect(before).toBeLessThan(50_000_000);
  expect(server.takeErrors()).toEqual([]);
});
