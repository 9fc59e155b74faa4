// What stands side by side in the bench of deliveries, and how each is told to send updates.
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { type Contestant, has, pinned, printedBy, project, served } from './delivery-served.ts';
import { printed, temporaryFolder } from './leftovers.ts';

const pulseQuery =
  'subscription { dataUpdates(entityType: "bench", frequency: EVERY_POINT) { points { serviceId timestamp data } skipped cursor } }';
const plainQuery = 'subscription { dataUpdates { points { serviceId timestamp data } skipped cursor } }';
const note = 'a point with some text in it, so that a message has about four hundred bytes, as those of dashboards do';
const data = { value: 123.456, amount: 99, status: 'ok', region: 'eu-west-1', note, tags: { a: 'one', b: 'two' } };
const natsSubject = 'bench';
const peers = project('bench/peers');

/** With when it was sent. */
function dataNow(): object {
  return { at: performance.timeOrigin + performance.now(), ...data };
}

export const pulse: Contestant = {
  name: 'PulseQL',
  isThere: true,
  start: async (_sample, isInspected = false) => {
    const folder = temporaryFolder();
    const flags = ['--port', '0', '--source', 'none', '--log-level', 'silent', '--max-connections', '20000'];
    const words = ['--no-warnings', project('src/main.ts'), 'serve', '--data', folder.path, ...flags];
    const child = await pinned(process.execPath, words, { isInspected });
    const [http, inspector] = await printedBy(child, isInspected);
    const update = (times: number) => Promise.all(Array.from({ length: times }, () => ingest(http)));
    return served(child, `${http.replace('http', 'ws')}/graphql`, {
      speech: { query: pulseQuery },
      isShared: true,
      update,
      folder,
      inspector,
    });
  },
};

/** One point, which is stored once this settles. */
async function ingest(http: string): Promise<void> {
  const point = { entityType: 'bench', serviceId: 'web', timestamp: new Date().toISOString(), data: dataNow() };
  const headers = { 'content-type': 'application/x-ndjson' };
  const response = await fetch(`${http}/ingest`, { method: 'POST', headers, body: `${JSON.stringify(point)}\n` });
  await response.arrayBuffer();
}

export const broadcast: Contestant = sendingText({
  name: 'bare ws broadcast',
  program: process.execPath,
  words: ['--no-warnings', project('bench/support/raw-broadcast.process.ts')],
});

export const bun: Contestant = sendingText({
  name: 'Bun',
  program: path.join(peers, 'node_modules/.bin/bun'),
  words: [path.join(peers, 'bun-broadcast.process.mjs')],
});

/** The bare broadcast, behind PulseQL's own append. */
export const storedBroadcast: Contestant = {
  name: 'bare ws broadcast, same append',
  isThere: true,
  start: async (sample) => {
    const folder = temporaryFolder();
    const child = await pinned(process.execPath, [
      '--no-warnings',
      project('bench/support/stored-broadcast.process.ts'),
      folder.path,
      sample,
    ]);
    const http = await printed(child, /listening on (\S+)\n/);
    const update = (times: number) => Promise.all(Array.from({ length: times }, () => ingest(http)));
    return served(child, http.replace('http', 'ws'), { speech: 'messages', isShared: false, update, folder });
  },
};

/** Its own publish and subscribe over its WebSocket, where Debian's nats-server is there. */
export const nats: Contestant = {
  name: 'NATS',
  isThere: has('nats-server'),
  start: async (sample) => {
    const folder = temporaryFolder();
    const config = path.join(folder.path, 'nats.conf');
    writeFileSync(config, 'host: 127.0.0.1\nport: -1\nwebsocket { host: 127.0.0.1, port: -1, no_tls: true }\n');
    const child = await pinned('nats-server', ['-c', config]);
    const [url, port] = await Promise.all([
      printed(child, /websocket clients on (\S+)\n/),
      printed(child, /client connections on [\d.]+:(\d+)\n/),
    ]);
    const publisher = connect(Number(port), '127.0.0.1');
    publisher.write('CONNECT {"verbose":false}\r\n');
    publisher.on('data', (data) => {
      if (data.toString().startsWith('PING')) publisher.write('PONG\r\n');
    });
    const update = (times: number) =>
      publisher.write(`PUB ${natsSubject} ${sample.length}\r\n${sample}\r\n`.repeat(times));
    const close = () => publisher.destroy();
    return served(child, url, { speech: { subject: natsSubject }, isShared: true, update, folder, close });
  },
};

export const yoga: Contestant = published(
  'Yoga, graphql-ws, PubSub',
  project('bench/support/yoga-pubsub.process.ts'),
  true,
);

export const mercurius: Contestant = published(
  'Mercurius',
  path.join(peers, 'mercurius.process.mjs'),
  existsSync(path.join(peers, 'node_modules')),
);

export const floor: Contestant = {
  name: 'C, write',
  isThere: has('cc'),
  start: async (sample) => {
    const folder = temporaryFolder();
    const program = path.join(folder.path, 'floor');
    execFileSync('cc', ['-O2', '-o', program, project('bench/support/floor.c')]);
    const length = sample.length + (sample.length < 126 ? 2 : 4);
    const child = await pinned(program, [String(length)], { takesInput: true });
    const url = await printed(child, /listening on (\S+)\n/);
    const update = (times: number) =>
      new Promise<unknown>((resolve) => child.process.stdin?.write(`${times}\n`, resolve));
    return served(child, url, { speech: { bytes: length }, isShared: false, update, folder });
  },
};

/** One that is told the text and how often to send it to all. */
function sendingText({
  name,
  program,
  words,
}: Readonly<Record<'name' | 'program', string>> & { words: string[] }): Contestant {
  return {
    name,
    isThere: existsSync(program),
    start: async (sample, isInspected = false) => {
      const child = await pinned(program, words, { isInspected });
      const [url, inspector] = await printedBy(child, isInspected);
      const update = (times: number) => {
        const at = `"at":${performance.timeOrigin + performance.now()}`;
        child.process.send({ text: sample.replace(/"at":[\d.]+/, at), times });
      };
      return served(child, url, { speech: 'messages', isShared: false, update, inspector });
    },
  };
}

function published(name: string, file: string, isThere: boolean): Contestant {
  return {
    name,
    isThere,
    start: async (_sample, isInspected = false) => {
      const child = await pinned(process.execPath, ['--no-warnings', file], { isInspected });
      const [url, inspector] = await printedBy(child, isInspected);
      const update = (times: number) => {
        const point = { serviceId: 'web', timestamp: new Date().toISOString(), data: dataNow() };
        child.process.send({ point, times });
      };
      return served(child, url, { speech: { query: plainQuery }, isShared: true, update, inspector });
    },
  };
}
