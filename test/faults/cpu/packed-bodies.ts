// A4: small packed bodies that unpack to very much, or to nothing in very many parts, read to their end or left at once.
import { once } from 'node:events';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { type Attack, type AttackOptions, type Finding, info } from '../support/attack.ts';
import { type AttackedServer, pause, startAttackedServer } from '../support/attacked-server.ts';
import { openSocket, post, requestBytes } from '../support/clients.ts';
import { Witness } from '../support/witness.ts';
import { cpuOf, idleAfterLeaving, idleRate, longestHold, refusedCheaply, untilIdle } from './figures.ts';

interface Body {
  readonly what: string;
  readonly encoding: 'gzip' | 'zstd';
  bytes(): Buffer;
}

const mebibytes = 2 ** 20;
const emptyFrames = 100_000;
const answerWithinMs = 100_000;

const shortLines: Body = {
  what: '8 MiB of lines "a" as gzip',
  encoding: 'gzip',
  bytes: () => gzipSync(Buffer.alloc(8 * mebibytes, 'a\n'), { level: 9 }),
};
const newlines: Body = {
  what: '256 MiB of newlines as zstd',
  encoding: 'zstd',
  bytes: () => zstdCompressSync(Buffer.alloc(256 * mebibytes, '\n')),
};
const frames: Body = {
  what: '100,000 empty frames of zstd',
  encoding: 'zstd',
  bytes: () => Buffer.concat(Array.from({ length: emptyFrames }, () => emptyFrame())),
};

export const packedLines: Attack = attackWith('packed-lines', shortLines);
export const packedNewlines: Attack = attackWith('packed-newlines', newlines);
export const emptyZstdFrames: Attack = attackWith('empty-zstd-frames', frames);

function attackWith(name: string, body: Body): Attack {
  return {
    name,
    summary: `${body.what} to /ingest, waited for and left at once`,
    run: (options) => run(options, body),
  };
}

async function run({ flags }: AttackOptions, body: Body): Promise<Finding[]> {
  const bytes = body.bytes();
  await using server = await startAttackedServer({ flags });
  await using witness = await Witness.start(server.url, { subscribers: 0, pointEveryMs: 0 });
  const idle = await idleRate(server);
  await witness.figures();
  const headers = { 'content-type': 'application/x-ndjson', 'content-encoding': body.encoding };
  const sent = () =>
    Promise.race([
      post(`${server.url}/ingest`, bytes, headers).then(({ status, text }) => `${status}, ${text.slice(0, 150)}`),
      pause(answerWithinMs).then(() => `none in ${answerWithinMs / 1000} s`),
    ]).catch((error: unknown) => String(error));
  const [answer, spentMs] = await cpuOf(server, idle, sent);
  const held = await longestHold('while it is read', witness);
  await untilIdle(server, idle);
  await sendAndLeave(server, requestBytes('/ingest', bytes, headers));
  const afterwards = await idleAfterLeaving(server, idle);
  const [, restMs] = await cpuOf(server, idle, () => untilIdle(server, idle));
  return [
    info('body', `${bytes.length} bytes`),
    info('answer', answer),
    refusedCheaply('the request', spentMs),
    held,
    ...afterwards,
    info('CPU after that until the server is idle again', `${restMs} ms`),
  ];
}

/** Writes all of it, and closes the connection once the kernel has it. */
async function sendAndLeave(server: AttackedServer, bytes: Buffer): Promise<void> {
  const socket = await openSocket(server.port);
  socket.end(bytes);
  await once(socket, 'finish');
  socket.destroy();
}

function emptyFrame(): Buffer {
  return zstdCompressSync('', { params: { [constants.ZSTD_c_checksumFlag]: 0 } });
}
