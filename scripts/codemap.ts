// The text of docs/codemap.md: each file of src with its header sentence and size, room by room in the order of reading.
import { type SourceFile, sourceFiles } from './source-files.ts';

const rooms = [
  'base',
  'settings',
  'points',
  'aggregates',
  'store',
  'changes',
  'series',
  'feeds',
  'windows',
  'alerts',
  'insights',
  'forecast',
  'dashboards',
  'engine',
  'schema',
  'fanout',
  'server',
  'sources',
  'cli',
  'client',
] as const;

export function codemap(): string {
  const files = sourceFiles('src');
  const parts = rooms.map((room) =>
    section(
      room,
      files.filter(({ path }) => path.startsWith(`src/${room}/`)),
    ),
  );
  const top = section(
    'src itself',
    files.filter(({ path }) => path.split('/').length === 2),
  );
  const intro = 'Made by `npm run map` from the first sentences of the files. Read the rooms in this order.';
  return ['# Code map', '', intro, '', ...parts, top].join('\n');
}

function section(title: string, files: readonly SourceFile[]): string {
  const lines = files.reduce((sum, file) => sum + file.lines, 0);
  const rows = files.map(
    ({ path, header, lines: size }) => `| \`${path.replace(/^src\//, '')}\` | ${size} | ${cell(header)} |`,
  );
  return [
    `## ${title} (${files.length} files, ${lines} lines)`,
    '',
    '| file | lines | what it is |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
