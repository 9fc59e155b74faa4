// Memory that was released goes back to the system: in a process of its own, for its flags are those of all its threads.
import path from 'node:path';
import { expect, test } from 'vitest';
import { printed, startChild } from '../../bench/support/leftovers.ts';

const script = path.resolve(import.meta.dirname, '../support/release-heap.process.ts');
// By itself V8 gives memory back after 100 s at the latest.
const patienceMs = 60_000;

async function released(nodeFlags: readonly string[], words: readonly string[] = []): Promise<string> {
  await using child = await startChild({
    program: process.execPath,
    words: ['--no-warnings', ...nodeFlags, script, ...words],
  });
  return await printed(child, /^given back$/m);
}

// By itself V8 looks every 8 s.
const looksOften = '--gc-memory-reducer-start-delay-ms=100';

test('a process that is never idle gives released memory back', { timeout: patienceMs }, async () => {
  expect(await released([looksOften])).toBe('given back');
});

test('memory of which nothing is said is given back once it grows no more', { timeout: patienceMs }, async () => {
  expect(await released([looksOften], ['unsaid'])).toBe('given back');
});

test('what V8 does not give back by itself is collected at the end', { timeout: patienceMs }, async () => {
  expect(await released(['--no-memory-reducer'], ['ticks'])).toBe('given back');
});
