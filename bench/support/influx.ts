// InfluxDB 1.x with its own configuration: line protocol over HTTP, every write on disk before it is answered.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Contestant, Part } from './contestant.ts';
import { type Endpoint, HttpClient } from './http-client.ts';
import { printed, startChild, temporaryFolder } from './leftovers.ts';
import { entityTypes, type MadePoint, protocolLine } from './made-points.ts';

export const influx: Contestant = {
  name: 'InfluxDB',
  async start(work) {
    const server = await startInflux();
    const bodies = { warmUp: work.warmUp.map(influxBody), measured: work.measured.map(influxBody) };
    const client = new HttpClient(work.connections);
    return {
      pid: server.pid,
      run: (part: Part) => client.sendAll(influxWrite(server.url), bodies[part]),
      count: () => countRows(server.url),
      [Symbol.asyncDispose]: async () => {
        client[Symbol.dispose]();
        await server[Symbol.asyncDispose]();
      },
    };
  },
};

export interface InfluxServer extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
}

export function influxBody(batch: readonly MadePoint[]): Buffer {
  return Buffer.from(batch.map(protocolLine).join('\n'));
}

export function influxWrite(url: string): Endpoint {
  return {
    url: `${url}/write?db=bench&precision=ms`,
    contentType: 'text/plain',
    faultOf: (status) => (status === 204 ? undefined : 'not all was written'),
  };
}

/** Its own start, data in a folder that goes with it, with a database `bench`. */
export async function startInflux(): Promise<InfluxServer> {
  const folder = temporaryFolder();
  const file = path.join(folder.path, 'influxdb.conf');
  writeFileSync(file, configuration(folder.path));
  const child = await startChild({ program: 'influxd', words: ['-config', file] });
  const stop = async () => {
    await child[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  };
  try {
    const address = await printed(child, /Listening on HTTP.*?addr\S*?\s*"?(127\.0\.0\.1:\d+)/);
    const url = `http://${address}`;
    await query(url, 'CREATE DATABASE bench');
    return { url, pid: child.pid, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

// What is not named is as it is by default; what would cost it time beside the writing (its reports, its own
// monitoring, a line of log a request) is off.
function configuration(folder: string): string {
  return `
    reporting-disabled = true
    bind-address = "127.0.0.1:0"
    [meta]
      dir = "${folder}/meta"
    [data]
      dir = "${folder}/data"
      wal-dir = "${folder}/wal"
      wal-fsync-delay = "0s"
      query-log-enabled = false
    [monitor]
      store-enabled = false
    [http]
      bind-address = "127.0.0.1:0"
      log-enabled = false
  `;
}

async function countRows(url: string): Promise<number> {
  const from = entityTypes.map((name) => `"${name}"`).join(', ');
  const { results } = await query(url, `SELECT count(value) FROM ${from}`);
  return (results[0]?.series ?? []).reduce((sum, { values }) => sum + Number(values[0]?.[1]), 0);
}

interface InfluxAnswer {
  readonly results: readonly { readonly series?: readonly { readonly values: readonly (readonly unknown[])[] }[] }[];
}

async function query(url: string, q: string): Promise<InfluxAnswer> {
  const response = await fetch(`${url}/query?db=bench`, { method: 'POST', body: new URLSearchParams({ q }) });
  if (!response.ok) throw new Error(`${q}: ${await response.text()}`);
  return (await response.json()) as InfluxAnswer;
}
