// A thread and who waits for it: every request is settled, whatever becomes of the thread.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isPulseError } from '../../src/base/errors.ts';
import { Thread } from '../../src/store/sqlite/thread.ts';

type Kind = 'echo' | 'fail' | 'warn' | 'silent' | 'throw' | 'leave' | 'close';
type Request = { readonly [K in Kind]: { readonly kind: K; readonly body?: unknown } }[Kind];

let failures: string[];
let thread: Thread<Request, Record<Kind, unknown>>;

beforeEach(async () => {
  failures = [];
  const script = new URL('../support/odd.worker.ts', import.meta.url);
  thread = new Thread(script, { file: 'none' }, ({ message }) => failures.push(message));
  expect(await thread.opened()).toBe('ready');
});

afterEach(() => thread.terminate());

test('requests are answered by number, failures keep their code and details', async () => {
  const answers = await Promise.allSettled([
    thread.ask({ kind: 'echo' }),
    thread.ask({ kind: 'fail' }),
    thread.ask({ kind: 'echo' }),
  ]);
  expect(answers).toMatchObject([
    { value: 'echo' },
    {
      reason: {
        code: 'CONFLICT',
        message: 'refused',
        details: { currentVersion: 4 },
        cause: { stack: 'where it was' },
      },
    },
    { value: 'echo' },
  ]);
});

test('what goes wrong in the background is heard of', async () => {
  await thread.ask({ kind: 'warn' });
  expect(failures).toEqual(['in the background']);
});

test('a thread that throws fails what is outstanding and what comes, and is heard of once', async () => {
  const waiting = [thread.ask({ kind: 'silent' }), thread.ask({ kind: 'silent' }), thread.ask({ kind: 'throw' })];
  const results = await Promise.allSettled(waiting);
  for (const result of results) {
    expect(result).toMatchObject({
      reason: { code: 'STORAGE_FAILED', message: expect.stringContaining('a bug in the thread') },
    });
  }
  await expect(thread.ask({ kind: 'echo' })).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
  expect(failures).toEqual([expect.stringContaining('a bug in the thread')]);
});

test('a thread that leaves settles what is outstanding', async () => {
  const waiting = thread.ask({ kind: 'silent' });
  await expect(thread.ask({ kind: 'leave' })).rejects.toSatisfy((error) => isPulseError(error));
  await expect(waiting).rejects.toSatisfy((error) => isPulseError(error));
  await expect(thread.ask({ kind: 'echo' })).rejects.toSatisfy((error) => isPulseError(error));
});

test('a thread that is being closed answers what was asked before and refuses the rest', async () => {
  const before = thread.ask({ kind: 'echo' });
  thread.refuse();
  const after = thread.ask({ kind: 'echo' });
  const close = thread.ask({ kind: 'close' });
  await expect(after).rejects.toMatchObject({ code: 'STOPPED' });
  expect(await Promise.all([before, close])).toEqual(['echo', 'close']);
  await thread.terminate();
  await expect(thread.ask({ kind: 'close' })).rejects.toMatchObject({ code: 'STOPPED' });
  expect(failures).toEqual([]);
});

test('a request that cannot be sent is refused, and leaves nothing outstanding', async () => {
  await expect(thread.ask({ kind: 'echo', body: () => undefined })).rejects.toThrow('could not be cloned');
  expect(await thread.ask({ kind: 'echo' })).toBe('echo');
});
