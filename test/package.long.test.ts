// The package as another project gets it: packed, unpacked into an empty folder beside the packages that it names, and used there.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { ask, ingest } from './support/graphql.ts';
import { type TempFolder, tempFolder } from './support/temp-folder.ts';

const root = path.resolve(import.meta.dirname, '..');
const patienceMs = 60_000;
let folder: TempFolder;

beforeAll(() => {
  folder = tempFolder();
  const packed = execFileSync('npm', ['pack', '--pack-destination', folder.path], { cwd: root, encoding: 'utf8' });
  const modules = path.join(folder.path, 'node_modules');
  const own = path.join(modules, 'pulseql');
  mkdirSync(own, { recursive: true });
  const archive = path.join(folder.path, packed.trim().split('\n').at(-1) as string);
  execFileSync('tar', ['xzf', archive, '-C', own, '--strip-components=1']);
  // What npm would install; nothing that only this project's development needs, but for the types that a program needs itself.
  for (const name of [...Object.keys(packageJson.dependencies), '@types/node']) {
    const link = path.join(modules, name);
    mkdirSync(path.dirname(link), { recursive: true });
    symlinkSync(path.join(root, 'node_modules', name), link);
  }
  // As `npm init -y` makes it.
  write('package.json', '{ "type": "commonjs" }');
}, patienceMs);

afterAll(() => folder.remove());

function write(name: string, text: string): void {
  writeFileSync(path.join(folder.path, name), text);
}

const readme = readFileSync(path.join(root, 'README.md'), 'utf8');

/** Under which name the README says to run an example. */
function nameOf(example: 'example' | 'watch'): string {
  return new RegExp(`\`node (${example}\\.\\w+)\``).exec(readme)?.[1] as string;
}

function exampleOf(language: string): string {
  return new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'ms').exec(readme)?.[1] as string;
}

/** Runs Node.js in the folder. */
function node(...args: readonly string[]) {
  const child = spawn(process.execPath, args, { cwd: folder.path, stdio: 'pipe' });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, ...output }));
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, output, ended };
}

const command = 'node_modules/pulseql/dist/main.js';

test('brings what runs, with its types, and no sources, tests or data', () => {
  const files = execFileSync('find', ['node_modules/pulseql', '-type', 'f'], { cwd: folder.path, encoding: 'utf8' });
  const odd = files
    .split('\n')
    .filter((file) => !/\/dist\/.*\.(js|d\.ts)$|\/schema\/|\.(md|json)$|LICENSE$|^$/.test(file));
  expect(odd).toEqual([]);
});

test('runs the library example of the README, on a file', async () => {
  write(nameOf('example'), exampleOf('ts'));
  const { code, stdout, stderr } = await node(nameOf('example')).ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^12.5\nhttp:\/\/127.0.0.1:\d+\n$/);
});

test(
  'its types fit a program that is checked strictly, those of packages too',
  () => {
    write('example.mts', exampleOf('ts'));
    write(
      'client.mts',
      exampleOf('js').replace('{ dataUpdates } of client.subscribe(', '{ dataUpdates } of client.subscribe<any>('),
    );
    const compilerOptions = {
      module: 'nodenext',
      target: 'es2024',
      lib: ['es2024', 'esnext.iterator', 'dom'],
      strict: true,
      noEmit: true,
      types: ['node'],
    };
    write('tsconfig.json', JSON.stringify({ compilerOptions, files: ['example.mts', 'client.mts'] }));
    const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
    expect(execFileSync(process.execPath, [tsc, '-p', '.'], { cwd: folder.path, encoding: 'utf8' })).toBe('');
  },
  patienceMs,
);

test('its command explains itself', async () => {
  const { code, stdout } = await node(command, '--help').ended;
  expect([code, stdout]).toEqual([0, expect.stringContaining('Usage: pulseql COMMAND')]);
});

test('its command serves a file until SIGTERM, and its client watches', async () => {
  const { child, output, ended } = node(command, 'serve', '--port', '0', '--source', 'none', '--data', 'served');
  while (!output.stdout.includes('listening on')) await once(child.stdout, 'data');
  const url = /listening on (\S+)/.exec(output.stdout)?.[1] as string;
  await ingest(url, [{ entityType: 'orders', serviceId: 'web', data: { amount: 7 } }]);
  write(
    nameOf('watch'),
    `${exampleOf('js').replace('ws://127.0.0.1:4000', url.replace('http', 'ws')).replace('REALTIME', 'REALTIME, last: 1')}`,
  );
  const watch = node(nameOf('watch'));
  while (!watch.output.stdout.includes('amount: 7')) await once(watch.child.stdout, 'data');
  watch.child.kill();
  const { data } = await ask<{ status: { version: string } }>(url, '{ status { version } }');
  expect(data.status.version).toBe(packageJson.version);
  child.kill('SIGTERM');
  expect(await ended).toMatchObject({ code: 0, stderr: '' });
});

test('its command says in a sentence that it needs a newer Node.js', async () => {
  const old = 'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.19.0" } })';
  const { code, stderr } = await node('--import', `data:text/javascript,${old}`, command, 'serve').ended;
  expect([code, stderr]).toEqual([1, expect.stringMatching(/^pulseql needs Node.js 24 or later; this is v\S+\n$/)]);
});
