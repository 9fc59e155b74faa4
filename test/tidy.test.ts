// Style as a test: which room may import which, how long files and functions may be, what may not be called where, which test runs when.
import { globSync } from 'node:fs';
import { expect, test } from 'vitest';
import { root, type SourceFile, sourceFiles } from '../scripts/source-files.ts';
import { repeating, type Suite, suites } from './support/suites.ts';

const files = sourceFiles('src');

/** Rooms that a room may import; every one may import itself. */
const imports: Readonly<Record<string, readonly string[]>> = {
  base: [],
  points: ['base'],
  aggregates: ['base'],
  store: ['base', 'points'],
  changes: ['base', 'store'],
  series: ['base', 'points', 'store'],
  feeds: ['base', 'points', 'store', 'series'],
  windows: ['base', 'points', 'store', 'series', 'aggregates'],
  alerts: ['base', 'points', 'store', 'changes'],
  insights: ['base', 'points'],
  forecast: [],
  dashboards: ['base', 'store', 'windows', 'alerts'],
  sources: ['base', 'points'],
  engine: [
    'base',
    'points',
    'aggregates',
    'store',
    'series',
    'feeds',
    'windows',
    'changes',
    'alerts',
    'insights',
    'forecast',
    'dashboards',
    'sources',
  ],
  schema: [
    'base',
    'points',
    'aggregates',
    'series',
    'feeds',
    'windows',
    'alerts',
    'insights',
    'forecast',
    'dashboards',
    'engine',
  ],
  fanout: ['base'],
  server: ['base', 'points', 'engine', 'schema', 'fanout', 'client'],
  settings: ['base'],
  src: ['base', 'settings', 'points', 'store', 'engine', 'schema', 'server', 'sources'],
  cli: ['base', 'settings', 'points', 'sources', 'schema', 'src'],
  main: ['cli'],
  client: [],
};
/** Below the schema nothing knows GraphQL, sockets or HTTP. */
const graphqlRooms = ['schema', 'fanout', 'server', 'src', 'cli', 'main', 'client'];
const graphqlPackages = /^(graphql|graphql-.*|ws|@pothos\/.*|node:http)$/;

