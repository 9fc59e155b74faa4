// Many idle-looking clients for long: ten thousand sockets with two subscriptions each get an update a second; how late it comes, and whether
// memory stays where it is.
import { parseArgs } from 'node:util';
import type { Bench } from './run.ts';
import { Clients } from './support/delivery-clients.ts';
import { pulse } from './support/delivery-contestants.ts';
import { startClients } from './support/delivery-served.ts';
import { cpuMs, memoryOf } from './support/process-figures.ts';
import { quantile, table } from './support/summary.ts';

const options = { minutes: { type: 'string', default: '10' }, sockets: { type: 'string', default: '10000' } } as const;
const perSocket = 2;

export const bench: Bench = {
  question:
    'ten thousand sockets, two subscriptions each, an update a second: how late it comes, and memory, minute by minute',
  usage: '[--minutes 10] [--sockets 10000]',
  async run(words) {
    const { values } = parseArgs({ args: [...words], options, strict: true });
    const [minutes, sockets] = [Number(values.minutes), Number(values.sockets)];
    await using server = await pulse.start('');
    await using child = await startClients();
    const clients = new Clients(child);
    await clients.ask({ kind: 'open', url: server.url, sockets, perSocket, speech: server.speech });
    const rows: string[][] = [];
    for (let minute = 1; minute <= minutes; minute += 1) {
      const before = cpuMs(server.pid);
      const began = performance.now();
      for (let second = 1; second <= 60; second += 1) {
        const all = clients.ask({ kind: 'expect', updates: sockets * perSocket });
        await server.update(1);
        // Those who have not got it would never let this go on.
        await all.then(({ latencies }) => seen.push(...latencies.filter((_, i) => i % 20 === 0)));
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, began + second * 1000 - performance.now())));
      }
      const cpu = (cpuMs(server.pid) - before) / (performance.now() - began);
      const at = (share: number) => quantile(seen, share).toFixed(0);
      const megabytes = (memoryOf(server.pid).rss / 2 ** 20).toFixed(0);
      rows.push([String(minute), at(0.5), at(0.99), `${(100 * cpu).toFixed(0)} %`, megabytes]);
      console.log(rows.at(-1)?.join(', '));
      seen.length = 0;
    }
    const columns = ['minute', 'median ms', '99th percentile', 'CPU of the server', 'MB'];
    console.log(
      `\n${sockets} sockets with ${perSocket} subscriptions each, ${sockets * perSocket} deliveries a second:\n\n${table(columns, rows)}`,
    );
  },
};

const seen: number[] = [];
