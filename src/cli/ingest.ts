// `ingest`: a file of points to a server, timestamps as they are.
import { parseArgs } from 'node:util';
import { badUserInput } from '../base/errors.ts';
import { maxRejectedRun } from '../points/line-guard.ts';
import type { PointInput } from '../points/point.ts';
import type { Sink } from '../sources/sink.ts';
import { BadRows } from './bad-rows.ts';
import type { Command } from './command.ts';
import { dryRun } from './dry-run.ts';
import { httpSink, newSums, SendError, type Sums } from './http-sink.ts';
import { csvOptionsOf, importHelp, importOptions } from './import-options.ts';
import { progressBar } from './progress.ts';
import { openPointFile, type PointFile } from './read-file.ts';

// The server gives a request up after so many rejected lines in a row: a file whose beginning is too old goes on with the next one.
const pointsPerRequest = maxRejectedRun - 1;

const options = {
  ...importOptions,
  'dry-run': { type: 'boolean', default: false },
  'no-keys': { type: 'boolean', default: false },
} as const;

export const ingestCommand: Command = {
  help: () =>
    [
      'Usage: pulseql ingest FILE|- [options]',
      '',
      'FILE is NDJSON, a point a line, or CSV where its name ends in .csv or .tsv; - is NDJSON on standard input.',
      'Points of a file get a key of its name, their place and their content: a file that is sent again within 24 h is not stored twice.',
      '',
      '  --dry-run             says what would be sent, and sends nothing',
      '  --no-keys             points without a key get none',
      ...importHelp,
    ].join('\n'),
  run: runIngest,
};

async function runIngest(words: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...words], options, allowPositionals: true });
  const [name] = positionals;
  if (name === undefined || positionals.length > 1) throw badUserInput('name one file, or - for standard input');
  const badRows = new BadRows();
  const sums = newSums();
  const csv = csvOptionsOf(values);
  const withKeys = !values['no-keys'];
  if (values['dry-run']) return dryRun(await openPointFile(name, { csv, badRows, withKeys }), badRows);
  const places: { of?: PointFile['placeOf'] } = {};
  const sink = httpSink(values.url, sums, (point) => places.of?.(point));
  const file = await openPointFile(name, { csv, badRows, withKeys });
  places.of = file.placeOf;
  return reported(sums, badRows, () => sendAll(file, sink, sums));
}

/** Sends, and says what became of the points, also where the file ends in an error or sending fails. Errors: those of both. */
export async function reported(sums: Sums, badRows: BadRows, send: () => Promise<unknown>): Promise<number> {
  try {
    await send();
  } catch (error) {
    // Where the first request failed, what became of its points is not known.
    const isKnown = !(error instanceof SendError) || sums.accepted + sums.duplicates + sums.rejected > 0;
    if (isKnown) report(sums, badRows);
    throw error;
  }
  return report(sums, badRows);
}

async function sendAll(file: PointFile, sink: Sink, sums: Sums): Promise<void> {
  const progress = progressBar(file.totalBytes);
  let batch: PointInput[] = [];
  try {
    for await (const point of file.points) {
      batch.push(point);
      if (batch.length < pointsPerRequest) continue;
      await sink.send(batch);
      batch = [];
      progress.update(file.bytesRead(), sums.accepted);
    }
    if (batch.length > 0) await sink.send(batch);
    progress.update(file.bytesRead(), sums.accepted);
  } finally {
    progress.stop();
  }
}

/** Says what became of the points; 1 where some were rejected, by the server or because they cannot be read. */
function report({ accepted, duplicates, rejected, reasons }: Sums, badRows: BadRows): number {
  const all = rejected + badRows.count;
  process.stdout.write(`${accepted} accepted, ${duplicates} duplicates, ${all} rejected\n`);
  process.stderr.write(badRows.text);
  for (const reason of reasons) process.stderr.write(`${reason}\n`);
  if (rejected > reasons.length) process.stderr.write(`… and ${rejected - reasons.length} more\n`);
  return all === 0 ? 0 : 1;
}
