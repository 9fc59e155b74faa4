// POST /ingest with packed bodies: what comes out is what went in, and a bomb, a stump or a lie costs only itself.
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { somePoints } from '../support/batches.ts';
import { ndjson, post, query, readAll } from '../support/graphql.ts';
import { startServer } from '../support/start-server.ts';

const formats = [
  { encoding: 'gzip', pack: gzipSync },
  {
    encoding: 'zstd',
    pack: (bytes: string | Buffer) => zstdCompressSync(bytes, { params: { [constants.ZSTD_c_checksumFlag]: 1 } }),
  },
];

/** A body in pieces, as a network gives it. */
function inPieces(bytes: Buffer, length: number): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.subarray(at, at + length));
      at += length;
    },
  });
}

describe.each(formats)('$encoding', ({ encoding, pack }) => {
  const headers = { 'content-encoding': encoding };

  test('is unpacked, in pieces of any length, as NDJSON and as JSON', async () => {
    const { url } = await startServer();
    const points = somePoints(1234);
    const packed = pack(ndjson(points));
    for (const length of [7, 1000, packed.length]) {
      const { status, answer } = await post(url, inPieces(packed, length), headers);
      expect([status, answer.accepted]).toEqual([200, 1234]);
    }
    expect((await post(url, pack(JSON.stringify(points)), headers)).answer.accepted).toBe(1234);
    const stored = await readAll(url, 'orders');
    expect(stored.slice(0, 1234).map(({ data }) => data)).toEqual(points.map(({ data }) => data));
    expect(stored).toHaveLength(4 * 1234);
  });

  test('may be several packed parts one after the other', async () => {
    const { url } = await startServer();
    const parts = Buffer.concat([10, 2000, 20].map((count) => pack(`${ndjson(somePoints(count))}\n`)));
    for (const length of [1, 13, parts.length]) {
      expect((await post(url, inPieces(parts, length), headers)).answer.accepted).toBe(2030);
    }
  });

  test('with something else behind it is 400', async () => {
    const { url } = await startServer();
    const body = Buffer.concat([pack(ndjson(somePoints(10))), Buffer.from('{"entityType":')]);
    expect((await post(url, body, headers)).status).toBe(400);
  });

  test('is not unpacked past the limit: 413, and what was stored before is counted', async () => {
    const server = await startServer({ 'max-inflated-bytes': '300000' });
    const bomb = pack(Buffer.alloc(100_000_000, `${ndjson(somePoints(1))}\n`));
    const { status, answer } = await post(server.url, bomb, headers);
    expect([status, answer.error?.code, answer.error?.limit]).toEqual([413, 'LIMIT_EXCEEDED', 300_000]);
    expect(answer.accepted).toBeGreaterThan(500);
    expect(await readAll(server.url, 'orders')).toHaveLength(answer.accepted);
  });

  test('that is cut off, damaged or something else is refused, and what was stored before is counted', async () => {
    const server = await startServer();
    const packed = pack(ndjson(somePoints(20_000)));
    const damaged = Buffer.from(packed);
    const middle = Math.floor(packed.length / 2);
    damaged.fill(0x55, middle, middle + 100);
    const bodies = [
      packed.subarray(0, packed.length - 20),
      damaged,
      Buffer.from(ndjson(somePoints(3))),
      Buffer.from([1]),
    ];
    let stored = 0;
    for (const body of bodies) {
      const { status, answer } = await post(server.url, body, headers);
      // Damage may first give thousands of lines that are no points.
      const isStopped = answer.error?.code === 'LIMIT_EXCEEDED';
      expect(isStopped ? body : null).toBe(isStopped ? damaged : null);
      expect([status, answer.error]).toMatchObject([
        isStopped ? 207 : 400,
        isStopped ? {} : { code: 'BAD_USER_INPUT', message: expect.stringContaining(encoding) },
      ]);
      stored += answer.accepted;
    }
    // Damage may show only after it has been unpacked, as another entity type.
    const { series } = await query<{ series: { pointCount: number }[] }>(server.url, '{ series { pointCount } }');
    expect(series.reduce((sum, { pointCount }) => sum + pointCount, 0)).toBe(stored);
    expect(server.takeErrors()).toEqual([]);
  });

  test('of nothing is no points', async () => {
    const { url } = await startServer();
    expect(await post(url, pack(''), headers)).toMatchObject({ status: 200, answer: { accepted: 0 } });
  });
});

test.each([
  ['GZIP', gzipSync],
  ['x-gzip', gzipSync],
  ['X-GZip', gzipSync],
  ['Zstd', zstdCompressSync],
  ['Identity', (text: string) => text],
] as const)('the encoding may be written as %s', async (encoding, pack) => {
  const { url } = await startServer();
  const { status, answer } = await post(url, pack(ndjson(somePoints(3))), { 'content-encoding': encoding });
  expect([status, answer.accepted]).toEqual([200, 3]);
});

test('zstd that asks for a window of more than 8 MB of memory is 400', async () => {
  const { url } = await startServer();
  const status = async (windowLog: number) => {
    const params = { [constants.ZSTD_c_windowLog]: windowLog, [constants.ZSTD_c_contentSizeFlag]: 0 };
    const packed = zstdCompressSync(Buffer.from(`${' '.repeat(100_000)}\n`.repeat(120)), { params });
    return (await post(url, packed, { 'content-encoding': 'zstd' })).status;
  };
  expect([await status(23), await status(26)]).toEqual([200, 400]);
});

test.each(['br', 'deflate', 'gzip, gzip', 'x'.repeat(5000)])(
  '%.10s is 415 and says what is known',
  async (encoding) => {
    const { url } = await startServer();
    const { status, answer } = await post(url, 'x', { 'content-encoding': encoding });
    expect(status).toBe(415);
    expect(answer.error?.message).toMatch(/is not taken; known are identity, gzip, zstd$/);
  },
);
