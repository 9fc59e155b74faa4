// A changed byte anywhere in the store's files, or one of them cut short: it is found and named, or it makes no difference. Never another answer.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isPulseError } from '../../src/base/errors.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { openInProcess } from '../support/in-process-store.ts';
import { randomFrom, seedOfRun } from '../support/random.ts';
import { repeats } from '../support/repeats.ts';
import { report } from '../support/report.ts';
import { type TempFolder, tempFolder } from '../support/temp-folder.ts';
import { answersOf, fillFirst, fillSecond, openThreaded, readingClock } from './everything.ts';

/** How many bytes are changed, one at a time. PULSEQL_FLIPS sets another count; then all are read by the store with its threads. */
const flips = repeats({ quick: 20, long: 150, variable: 'PULSEQL_FLIPS' });
const everyThreaded = process.env['PULSEQL_FLIPS'] === undefined ? 10 : 1;

interface Source {
  readonly name: string;
  readonly folder: string;
  /** What it answers unharmed. */
  readonly answers: string;
}

let temporary: TempFolder;
let sources: Source[];

beforeAll(async () => {
  temporary = tempFolder();
  const live = path.join(temporary.path, 'live');
  const clock = new FakeClock();
  const first = await openThreaded(live, clock, (error) => assert.fail(error));
  await fillFirst(first, clock);
  await first.close();
  const second = await openThreaded(live, clock, (error) => assert.fail(error));
  await fillSecond(second, clock);
  // By another process: closing a file here would take the locks away that this process has on it.
  const withWal = path.join(temporary.path, 'with-wal');
  assert.equal(spawnSync('cp', ['-r', live, withWal]).status, 0);
  await second.close();
  rmSync(path.join(withWal, 'pulseql.db-shm'));
  assert.ok(existsSync(path.join(withWal, 'pulseql.db-wal')));
  sources = [];
  for (const [name, folder] of Object.entries({ 'with a write-ahead log': withWal, checkpointed: live })) {
    const outcome = await outcomeOf(folder, true);
    assert.ok('answers' in outcome, 'the unharmed store answers');
    assert.deepEqual(await outcomeOf(folder, false), outcome, 'with threads and without, the store answers the same');
    sources.push({ name, folder, answers: outcome.answers });
  }
});

afterAll(() => temporary.remove());

type Outcome = { readonly answers: string } | { readonly error: unknown };

/** What the store in a copy of the folder, changed by `harm`, answers to everything. */
async function outcomeOf(
  folder: string,
  threaded: boolean,
  harm: (copy: string) => void = () => undefined,
): Promise<Outcome> {
  const copy = path.join(temporary.path, 'copy');
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(copy);
  cpSync(folder, copy, { recursive: true });
  harm(copy);
  const warnings: string[] = [];
  const onWarning = ({ message }: Error) => warnings.push(message);
  const clock = readingClock();
  const file = path.join(copy, 'pulseql.db');
  try {
    const storage = threaded ? await openThreaded(copy, clock, onWarning) : openInProcess({ clock, file, onWarning });
    try {
      const answers = await answersOf(storage);
      if (warnings[0] !== undefined) throw new WarnedError(warnings[0]);
      return { answers: createHash('sha256').update(JSON.stringify(answers)).digest('hex') };
    } finally {
      await storage.close();
    }
  } catch (error) {
    return { error };
  }
}

/** Damage that was found, and can be done without. */
class WarnedError extends Error {}

interface Flip {
  readonly file: string;
  readonly at: number;
  readonly mask: number;
}

/** Anywhere, but in three of ten among the first bytes of a page, where one byte moves many. */
function draw(folder: string, random: () => number): Flip {
  const files = readdirSync(folder).filter((file) => readFileSync(path.join(folder, file)).length > 0);
  const choice = random();
  const small = files.filter((file) => /-(mark|lock)$/.test(file));
  const large = files.filter((file) => !small.includes(file));
  const from = choice < 0.05 ? small : large;
  const file = from[Math.floor(random() * from.length)] ?? 'pulseql.db';
  const { length } = readFileSync(path.join(folder, file));
  let at = Math.floor(random() * length);
  if (choice > 0.65 && file === 'pulseql.db') at = Math.min(length - 1, at - (at % 4096) + Math.floor(random() * 64));
  if (choice > 0.95) at = Math.floor(random() * Math.min(length, 200));
  return { file, at, mask: 1 + Math.floor(random() * 255) };
}

function flip(folder: string, { file, at, mask }: Flip): void {
  const bytes = readFileSync(path.join(folder, file));
  bytes[at] = (bytes[at] ?? 0) ^ mask;
  writeFileSync(path.join(folder, file), bytes);
}

function isNamed(error: unknown): boolean {
  if (error instanceof WarnedError) return true;
  if (!isPulseError(error) || !error.code.startsWith('STORAGE_')) return false;
  return /block -?\d+( to -?\d+)? of partition|row ".*" of table|table \w+ is damaged|pulseql\.db|the file is damaged/.test(
    error.message,
  );
}

/** Harms copy after copy and counts what came of it. */
async function harmMany(
  what: string,
  times: number,
  harmOne: (source: Source, random: () => number) => Harm,
): Promise<void> {
  const seed = seedOfRun();
  const random = randomFrom(seed);
  const counts = { found: 0, harmless: 0 };
  const wrong: string[] = [];
  for (let i = 0; i < times; i += 1) {
    const source = sources[i % sources.length] as Source;
    const { name, harm } = harmOne(source, random);
    const outcome = await outcomeOf(source.folder, i % everyThreaded === 0, harm);
    if ('answers' in outcome && outcome.answers === source.answers) counts.harmless += 1;
    else if ('error' in outcome && isNamed(outcome.error)) counts.found += 1;
    else wrong.push(`${source.name}, ${name}: ${'error' in outcome ? outcome.error : 'another answer'}`);
  }
  report(`${times} ${what} with PULSEQL_SEED=${seed}: ${counts.found} found, ${counts.harmless} made no difference`);
  expect(wrong, `with PULSEQL_SEED=${seed}`).toEqual([]);
}

interface Harm {
  readonly name: string;
  harm(copy: string): void;
}

test('a changed byte in any file of the store is found and named, or makes no difference', async () => {
  await harmMany('flips', flips, ({ folder }, random) => {
    const one = draw(folder, random);
    return { name: JSON.stringify(one), harm: (copy) => flip(copy, one) };
  });
}, 3_600_000);

test('a file of the store that was cut short is found and named, or makes no difference', async () => {
  await harmMany('cuts', Math.ceil(flips / 8), ({ folder }, random) => {
    const files = readdirSync(folder);
    const file = files[Math.floor(random() * files.length)] ?? 'pulseql.db';
    const to = Math.floor((random() * 1.1 - 0.1) * readFileSync(path.join(folder, file)).length);
    return { name: `${file} cut to ${to}`, harm: (copy) => truncateSync(path.join(copy, file), Math.max(0, to)) };
  });
}, 3_600_000);
