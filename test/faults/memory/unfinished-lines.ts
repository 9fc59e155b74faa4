// A3: thousands of connections to /ingest, each with one line of a megabyte that never ends, kept alive by a byte now and then.
import type { Socket } from 'node:net';
import { type Attack, info } from '../support/attack.ts';
import { pause, startAttackedServer } from '../support/attacked-server.ts';
import { openSocket } from '../support/clients.ts';
import { Witness } from '../support/witness.ts';
import { heldAfterLeaving, heldUnderAttack } from './figures.ts';

const connections = 3000;
const lineBytes = 1_000_000;
const byteEveryMs = 3000;
const opensAtOnce = 100;

export const unfinishedLines: Attack = {
  name: 'unfinished-lines',
  summary: '3,000 connections to /ingest, each with one unfinished line of 1 MB and a byte every 3 s',
  async run({ flags, waitSeconds, seconds, scale }) {
    await using server = await startAttackedServer({ flags });
    await using witness = await Witness.start(server.url);
    const before = server.residentMiB();
    server.forgetPeak();
    const count = Math.ceil(connections * scale);
    const head = `POST /ingest HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-ndjson\r\ncontent-length: ${lineBytes + 100_000}\r\n\r\n`;
    const bytes = Buffer.from(`${head}{"entityType":"a","serviceId":"b","data":{"text":"${'a'.repeat(lineBytes)}`);
    const sockets: Socket[] = [];
    while (sockets.length < count && server.ended === null) {
      const some = Array.from({ length: Math.min(opensAtOnce, count - sockets.length) }, () => openSocket(server.port));
      for (const socket of await Promise.all(some)) sockets.push(socket.resume());
      for (const socket of sockets.slice(-some.length)) socket.write(bytes);
      await pause(100);
    }
    const timer = setInterval(() => {
      for (const socket of sockets) if (socket.writable) socket.write('a');
    }, byteEveryMs);
    await Promise.race([pause(seconds * 1000), server.gone]);
    clearInterval(timer);
    const open = sockets.filter((socket) => socket.readyState === 'open').length;
    const findings = await heldUnderAttack(server, witness);
    for (const socket of sockets) socket.destroy();
    return [
      info('connections that are still open', `${open} of ${sockets.length}`),
      ...findings,
      ...(await heldAfterLeaving(server, before, waitSeconds)),
    ];
  },
};
