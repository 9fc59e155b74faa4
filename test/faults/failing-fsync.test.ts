// A disk whose fsync fails: nothing is acknowledged from then on, and what was acknowledged before is there.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { programOf } from '../../scripts/system-packages.ts';
import { systemClock } from '../../src/base/clock.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { readAll } from '../store/reading.ts';
import type { Line } from '../support/append-until-killed.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { type Acknowledged, checkPoints, noteLine } from './acknowledged.ts';

const script = path.resolve(import.meta.dirname, '../support/append-until-killed.ts');

test('once an fsync has failed nothing is acknowledged any more, and the store can still be closed', async ({
  skip,
}) => {
  const strace = programOf('strace');
  const folder = tempFolder();
  const file = path.join(folder.path, 'pulseql.db');
  try {
    const inject = [
      '-f',
      '-qqq',
      '-o',
      '/dev/null',
      '-e',
      'trace=fsync,fdatasync',
      '-e',
      'inject=fsync,fdatasync:error=EIO:when=40+',
    ];
    const child = spawn(strace, [...inject, process.execPath, '--no-warnings', script, file, 'run'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [output, warnings, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);
    if (output === '' && warnings.includes('ptrace')) skip('this machine does not let us trace');
    const lines = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
    const firstFailure = lines.findIndex((line) => 'failed' in line);
    expect(firstFailure).toBeGreaterThan(5);
    expect(new Set(lines.slice(firstFailure).map((line) => ('failed' in line ? line.failed : 'acknowledged')))).toEqual(
      new Set(['STORAGE_FAILED']),
    );
    expect(lines.length - firstFailure).toBe(15);
    for (const line of lines.slice(firstFailure)) {
      expect(line).toMatchObject({ health: { ok: false, code: 'STORAGE_FAILED' } });
    }
    expect(code).toBe(0);
    const acknowledged: Acknowledged = { batches: new Map(), document: 0 };
    for (const line of lines.slice(0, firstFailure)) noteLine(line, acknowledged);
    const storage = await openSqliteStore({
      clock: systemClock,
      file,
      onWarning: (error) => expect.fail(error.message),
    });
    checkPoints(await readAll(storage.log), acknowledged);
    expect((await storage.store.get('setting', 'count'))?.version).toBeGreaterThanOrEqual(acknowledged.document);
    await storage.close();
  } finally {
    folder.remove();
  }
});
