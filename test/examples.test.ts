// The examples do what their first lines say: each is run against a real server while orders come in, and ends by itself.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { root } from '../scripts/source-files.ts';
import { ingest } from './support/graphql.ts';
import { startServer, type TestServer } from './support/start-server.ts';

const folder = path.join(root, 'examples');
const order = (country: string, amount: number) => ({
  entityType: 'demo_orders',
  serviceId: 'web',
  data: { country, amount },
});

/** Runs an example to its end, with an order of 10 every few milliseconds while it watches. */
async function run(server: TestServer, name: string, count: number): Promise<string> {
  const args = ['--no-warnings', path.join(folder, name), server.url, String(count)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill());
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  await server.subscriptions(1);
  while (child.exitCode === null) {
    await ingest(server.url, [order('DE', 10)]);
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 20))]);
  }
  const [stdout, stderr] = await output;
  expect({ code: await ended, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

test.each(['graphql-ws.ts', 'sse.ts'])('%s prints every order as it comes, and ends', async (name) => {
  const server = await startServer();
  const lines = (await run(server, name, 3)).trim().split('\n');
  expect(lines.length).toBeGreaterThanOrEqual(3);
  for (const line of lines) expect(line).toMatch(/^2\d{3}-\S+Z web {"country":"DE","amount":10}$/);
  await server.subscriptions(0);
});

test('apollo.ts prints what was sent, then orders by country as they change', async () => {
  const server = await startServer();
  await ingest(server.url, [order('NL', 5), order('NL', 5)]);
  const [series, first, second] = (await run(server, 'apollo.ts', 2)).trim().split('\n');
  expect(series).toBe('demo_orders of web: 2');
  expect(first).toMatch(/\bNL 2\b/);
  expect(second).toMatch(/\bDE \d+\b/);
  await server.subscriptions(0);
});

test('urql.ts makes a dashboard, then prints the revenue as it changes', async () => {
  const server = await startServer();
  await ingest(server.url, [order('NL', 5)]);
  const [made, first, second] = (await run(server, 'urql.ts', 2)).trim().split('\n');
  expect(made).toMatch(/^Sales is dash_/);
  expect(first).toMatch(/^revenue of the last hour: \d*5$/);
  expect(second).toMatch(/^revenue of the last hour: \d+5$/);
  await server.subscriptions(0);
});

test('README.md names every example', () => {
  const readme = readFileSync(path.join(folder, 'README.md'), 'utf8');
  const examples = readdirSync(folder).filter((name) => /\.tsx?$/.test(name));
  expect(examples.filter((name) => !readme.includes(`](${name})`))).toEqual([]);
});
