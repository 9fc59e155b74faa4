// The library that records calls and lets them fail touches only files below its folder.
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type TempFolder, tempFolder } from '../../support/temp-folder.ts';
import { startRecorded } from './disk-library.ts';

const script = path.join(import.meta.dirname, 'reused-descriptor.process.ts');
const { ENOSPC } = constants.errno;
let folder: TempFolder;

beforeEach(() => {
  folder = tempFolder();
});

afterEach(() => folder.remove());

test('writes to another file do not fail where it has the number of a watched file that was closed', async () => {
  const watched = path.join(folder.path, 'watched');
  mkdirSync(watched);
  const other = path.join(folder.path, 'other');
  const child = startRecorded({
    script,
    words: [path.join(watched, 'file'), other],
    folder: watched,
    record: path.join(folder.path, 'record'),
    fault: { call: 'write', errno: ENOSPC, at: 1, times: 2 ** 31 },
  });
  const [output] = await Promise.all([text(child.stdout as NodeJS.ReadableStream), once(child, 'close')]);
  expect(output).toBe('ENOSPC, same number, written');
  expect(readFileSync(other, 'utf8')).toBe('text');
});
