// How long the event loop of the server is held at most by what clients may ask for, seen from inside and from outside.
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { type AttackedServer, startAttackedServer } from '../test/faults/support/attacked-server.ts';
import { Witness } from '../test/faults/support/witness.ts';
import type { Bench } from './run.ts';
import { project } from './support/delivery-served.ts';
import { type LoopCase, loopCases } from './support/loop-cases.ts';
import type { LoopHold } from './support/loop-hold.process.ts';
import { machine, versions } from './support/machine.ts';
import { table } from './support/summary.ts';

const options = { only: { type: 'string', default: '' } } as const;
const columns = ['', 'longest hold', 'in CPU', 'longest /health/live', 'wall time', 'main thread CPU', 'it ended with'];

export const bench: Bench = {
  question: 'the longest hold of the event loop by what clients may ask for',
  usage: '[--only PART OF A NAME]',
  async run(words) {
    const { values } = parseArgs({ args: [...words], options, strict: true });
    console.log(`## Loop: the longest hold of the event loop\n\n${machine()}; ${versions()}\n`);
    const rows: string[][] = [];
    for (const one of loopCases.filter(({ name }) => name.includes(values.only))) {
      const row = await measure(one);
      console.error(row.join('; '));
      rows.push(row);
    }
    console.log(table(columns, rows));
  },
};

/** On a server of its own. */
async function measure({ name, flags = [], prepare }: LoopCase): Promise<string[]> {
  const nodeFlags = ['--import', project('bench/support/loop-hold.process.ts')];
  await using server = await startAttackedServer({ flags, nodeFlags });
  const run = await prepare(server.url);
  await using witness = await Witness.start(server.url, { subscribers: 0, pointEveryMs: 0, liveEveryMs: 2 });
  await witness.figures();
  server.process.send('reset');
  const began = performance.now();
  const end = await Promise.race([run(), server.gone.then(() => server.ended ?? 'the server has ended')]);
  const wallMs = performance.now() - began;
  const hold = await holdOf(server);
  const { liveMs } = await witness.figures();
  const shown = [hold?.longestMs, hold?.longestCpuMs, Math.max(...liveMs), wallMs, hold?.mainThreadMs].map(
    milliseconds,
  );
  return [name, ...shown, end];
}

async function holdOf(server: AttackedServer): Promise<LoopHold | null> {
  if (server.ended !== null) return null;
  const answer = once(server.process, 'message');
  server.process.send('hold');
  const [hold] = (await answer) as [LoopHold];
  return hold;
}

function milliseconds(value: number | undefined): string {
  return value === undefined ? '–' : `${value.toFixed(value < 100 ? 1 : 0)} ms`;
}
