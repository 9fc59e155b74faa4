// `npm run faults -- PART …` runs test/faults/PART/part.ts with the words after it; without a name the parts are listed.
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import '../support/quick-start.ts';
import { report } from '../support/report.ts';

/** What test/faults/PART/part.ts exports as `part`. */
export interface FaultPart {
  readonly summary: string;
  /** The words that it understands. */
  readonly usage: string;
  /** False: the part has found a fault. */
  run(words: readonly string[]): Promise<boolean>;
}

async function load(name: string): Promise<FaultPart> {
  const { part } = (await import(`./${name}/part.ts`)) as { part: FaultPart };
  return part;
}

const names = readdirSync(import.meta.dirname)
  .filter((name) => existsSync(path.join(import.meta.dirname, name, 'part.ts')))
  .sort();

async function list(): Promise<void> {
  for (const name of names) {
    const { summary, usage } = await load(name);
    report(`${name.padEnd(12)} ${summary}\n${' '.repeat(13)}npm run faults -- ${name} ${usage}`);
  }
}

async function run(name: string, words: readonly string[]): Promise<void> {
  const begun = performance.now();
  const passed = await (await load(name)).run(words);
  report(`${passed ? 'passed' : 'FAILED'}: ${name}, ${((performance.now() - begun) / 1000).toFixed(0)} s\n`);
  if (!passed) process.exitCode = 1;
}

// Temporary folders and children are cleared away when the process exits.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));
const [wanted, ...words] = process.argv.slice(2);
if (wanted === undefined) await list();
else if (wanted === 'all') for (const name of names) await run(name, []);
else if (names.includes(wanted)) await run(wanted, words);
else {
  report(`there is no part ${JSON.stringify(wanted)}; there are ${names.join(', ')} and all`);
  process.exitCode = 2;
}
