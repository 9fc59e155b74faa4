// Errors in the log, read from what pino wrote: by the command line to its standard error, by the library to a file.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import pino from 'pino';
import { afterAll, expect, test } from 'vitest';
import { PulseError } from '../../src/base/errors.ts';
import { type Logger, withPlainErrors } from '../../src/base/logger.ts';
import { createEngine } from '../../src/index.ts';
import { startServerProcess } from '../support/start-server.ts';
import { tempFolder } from '../support/temp-folder.ts';

const folder = tempFolder();
const file = path.join(folder.path, 'log');

type Line = Record<string, unknown>;

function linesOf(text: string): Line[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}

/** What pino wrote, after `write` has used a logger. */
async function written(write: (logger: Logger) => unknown): Promise<Line[]> {
  writeFileSync(file, '');
  await write(pino(pino.destination({ dest: file, sync: true })));
  return linesOf(readFileSync(file, 'utf8'));
}

test('an error is written with its type, message, stack, code, details and every cause, under any key', async () => {
  const disk = Object.assign(new TypeError('no room'), { code: 'ENOSPC', errno: -28 });
  const error = new PulseError(
    'STORAGE_FULL',
    'the disk is full',
    { limit: 7 },
    new Error('write failed', { cause: disk }),
  );
  const whole = {
    type: 'PulseError',
    message: 'the disk is full',
    code: 'STORAGE_FULL',
    details: { limit: 7 },
    stack: expect.stringMatching(/^PulseError: the disk is full\n +at .*logger\.test\.ts/),
    cause: {
      type: 'Error',
      message: 'write failed',
      cause: { type: 'TypeError', message: 'no room', code: 'ENOSPC', errno: -28, stack: expect.any(String) },
    },
  };
  for (const key of ['error', 'err', 'cause', 'again']) {
    const lines = await written((logger) => withPlainErrors(logger).error({ [key]: error, id: 'x' }, 'failed'));
    expect(lines).toMatchObject([{ level: 50, id: 'x', msg: 'failed', [key === 'err' ? 'error' : key]: whole }]);
  }
  const bare = await written((logger) => withPlainErrors(logger).error(error, 'failed'));
  expect(bare).toMatchObject([{ msg: 'failed', error: whole }]);
});

test('an error that is its own cause, one of many, and what is no error are written too', async () => {
  const circular = new Error('round');
  circular.cause = circular;
  const many = new AggregateError([new Error('one'), 'two'], 'all failed');
  const lines = await written((logger) => {
    const log = withPlainErrors(logger);
    log.warn({ error: circular }, 'a');
    log.info({ error: many }, 'b');
    log.error({ error: 'only text', count: 3 }, 'c');
  });
  expect(lines).toMatchObject([
    { level: 40, error: { message: 'round', cause: { message: 'round', cause: { message: 'round' } } } },
    { level: 30, error: { type: 'AggregateError', message: 'all failed', errors: [{ message: 'one' }, 'two'] } },
    { level: 50, error: 'only text', count: 3 },
  ]);
});

test("an engine's errors reach the logger of a program whole", async () => {
  const lines = await written(async (logger) => {
    const engine = await createEngine({ logger });
    engine.events.on('server:error', () => {
      throw new RangeError('the listener failed', { cause: new Error('because') });
    });
    engine.events.emit('server:error', { error: null, id: '1' });
    await engine.stop();
  });
  const error = {
    type: 'RangeError',
    message: 'the listener failed',
    stack: expect.stringContaining('logger.test.ts'),
    cause: { message: 'because' },
  };
  expect(lines).toMatchObject([{ msg: 'a listener of an event failed', event: 'server:error', error }]);
});

test('the command line writes an error whole to standard error', async () => {
  const script = path.join(folder.path, 'fails.mjs');
  writeFileSync(
    script,
    "process.once('SIGUSR2', () => void Promise.reject(Object.assign(new Error('lost', { cause: new Error('why') }), { code: 'E7' })));",
  );
  const server = await startServerProcess({ environment: { NODE_OPTIONS: `--import=${pathToFileURL(script)}` } });
  const whole = new Promise<string>((resolve) => {
    server.child.stderr?.on('data', () => server.stderr().endsWith('\n') && resolve(server.stderr()));
  });
  server.child.kill('SIGUSR2');
  const lines = linesOf(await whole);
  const error = {
    type: 'Error',
    message: 'lost',
    code: 'E7',
    stack: expect.stringContaining('fails.mjs'),
    cause: { message: 'why' },
  };
  expect(lines).toMatchObject([{ level: 50, msg: 'unhandled rejection', error }]);
  expect(await server.stop()).toEqual({ code: 0, signal: null });
});

afterAll(() => folder.remove());
