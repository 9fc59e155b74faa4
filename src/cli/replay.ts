// `replay`: a file of points to a server as if it happened now, faster or slower.
import { parseArgs } from 'node:util';
import { wakefulClock } from '../base/clock.ts';
import { badUserInput } from '../base/errors.ts';
import { replayPoints } from '../sources/replay.ts';
import { BadRows } from './bad-rows.ts';
import type { Command } from './command.ts';
import { httpSink, newSums } from './http-sink.ts';
import { csvOptionsOf, importHelp, importOptions } from './import-options.ts';
import { reported } from './ingest.ts';
import { openPointFile } from './read-file.ts';

const options = { ...importOptions, speed: { type: 'string', default: '1' } } as const;

export const replayCommand: Command = {
  help: () =>
    [
      'Usage: pulseql replay FILE [options]',
      '',
      'The first point is moved to now, the others keep their distance, divided by the speed.',
      '',
      '  --speed N             times as fast as it happened [1]',
      ...importHelp,
    ].join('\n'),
  run: runReplay,
};

async function runReplay(words: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...words], options, allowPositionals: true });
  const [name] = positionals;
  const speed = Number(values.speed);
  if (name === undefined || positionals.length > 1) throw badUserInput('name one file, or - for standard input');
  if (!(speed > 0)) throw badUserInput(`--speed must be a number above 0, not ${JSON.stringify(values.speed)}`);
  const sums = newSums();
  const sink = httpSink(values.url, sums);
  const badRows = new BadRows();
  const file = await openPointFile(name, { csv: csvOptionsOf(values), badRows, withKeys: false });
  const stopping = new AbortController();
  process.once('SIGINT', () => stopping.abort());
  const { signal } = stopping;
  return reported(sums, badRows, () => replayPoints(file.points, { sink, clock: wakefulClock, speed, signal }));
}
