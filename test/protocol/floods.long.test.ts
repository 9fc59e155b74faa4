// Floods from clients that do not read, against a server in a process of its own: its memory stays where it was, and they are
// cut within seconds.
import { describe, expect, test } from 'vitest';
import { somePoint } from '../support/batches.ts';
import { ndjson, post, query } from '../support/graphql.ts';
import { waitUntil } from '../support/inbox.ts';
import { openDeaf } from '../support/raw-frames.ts';
import { report } from '../support/report.ts';
import { metric, residentMegabytes, watchMemory } from '../support/server-figures.ts';
import { type ServerProcess, startServerProcess } from '../support/start-server.ts';

const maxGrowthMegabytes = 50;

/** Runs an attack; gives how far memory rose, and how long the attackers' connections lived. */
async function under(server: ServerProcess, attack: () => Promise<void>) {
  // What the first of anything takes is no growth.
  await query(server.url, '{ status { version } }');
  await metric(server, 'pulseql_connections');
  const before = residentMegabytes(server);
  const memory = watchMemory(server);
  const started = performance.now();
  await attack();
  await waitUntil('the attackers to be cut', async () => {
    // Asked for more often, the answers alone would move the memory.
    await new Promise((resolve) => setTimeout(resolve, 200));
    return (await metric(server, 'pulseql_connections')) === 0;
  });
  const seconds = (performance.now() - started) / 1000;
  const peak = memory.stop() - before;
  const left = residentMegabytes(server) - before;
  return {
    peak,
    left,
    text: `memory +${peak.toFixed(0)} MB at most, +${left.toFixed(0)} MB after, cut after ${seconds.toFixed(1)} s`,
  };
}

describe('300 pings of 60 kB from a client that never reads', () => {
  test.each([
    ['before', false],
    ['after', true],
  ])('%s the acknowledgement', async (when, isAcknowledged) => {
    const server = await startServerProcess();
    const { peak, left, text } = await under(server, async () => {
      const socket = await openDeaf(server.url, isAcknowledged);
      for (let n = 0; n < 300; n += 1) socket.message({ type: 'ping', payload: { x: 'y'.repeat(60_000) } });
    });
    report(`300 pings of 60 kB ${when} the acknowledgement: ${text}`);
    expect(left).toBeLessThan(maxGrowthMegabytes);
    expect(peak).toBeLessThan(2 * maxGrowthMegabytes);
    expect(server.stderr()).toBe('');
  });
});

test('queries whose answers nobody reads', async () => {
  const server = await startServerProcess();
  await post(
    server.url,
    ndjson(Array.from({ length: 1000 }, (_, n) => ({ ...somePoint(n), data: { n, x: 'y'.repeat(500) } }))),
  );
  const { peak, text } = await under(server, async () => {
    const socket = await openDeaf(server.url, true);
    const payload = { query: '{ points(entityType: "orders", first: 1000) { edges { node { data } } } }' };
    for (let id = 0; id < 400; id += 1) socket.message({ type: 'subscribe', id: String(id), payload });
  });
  report(`400 queries of 500 kB that nobody reads: ${text}`);
  // Eight run at a time; all of them together would be 200 MB.
  expect(peak).toBeLessThan(3 * maxGrowthMegabytes);
  expect(server.stderr()).toBe('');
});
