// `ingest`: a file of points to a server, timestamps as they are.
import { parseArgs } from 'node:util';
import { badUserInput } from '../base/errors.ts';
import type { PointInput } from '../points/point.ts';
import type { Sink } from '../sources/sink.ts';
import type { Command } from './command.ts';
import { httpSink, newSums, SendError, type Sums } from './http-sink.ts';
import { progressBar } from './progress.ts';
import { openPointFile, type PointFile } from './read-file.ts';

const pointsPerRequest = 2000;
export const defaultUrl = 'http://127.0.0.1:4000';

const options = {
  url: { type: 'string', default: defaultUrl },
  'entity-type': { type: 'string' },
  service: { type: 'string' },
} as const;

export const ingestCommand: Command = {
  help: () =>
    [
      'Usage: pulseql ingest FILE|- [options]',
      '',
      'FILE is NDJSON, a point a line, or CSV where its name ends in .csv; - is NDJSON on standard input.',
      '',
      `  --url URL            the server [${defaultUrl}]`,
      '  --entity-type NAME   of points that name none',
      '  --service NAME       of points that name none',
    ].join('\n'),
  run: runIngest,
};

async function runIngest(words: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...words], options, allowPositionals: true });
  const [name] = positionals;
  if (name === undefined || positionals.length > 1) throw badUserInput('name one file, or - for standard input');
  const sums = newSums();
  const sink = httpSink(values.url, sums);
  const file = await openPointFile(name, defaultsOf(values));
  return reported(sums, () => sendAll(file, sink, sums));
}

/** Sends, and says what became of the points, also where the file ends in an error or sending fails. Errors: those of both. */
export async function reported(sums: Sums, send: () => Promise<unknown>): Promise<number> {
  try {
    await send();
  } catch (error) {
    // Where the first request failed, what became of its points is not known.
    const isKnown = !(error instanceof SendError) || sums.accepted + sums.duplicates + sums.rejected > 0;
    if (isKnown) report(sums);
    throw error;
  }
  return report(sums);
}

/** What --entity-type and --service say. */
export function defaultsOf(values: {
  readonly 'entity-type'?: string | undefined;
  readonly service?: string | undefined;
}) {
  return {
    ...(values['entity-type'] === undefined ? {} : { entityType: values['entity-type'] }),
    ...(values.service === undefined ? {} : { serviceId: values.service }),
  };
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

/** Says what became of the points; 1 where some were rejected. */
function report({ accepted, duplicates, rejected, reasons }: Sums): number {
  process.stdout.write(`${accepted} accepted, ${duplicates} duplicates, ${rejected} rejected\n`);
  for (const reason of reasons) process.stderr.write(`${reason}\n`);
  if (rejected > reasons.length) process.stderr.write(`… and ${rejected - reasons.length} more\n`);
  return rejected === 0 ? 0 : 1;
}
