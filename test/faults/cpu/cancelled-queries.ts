// A6b: a hundred history queries on one socket, each cancelled at once, and how long a small query behind them waits.
import { type Attack, atMost, info } from '../support/attack.ts';
import { pause, startAttackedServer } from '../support/attacked-server.ts';
import { AttackSocket, ingestLines } from '../support/clients.ts';
import { groupedPoints } from '../support/made-points.ts';
import { Witness } from '../support/witness.ts';
import { cpuOf, idleAfterLeaving, idleRate, longestHold } from './figures.ts';

const queries = 100;
const points = 300_000;
const [groups, days] = [1000, 20];
const maxWaitMs = 250;
const answerWithinMs = 120_000;
const small = '{ status { version } }';

export const cancelledQueries: Attack = {
  name: 'cancelled-queries',
  summary: '100 kpiHistory queries that are cancelled at once, then a small query on the same socket',
  async run({ flags, scale }) {
    await using server = await startAttackedServer({ flags });
    await ingestLines(server.url, groupedPoints(points, groups, days));
    await using witness = await Witness.start(server.url, { subscribers: 0, pointEveryMs: 0 });
    const idle = await idleRate(server);
    const socket = await AttackSocket.open(server.url);
    if (socket === null) throw new Error('the server refused the socket');
    const alone = await waitFor(socket, 'alone');
    await witness.figures();
    for (let i = 0; i < queries * scale; i += 1) {
      void socket.subscribe(`h${i}`, historyQuery(i));
      socket.complete(`h${i}`);
    }
    const [behind, spentMs] = await cpuOf(server, idle, () => waitFor(socket, 'behind'));
    const held = await longestHold('meanwhile', witness);
    socket.leave();
    return [
      info('a small query alone', `${alone.toFixed(1)} ms`),
      info('CPU while it waited', `${spentMs} ms`),
      atMost('a small query behind those that were cancelled', behind, maxWaitMs, 'ms'),
      held,
      ...(await idleAfterLeaving(server, idle)),
    ];
  },
};

async function waitFor(socket: AttackSocket, id: string): Promise<number> {
  const began = performance.now();
  await Promise.race([socket.subscribe(id, small), pause(answerWithinMs)]);
  return performance.now() - began;
}

function historyQuery(number: number): string {
  const from = new Date(Date.now() - days * 86_400_000 + number).toISOString();
  return `{ kpiHistory(from: "${from}", query: { entityType: "orders", aggregation: { function: SUM, field: "value" },
    timeWindow: { size: 1, unit: DAY } }) { value } }`;
}
