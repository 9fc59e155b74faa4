// A2d: answers of 31 MB over HTTP that nobody reads: a hundred, and few enough to see when the server cuts them.
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { type Attack, type AttackOptions, atMost, type Finding } from '../support/attack.ts';
import { pause, startAttackedServer } from '../support/attacked-server.ts';
import { ingestLines, openSocket, requestBytes } from '../support/clients.ts';
import { largePoints } from '../support/made-points.ts';
import { Witness } from '../support/witness.ts';
import { heldAfterLeaving, heldUnderAttack } from './figures.ts';
import { pageQuery } from './large-answers.ts';

const [manyConnections, fewConnections] = [100, 5];
const page = 31;
const established = '01';

export const unreadAnswers: Attack = {
  name: 'unread-answers',
  summary: '100 answers of 31 MB over HTTP that nobody reads',
  run: (options) => attackWith(options, Math.ceil(manyConnections * options.scale)),
};

export const stalledAnswers: Attack = {
  name: 'stalled-answers',
  summary: 'five answers of 31 MB over HTTP that nobody reads, which the stall limit must cut within 60 s',
  run: (options) => attackWith(options, fewConnections),
};

async function attackWith({ flags, waitSeconds, seconds }: AttackOptions, connections: number): Promise<Finding[]> {
  await using server = await startAttackedServer({ flags });
  await ingestLines(server.url, largePoints(page), page);
  await using witness = await Witness.start(server.url);
  const before = server.residentMiB();
  server.forgetPeak();
  const body = JSON.stringify({ query: pageQuery(page) });
  const request = requestBytes('/graphql', body, { 'content-type': 'application/json' });
  const sockets = await Promise.all(Array.from({ length: connections }, () => openSocket(server.port)));
  for (const socket of sockets) {
    socket.pause();
    socket.write(request);
  }
  await Promise.race([pause(seconds * 1000), server.gone]);
  const open = stillOpen(server.port, sockets);
  const findings = await heldUnderAttack(server, witness);
  for (const socket of sockets) socket.destroy();
  const cut = atMost(`unread answers that are not cut after ${seconds} s`, open, 0, 'connections');
  return [
    // A server that is gone has cut nothing by its limit.
    ...(server.ended === null ? [cut] : []),
    ...findings,
    ...(await heldAfterLeaving(server, before, waitSeconds)),
  ];
}

/** How many of them the server has not closed with bytes that were not taken, as the kernel has it: a client that does not read sees no end. */
function stillOpen(serverPort: number, sockets: readonly Socket[]): number {
  const ports = new Set(sockets.map(({ localPort }) => localPort));
  const rows = readFileSync('/proc/net/tcp', 'utf8').trim().split('\n').slice(1);
  return rows.filter((row) => {
    const [, local = '', remote = '', state, queues = ''] = row.trim().split(/\s+/);
    // Those that got a short refusal have taken it.
    const untaken = Number.parseInt(queues.split(':')[0] ?? '', 16);
    return untaken > 0 && state === established && portOf(local) === serverPort && ports.has(portOf(remote));
  }).length;
}

function portOf(address: string): number {
  return Number.parseInt(address.slice(address.indexOf(':') + 1), 16);
}