const bannedCalls: readonly { pattern: RegExp; allowed: RegExp; remedy: string }[] = [
  { pattern: /\bDate\.now\(/, allowed: /^src\/base\/clock\.ts$/, remedy: 'take a Clock' },
  { pattern: /\bset(Timeout|Interval)\(/, allowed: /^src\/(base\/clock|client\/client)\.ts$/, remedy: 'take a Clock' },
  { pattern: /\bMath\.random\(/, allowed: /^$/, remedy: 'take it as a parameter' },
  { pattern: /\brandom(Bytes|UUID)\(/, allowed: /^src\/base\/ids\.ts$/, remedy: 'base/ids.ts' },
  { pattern: /\bprocess\.env\b/, allowed: /^src\/cli\//, remedy: 'settings.ts' },
  { pattern: /\bEventEmitter\b/, allowed: /^$/, remedy: 'call it, or put it on the list of effects' },
  { pattern: /\bconsole\./, allowed: /^$/, remedy: 'the logger' },
  { pattern: /\b(TODO|FIXME|XXX)\b/, allowed: /^$/, remedy: 'do it, or write it down elsewhere' },
  { pattern: /subscribe: async \*|subscribe\(\) \{\s*async function\*/, allowed: /^$/, remedy: 'a LiveIterator' },
];

const mostLines = 500;
const mostLinesAtP90 = 250;
const mostLinesOfFunction = 70;

function roomOf(path: string): string {
  if (path === 'src/main.ts') return 'main';
  const [, room = '', ...rest] = path.split('/');
  return rest.length === 0 ? 'src' : room;
}

function importsOf({ path, text }: SourceFile): { room: string; name: string }[] {
  const found: { room: string; name: string }[] = [];
  for (const [, name = ''] of text.matchAll(/(?:from|import)\s+'([^']+)'|import\('([^']+)'\)/g)) {
    if (!name.startsWith('.')) continue;
    const target = new URL(name, `file:///${path}`).pathname.slice(1);
    if (target.startsWith('src/')) found.push({ room: roomOf(target), name });
  }
  return found;
}

function packagesOf({ text }: SourceFile): string[] {
  return [...text.matchAll(/from '([^'.][^']*)'/g)].map(([, name = '']) => name);
}

/** Named functions and methods with their length, found by their braces. */
function functionsOf({ text }: SourceFile): { name: string; lines: number }[] {
  const lines = text.split('\n');
  const found: { name: string; lines: number }[] = [];
  for (const [start, line] of lines.entries()) {
    const match =
      /^(\s*)(?:export )?(?:async )?(?:function\*? (\w+)|(?:static |get |set |async )*\*?(#?\w+)\(.*\).*\{$)/.exec(
        line,
      );
    const name = match?.[2] ?? match?.[3];
    if (match === null || name === undefined || /^(if|for|while|switch|catch)$/.test(name)) continue;
    const end = lines.findIndex((other, i) => i > start && other === `${match[1]}}`);
    if (end > start) found.push({ name, lines: end - start + 1 });
  }
  return found;
}

test('rooms import only what lies below them', () => {
  const wrong = files.flatMap((file) => {
    const room = roomOf(file.path);
    const allowed = [room, ...(imports[room] ?? [])];
    return importsOf(file)
      .filter((imported) => !allowed.includes(imported.room))
      .map(({ name }) => `${file.path} imports ${name}`);
  });
  expect(wrong).toEqual([]);
});

test('nothing at or below the engine knows GraphQL, sockets or HTTP', () => {
  const below = files.filter(({ path }) => !graphqlRooms.includes(roomOf(path)));
  const wrong = below.flatMap((file) =>
    packagesOf(file)
      .filter((name) => graphqlPackages.test(name))
      .map((name) => `${file.path}: ${name}`),
  );
  expect(wrong).toEqual([]);
});

test('every file begins with what it is', () => {
  expect(files.filter(({ header }) => header === '').map(({ path }) => path)).toEqual([]);
});

test('files stay short', () => {
  const sizes = files.map(({ lines }) => lines).sort((a, b) => a - b);
  expect(files.filter(({ lines }) => lines > mostLines).map(({ path, lines }) => `${path}: ${lines}`)).toEqual([]);
  expect(sizes[Math.floor(sizes.length * 0.9)]).toBeLessThanOrEqual(mostLinesAtP90);
});

test('functions stay short', () => {
  const long = files.flatMap((file) =>
    functionsOf(file)
      .filter(({ lines }) => lines > mostLinesOfFunction)
      .map(({ name, lines }) => `${file.path}: ${name} has ${lines} lines`),
  );
  expect(long).toEqual([]);
});

test('time, chance and the environment come from one place each, and nothing is left to do', () => {
  const wrong = files.flatMap(({ path, text }) =>
    bannedCalls
      .filter(({ pattern, allowed }) => pattern.test(text) && !allowed.test(path))
      .map(({ pattern, remedy }) => `${path}: ${pattern.source} → ${remedy}`),
  );
  expect(wrong).toEqual([]);
});

test('each test file runs in `npm test` or in `npm run test:long`, and one with repeats runs in both', () => {
  const filesOf = ({ include, exclude }: Suite) => globSync(include, { cwd: root, exclude }).sort();
  const [quick, long] = [filesOf(suites.quick), filesOf(suites.long)];
  const texts = sourceFiles('test');
  const withTests = texts.filter(({ text }) => /^\s*(test|it|describe)(\.\w+)*\(/m.test(text)).map(({ path }) => path);
  expect(withTests.length).toBeGreaterThan(100);
  expect([...new Set([...quick, ...long])].sort()).toEqual(withTests.sort());
  expect(quick.filter((path) => long.includes(path))).toEqual(repeating);
  const repeats = texts.filter(({ text }) => /from '.*support\/repeats\.ts'/.test(text)).map(({ path }) => path);
  expect(repeats.sort()).toEqual(repeating);
});

test('the rules see what they are for', () => {
  const bad = {
    path: 'src/store/bad.ts',
    lines: 3,
    header: '',
    text: "import { a } from '../engine/engine.ts';\nDate.now();",
  };
  expect(importsOf(bad)).toEqual([{ room: 'engine', name: '../engine/engine.ts' }]);
  expect(bannedCalls.some(({ pattern }) => pattern.test(bad.text))).toBe(true);
  const long = `function f() {\n${'  x();\n'.repeat(80)}}\n`;
  expect(functionsOf({ ...bad, text: long })).toEqual([{ name: 'f', lines: 82 }]);
});
