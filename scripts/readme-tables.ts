// The README's tables of settings and limits, made from the code, and the README with them in their places.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { variableOf } from '../src/settings/read-settings.ts';
import { settings } from '../src/settings/rows.ts';
import type { Setting } from '../src/settings/setting.ts';
import { fixedLimits } from './fixed-limits.ts';
import { root } from './source-files.ts';

/** The README as it should be. */
export function readmeWithTables(): string {
  const text = readFileSync(path.join(root, 'README.md'), 'utf8');
  return withTable(withTable(text, 'settings', settingsTable()), 'fixed limits', fixedLimitsTable());
}

function settingsTable(): string {
  const rows = (settings as readonly Setting[]).map(({ name, default: value, help, past }) => [
    `\`--${name}\``,
    `\`${variableOf(name)}\``,
    value === '' ? '' : `\`${value}\``,
    help,
    past ?? '',
  ]);
  return table(['flag', 'variable', 'default', 'what it is', 'past it'], rows);
}

function fixedLimitsTable(): string {
  const rows = fixedLimits.map(({ what, value, past }) => [what, value, past]);
  return table(['what', 'at most', 'past it'], rows);
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [heads, heads.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function withTable(text: string, name: string, rows: string): string {
  const begin = `<!-- ${name}: npm run readme -->`;
  const end = `<!-- /${name} -->`;
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`README.md has no place for the ${name} between ${begin} and ${end}`);
  return `${text.slice(0, from)}${begin}\n${rows}\n${text.slice(to)}`;
}
