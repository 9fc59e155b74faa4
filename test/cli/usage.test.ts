// The command line as somebody meets it who does not know it: help, and a sentence about what was wrong.
import { describe, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { printedSchema } from '../../src/schema/schema.ts';
import { variableOf } from '../../src/settings/read-settings.ts';
import { settings } from '../../src/settings/rows.ts';
import { runCommand } from '../support/start-server.ts';

test('without a word, and with --help, it lists its commands', async () => {
  const [bare, help, version] = await Promise.all([runCommand([]), runCommand(['--help']), runCommand(['--version'])]);
  expect(bare).toEqual({ code: 0, stdout: expect.stringContaining('Usage: pulseql COMMAND'), stderr: '' });
  expect(help.stdout).toBe(bare.stdout);
  for (const name of ['serve', 'ingest', 'replay', 'clock', 'schema'])
    expect(help.stdout).toMatch(new RegExp(`^  ${name} +\\w`, 'm'));
  expect(version).toEqual({ code: 0, stdout: `${packageJson.version}\n`, stderr: '' });
});

test('each command has a help of its own, that of serve every setting with its default', async () => {
  const names = ['serve', 'ingest', 'replay', 'clock', 'schema'];
  const helps = await Promise.all(names.map((name) => runCommand([name, '--help'])));
  for (const [i, help] of helps.entries()) {
    expect(help).toEqual({ code: 0, stdout: expect.stringContaining(`Usage: pulseql ${names[i]}`), stderr: '' });
  }
  const [serve] = helps;
  for (const { name, help, default: value, placeholder } of settings) {
    const row = serve?.stdout.split('\n').find((line) => line.startsWith(`  --${name} `));
    expect(row).toContain(help);
    if (placeholder !== '') expect(row).toContain(`[${value}]`);
  }
  expect(serve?.stdout).toContain(variableOf('max-groups'));
});

describe('what was wrong is one sentence that names it, and the exit code is 2', () => {
  const cases: { words: string[]; says: RegExp; environment?: Record<string, string> }[] = [
    { words: ['sreve'], says: /^pulseql: there is no command "sreve"$/m },
    { words: ['serve', '--prot', '1'], says: /^pulseql serve: .*'--prot'/ },
    {
      words: ['serve', '--port', 'high'],
      says: /^pulseql serve: --port must be a whole number from 0 to 65535, not "high"$/m,
    },
    { words: ['serve', '--port'], says: /^pulseql serve: .*--port.* argument missing/ },
    {
      words: ['serve', '--source', 'sensors'],
      says: /^pulseql serve: --source must be one of demo, host, none, not "sensors"$/m,
    },
    { words: ['serve', 'now'], says: /^pulseql serve: .*'now'/ },
    {
      words: ['serve'],
      environment: { PULSEQL_MAX_GROUPS: 'many' },
      says: /^pulseql serve: PULSEQL_MAX_GROUPS must be a whole number .*, not "many"$/m,
    },
    { words: ['clock'], says: /^pulseql clock: say pulseql clock show or pulseql clock accept$/m },
    { words: ['ingest'], says: /^pulseql ingest: name one file, or - for standard input$/m },
    {
      words: ['ingest', 'package.json', '--url', 'localhost'],
      says: /^pulseql ingest: --url must be the address of a server, such as http:.*, not "localhost"$/m,
    },
    {
      words: ['replay', 'package.json', '--speed', '0'],
      says: /^pulseql replay: --speed must be a number above 0, not "0"$/m,
    },
    { words: ['schema', '--json'], says: /^pulseql schema: .*'--json'/ },
  ];

  test.each(cases)('$words $environment', async ({ words, says, environment = {} }) => {
    const { code, stdout, stderr } = await runCommand(words, { environment });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(says);
    // No stack, for nothing in the program is wrong.
    expect(stderr).not.toMatch(/^ +at /m);
  });
});

test('schema prints the schema of the API', async () => {
  expect(await runCommand(['schema'])).toEqual({ code: 0, stdout: printedSchema(), stderr: '' });
});
