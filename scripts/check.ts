// `npm run check`: types, lint, unused code, and whether what is made from the code is up to date. Each failure says what mends it.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { printedSchema } from '../src/schema/schema.ts';
import { codemap } from './codemap.ts';
import { readmeWithTables } from './readme-tables.ts';
import { root } from './source-files.ts';

interface Check {
  readonly name: string;
  readonly remedy: string;
  run(): string | null;
}

function command(...words: readonly string[]): () => string | null {
  return () => {
    const [name = '', ...rest] = words;
    const result = spawnSync(path.join(root, 'node_modules/.bin', name), rest, { cwd: root, encoding: 'utf8' });
    return result.status === 0 ? null : `${result.stdout}${result.stderr}`;
  };
}

function fresh(file: string, expected: () => string): () => string | null {
  return () =>
    readFileSync(path.join(root, file), 'utf8') === expected() ? null : `${file} is not what the code makes`;
}

const checks: readonly Check[] = [
  { name: 'types', remedy: 'mend what tsc names', run: command('tsc', '-p', '.') },
  { name: 'lint and format', remedy: 'npx biome check --write .', run: command('biome', 'check', '.') },
  { name: 'unused code', remedy: 'delete what knip names', run: command('knip') },
  { name: 'schema/schema.graphql', remedy: 'npm run schema', run: fresh('schema/schema.graphql', printedSchema) },
  { name: 'docs/codemap.md', remedy: 'npm run map', run: fresh('docs/codemap.md', codemap) },
  { name: 'tables in README.md', remedy: 'npm run readme', run: fresh('README.md', readmeWithTables) },
];

let failed = 0;
for (const { name, remedy, run } of checks) {
  const problem = run();
  console.log(`${problem === null ? 'ok' : 'FAILED'}  ${name}`);
  if (problem === null) continue;
  failed += 1;
  console.log(`${problem.trimEnd()}\n  → ${remedy}\n`);
}
process.exitCode = failed === 0 ? 0 : 1;
