// A thread for the tests of threads: echoes, fails, throws or leaves, as its requests say.
import { parentPort } from 'node:worker_threads';

parentPort?.postMessage({ n: 0, ok: 'ready' });
parentPort?.on('message', ({ n, request }: { n: number; request: { kind: string } }) => {
  if (request.kind === 'throw') throw new Error('a bug in the thread');
  if (request.kind === 'leave') process.exit(3);
  if (request.kind === 'silent') return;
  if (request.kind === 'warn') parentPort?.postMessage({ n: -1, failure: failure('in the background') });
  if (request.kind === 'fail') parentPort?.postMessage({ n, failure: failure('refused') });
  else parentPort?.postMessage([{ n, ok: request.kind }]);
  if (request.kind === 'close') parentPort?.close();
});

function failure(message: string) {
  return { code: 'CONFLICT', message, details: { currentVersion: 4 }, stack: 'where it was' };
}
