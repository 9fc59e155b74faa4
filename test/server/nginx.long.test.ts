// The nginx block of docs/operations.md, run by Debian's nginx on another port than 80.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { programOf } from '../../scripts/system-packages.ts';
import { somePoints } from '../support/batches.ts';
import { blocks } from '../support/docs-blocks.ts';
import { ndjson, post, query, SseConnection, WsConnection } from '../support/graphql.ts';
import { waitUntil } from '../support/inbox.ts';
import { startServer } from '../support/start-server.ts';
import { tempFolder } from '../support/temp-folder.ts';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The address of an nginx in front of the server, which ends with the test. */
async function startNginx(serverUrl: string): Promise<string> {
  const port = await freePort();
  const folder = tempFolder();
  const [block = ''] = blocks('docs/operations.md', 'nginx');
  const at = (name: string) => path.join(folder.path, name);
  mkdirSync(at('temp'));
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (one) => `${one}_temp_path ${at('temp')};`,
  );
  const server = `server { listen 127.0.0.1:${port}; ${block.replace('http://127.0.0.1:4000', serverUrl)} }`;
  const text = `daemon off; worker_processes 1; pid ${at('pid')}; events {}
    http { access_log off; ${temporary.join(' ')} ${server} }`;
  writeFileSync(at('nginx.conf'), text);
  const child = spawn(programOf('nginx'), ['-p', folder.path, '-e', at('error.log'), '-c', at('nginx.conf')]);
  const ended = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await ended;
    folder.remove();
  });
  const url = `http://127.0.0.1:${port}`;
  await waitUntil('nginx to answer', () =>
    fetch(`${url}/health/live`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
  return url;
}

interface Update {
  readonly dataUpdates: { readonly points: readonly { readonly data: { readonly n: number } }[] };
}

test('behind nginx as the docs have it everything is as without: pages, queries, both ways to subscribe, large bodies', async () => {
  const server = await startServer();
  const url = await startNginx(server.url);
  const page = await fetch(`${url}/graphql`, { headers: { accept: 'text/html' } });
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('GraphiQL')]);
  const text = 'subscription { dataUpdates(entityType: "orders", frequency: EVERY_POINT) { points { data } } }';
  // As a page of that address: the server compares its origin with the host.
  const headers = { origin: url, 'content-type': 'application/json' };
  const asked = await fetch(`${url}/graphql`, { method: 'POST', headers, body: '{"query":"{ status { ready } }"}' });
  expect(await asked.json()).toEqual({ data: { status: { ready: true } } });
  const watches = [new WsConnection(url).subscribe<Update>(text), new SseConnection(url).subscribe<Update>(text)];
  await server.subscriptions(2);
  const points = somePoints(3).map((point, n) => ({ ...point, data: { n, text: 'x'.repeat(900_000) } }));
  expect((await post(url, ndjson(points))).answer.accepted).toBe(3);
  for (const watch of watches) {
    const numbers: number[] = [];
    while (numbers.length < 3) numbers.push(...(await watch.next()).dataUpdates.points.map(({ data }) => data.n));
    expect(numbers).toEqual([0, 1, 2]);
  }
  await Promise.all(watches.map((watch) => watch.leave()));
  expect(await query(url, '{ status { ready } }')).toEqual({ status: { ready: true } });
});
