// Readiness follows the disk: a server that cannot store points says so to its supervisor, with the reason.
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { programOf } from '../../scripts/system-packages.ts';
import { somePoint } from '../support/batches.ts';
import { post, query } from '../support/graphql.ts';
import { waitUntil } from '../support/inbox.ts';
import { randomFrom } from '../support/random.ts';
import { startServer, startServerProcess } from '../support/start-server.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { mountTmpfs } from '../support/tmpfs.ts';

async function readiness(url: string) {
  const response = await fetch(`${url}/health/ready`);
  const { status } = await query<{ status: { ready: boolean; notReadyReason: string | null } }>(
    url,
    '{ status { ready notReadyReason } }',
  );
  return { http: response.status, body: await response.json(), ...status };
}

const isReady = { http: 200, body: { status: 'ok' }, ready: true, notReadyReason: null };

function isNotReady(code: string) {
  return {
    http: 503,
    body: { status: 'not ready', code, reason: expect.stringMatching(/\w/) },
    ready: false,
    notReadyReason: expect.stringContaining(`${code}: `),
  };
}

/** Sends points with a text that does not compress until they are refused; gives the answer. */
async function sendUntilRefused(url: string, length: number) {
  const random = randomFrom(1);
  for (let n = 0; ; n += 1) {
    const noise = Array.from({ length }, () => String.fromCharCode(35 + Math.floor(random() * 57))).join('');
    const { status, answer } = await post(url, JSON.stringify({ ...somePoint(n), data: { noise } }));
    if (answer.error !== undefined) return { status, code: answer.error.code };
  }
}

test('a server is not ready while its disk is full, and ready once there is room, without a point sent', async ({
  skip,
}) => {
  const folder = tempFolder();
  const mounted = mountTmpfs(folder.path, 'size=4m');
  onTestFinished(() => {
    mounted?.unmount();
    folder.remove();
  });
  if (mounted === undefined) skip('this machine does not let us mount a small disk');
  const ballast = path.join(folder.path, 'ballast');
  writeFileSync(ballast, Buffer.alloc(2_000_000, 1));
  const server = await startServer({ data: path.join(folder.path, 'data') });
  expect(await readiness(server.url)).toEqual(isReady);
  expect(await sendUntilRefused(server.url, 10_000)).toEqual({ status: 507, code: 'STORAGE_FULL' });
  expect(await readiness(server.url)).toEqual(isNotReady('STORAGE_FULL'));
  expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
  rmSync(ballast);
  await waitUntil('ready again', () => server.engine.isReady);
  expect(await readiness(server.url)).toEqual(isReady);
  // Closing moves what the write-ahead log has into the file: for a while both hold it.
  mounted?.remount('size=16m');
  await server.stop();
  server.takeErrors();
});

test('a server whose disk has failed is not ready', async () => {
  const folder = tempFolder();
  onTestFinished(() => folder.remove());
  const failing = 'inject=fsync,fdatasync:error=EIO:when=60+';
  const under = [
    programOf('strace'),
    '-D',
    '-f',
    '-qqq',
    '-o',
    '/dev/null',
    '-e',
    'trace=fsync,fdatasync',
    '-e',
    failing,
  ];
  const server = await startServerProcess({ folder: folder.path, under });
  expect(await readiness(server.url)).toEqual(isReady);
  expect(await sendUntilRefused(server.url, 1)).toEqual({ status: 503, code: 'STORAGE_FAILED' });
  expect(await readiness(server.url)).toEqual(isNotReady('STORAGE_FAILED'));
  await server.kill('SIGKILL');
});
