// The README's table of settings, made from src/settings.ts, and the README with that table in its place.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Setting, settings, variableOf } from '../src/settings.ts';
import { root } from './source-files.ts';

const begin = '<!-- settings: npm run readme -->';
const end = '<!-- /settings -->';

export function settingsTable(): string {
  const rows = (settings as readonly Setting[]).map(({ name, default: value, help, past }) => {
    const flag = `\`--${name}\``;
    return `| ${flag} | \`${variableOf(name)}\` | \`${value}\` | ${help} | ${past ?? ''} |`;
  });
  return ['| flag | variable | default | what it is | past it |', '| --- | --- | --- | --- | --- |', ...rows].join(
    '\n',
  );
}

/** The README as it should be. */
export function readmeWithSettings(): string {
  const text = readFileSync(path.join(root, 'README.md'), 'utf8');
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`README.md has no place for the settings between ${begin} and ${end}`);
  return `${text.slice(0, from)}${begin}\n${settingsTable()}\n${text.slice(to)}`;
}
