// Killing the process that appends, at any moment: what was acknowledged is there, once and whole, and all goes on.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { readAll } from '../store/reading.ts';
import { type Line, pointsOf } from '../support/append-until-killed.ts';
import { batchOf } from '../support/batches.ts';
import { randomFrom, seedOfRun } from '../support/random.ts';
import { repeats } from '../support/repeats.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { type Acknowledged, checkPoints, noteLine } from './acknowledged.ts';

const rounds = repeats({ quick: 2, long: 6, variable: 'PULSEQL_KILLS' });
const script = path.resolve(import.meta.dirname, '../support/append-until-killed.ts');

/** Lets a child append until it is killed, `ms` after its first acknowledgement. */
async function appendAndKill(file: string, run: string, ms: number, acknowledged: Acknowledged): Promise<void> {
  const child: ChildProcess = spawn(process.execPath, ['--no-warnings', script, file, run], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  try {
    assert(child.stdout !== null);
    const lines = createInterface(child.stdout);
    lines.on('line', (text) => {
      const line = JSON.parse(text) as Line;
      if ('failed' in line) throw new Error(`the child failed: ${line.failed}`);
      noteLine(line, acknowledged);
    });
    await once(lines, 'line');
    await sleep(ms);
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}

const limitMs = 60_000 + rounds * 10_000;

test(
  'what was acknowledged before a kill is there afterwards, once and whole, and offsets go on',
  async () => {
    const seed = seedOfRun();
    const random = randomFrom(seed);
    const folder = tempFolder();
    const file = path.join(folder.path, 'pulseql.db');
    const acknowledged: Acknowledged = { batches: new Map(), document: 0 };
    try {
      for (let round = 1; round <= rounds; round += 1) {
        await appendAndKill(file, `round ${round}`, random() * 400, acknowledged);
        // In every other round the next child finds the file as the killed one left it.
        if (round % 2 === 1 && round < rounds) continue;
        const storage = await openSqliteStore({ clock: systemClock, file, onWarning: (error) => assert.fail(error) });
        checkPoints(await readAll(storage.log), acknowledged);
        const document = await storage.store.get('setting', 'count');
        assert.ok((document?.version ?? 0) >= acknowledged.document, 'the document is as new as acknowledged');
        await retry(storage.log, acknowledged);
        await storage.close();
      }
    } catch (error) {
      throw new Error(`with PULSEQL_SEED=${seed}: ${(error as Error).message}`, { cause: error });
    } finally {
      folder.remove();
    }
    expect(acknowledged.batches.size).toBeGreaterThan(rounds);
  },
  limitMs,
);

/** Who sends a batch again after the restart gets the same answer, or stores it now; its points by key likewise. */
async function retry(log: Parameters<typeof readAll>[0], acknowledged: Acknowledged): Promise<void> {
  const [batch, { first, count }] = [...acknowledged.batches].at(-1) ?? ['', { first: 0, count: 0 }];
  const again = await log.append(batchOf(log, pointsOf(batch, count), { id: batch }));
  assert.deepEqual([again.repeated, again.first, again.count], [true, first, count]);
  const byKey = await log.append(batchOf(log, pointsOf(batch, count)));
  assert.deepEqual([byKey.count, byKey.duplicates.length], [0, count]);
}
