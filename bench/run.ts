// `npm run bench -- NAME …` runs bench/NAME.ts with the words behind it, `npm run bench -- all` runs each, without a name they are listed.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { leaveNothing } from './support/leftovers.ts';

/** What a file of this folder exports. */
export interface Bench {
  readonly question: string;
  readonly usage: string;
  run(words: readonly string[]): Promise<void>;
}

async function load(name: string): Promise<Bench> {
  const { bench } = (await import(`./${name}.ts`)) as { bench: Bench };
  return bench;
}

const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts') && file !== path.basename(import.meta.filename))
  .map((file) => path.basename(file, '.ts'))
  .sort();

async function list(): Promise<void> {
  for (const name of names) {
    const { question, usage } = await load(name);
    console.log(`${name.padEnd(8)} ${question}\n${' '.repeat(9)}npm run bench -- ${name} ${usage}`);
  }
}

const [wanted, ...words] = process.argv.slice(2);
leaveNothing();
if (wanted === undefined) await list();
else if (wanted === 'all') for (const name of names) await (await load(name)).run([]);
else if (names.includes(wanted)) await (await load(wanted)).run(words);
else {
  console.error(`there is no bench ${JSON.stringify(wanted)}; there are ${names.join(', ')} and all`);
  process.exitCode = 2;
}
