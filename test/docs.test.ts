// The docs run: links lead somewhere, GraphQL fits the schema, examples do what they say, tables name what the code has.
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { parse, validate } from 'graphql';
import { describe, expect, test } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { readmeWithTables } from '../scripts/readme-tables.ts';
import { root } from '../scripts/source-files.ts';
import { errorCodes } from '../src/base/errors.ts';
import { serverLimits } from '../src/options.ts';
import { schema } from '../src/schema/schema.ts';
import { closeReasons } from '../src/server/close-codes.ts';
import { costIssue, countIssue } from '../src/server/document-limits.ts';
import { readSettings } from '../src/settings/read-settings.ts';
import { blocks, read } from './support/docs-blocks.ts';
import { runProgram } from './support/run-program.ts';
import { startServer } from './support/start-server.ts';
import { tempFolder } from './support/temp-folder.ts';

const documents = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...readdirSync(path.join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
].sort();

describe.each(documents)('%s', (file) => {
  test('its links lead to files that are there', () => {
    const links = [...read(file).matchAll(/\]\(([^)#:\s]+)(?:#[^)]*)?\)/g)].map(([, link = '']) => link);
    const missing = links.filter((link) => !existsSync(path.join(root, path.dirname(file), link)));
    expect(missing).toEqual([]);
  });

  test('its GraphQL fits the schema', () => {
    const errors = blocks(file, 'graphql').flatMap((text) =>
      validate(schema, parse(text)).map(({ message }) => message),
    );
    expect(errors).toEqual([]);
  });
});

test.each(documents)('every GraphQL document of %s is within the default limits', (file) => {
  const limits = serverLimits(readSettings({}, {}));
  const issues = blocks(file, 'graphql').flatMap((text) => {
    const document = parse(text, { maxTokens: limits.maxTokens });
    const names = document.definitions.flatMap((one) => (one.kind === 'OperationDefinition' ? [one.name?.value] : []));
    const costs = names.map((operationName) => costIssue({ schema, document, operationName, now: Date.now() }, limits));
    return [countIssue(document, limits), ...costs].filter((issue) => issue !== undefined);
  });
  expect(issues).toEqual([]);
});

describe('the quick start', () => {
  const [, sendCommand = '', watchCommand = '', askCommand = ''] = blocks('README.md', 'sh');
  const at = (command: string, url: string) => command.replaceAll('http://127.0.0.1:4000', url);

  test('sends a point with curl and shows the answer that comes', async () => {
    const server = await startServer();
    const { stdout } = await runProgram('bash', ['-c', at(sendCommand, server.url)]);
    const [shown = ''] = blocks('README.md', 'json');
    const cursor = expect.any(String);
    expect(JSON.parse(stdout)).toEqual({ ...JSON.parse(shown), cursor });
  });

  test('sums them up with curl, with the answer that is shown', async () => {
    const server = await startServer();
    await runProgram('bash', ['-c', at(sendCommand, server.url)]);
    const { stdout } = await runProgram('bash', ['-c', at(askCommand, server.url)]);
    const [, shown = ''] = blocks('README.md', 'json');
    expect(JSON.parse(stdout)).toEqual(JSON.parse(shown));
  });

  test('watches points with curl', async () => {
    const server = await startServer();
    await runProgram('bash', ['-c', at(sendCommand, server.url)]);
    const { stdout } = await runProgram('bash', ['-c', `exec ${at(watchCommand, server.url)}`], /"skipped"/);
    expect(stdout).toMatch(/event: next\ndata: .*"amount":12.5.*"skipped":0/);
  });
});

test('the example of the library prints what its comment says', async () => {
  const folder = tempFolder();
  try {
    const [example = ''] = blocks('README.md', 'ts');
    const code = example.replace('./data/pulseql.db', path.join(folder.path, 'pulseql.db'));
    const args = ['--no-warnings', '--conditions=pulseql-source', '--input-type=module-typescript', '--eval', code];
    const { code: exit, stdout, stderr } = await runProgram(process.execPath, args);
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
    expect(stdout).toMatch(/^12.5\nhttp:\/\/127.0.0.1:\d+\n$/);
  } finally {
    folder.remove();
  }
});

test('every error code and every close code of the code is explained', () => {
  const text = read('docs/errors.md');
  const missing = errorCodes.filter((code) => !text.includes(`\`${code}\``));
  const unexplained = Object.values(closeReasons).filter(
    ({ code, reason }) => !text.includes(`| ${code} | ${reason} |`),
  );
  expect({ missing, unexplained }).toEqual({ missing: [], unexplained: [] });
});

test('the README names every setting and every limit as the code has it', () => {
  expect(read('README.md')).toBe(readmeWithTables());
});

test('every dependency has its reason', () => {
  const text = read('docs/architecture.md');
  const names = Object.keys({ ...packageJson.dependencies, ...packageJson.devDependencies });
  const unexplained = names.filter((name) => {
    const [scope = '', rest = ''] = name.split('/');
    return !text.includes(name) && !text.includes(rest) && !text.includes(`${scope}/*`);
  });
  expect(unexplained).toEqual([]);
});
