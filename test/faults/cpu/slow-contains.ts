// A5: a live subscription whose eight CONTAINS parts look for texts that a long text nearly has everywhere, and one point with such a text.
import { type Attack, info } from '../support/attack.ts';
import { pause, startAttackedServer } from '../support/attacked-server.ts';
import { AttackSocket, ingestLines } from '../support/clients.ts';
import { Witness } from '../support/witness.ts';
import { cpuOf, idleRate, longestHold } from './figures.ts';

const parts = 8;
const needleTail = 4000;
const textBytes = 1_000_000;

export const slowContains: Attack = {
  name: 'slow-contains',
  summary: 'eight CONTAINS parts for "aab" and 4,000 "a", and one point whose text is 1 MB of "a"',
  async run({ flags }) {
    await using server = await startAttackedServer({ flags });
    await using witness = await Witness.start(server.url, { subscribers: 0, pointEveryMs: 0 });
    const idle = await idleRate(server);
    const socket = await AttackSocket.open(server.url);
    const refusal = socket?.subscribe('1', containsQuery());
    const answer = await Promise.race([refusal, pause(1000)]);
    await witness.figures();
    const [, spentMs] = await cpuOf(server, idle, async () => {
      await ingestLines(server.url, [slowPoint()]);
      await pause(500);
    });
    const held = await longestHold('while the point is filtered', witness);
    socket?.leave();
    return [
      info('subscription', answer?.type === 'error' ? `refused: ${String(answer.payload).slice(0, 200)}` : 'accepted'),
      info('CPU for the point', `${spentMs} ms`),
      held,
    ];
  },
};

/** Eight parts of which one must hold, so that all are tried; the last letter of each keeps them apart. */
export function containsQuery(): string {
  const tail = 'a'.repeat(needleTail);
  const any = Array.from(
    { length: parts },
    (_, i) => `{ field: "text", op: CONTAINS, values: ["aab${tail.slice(i)}"] }`,
  );
  return `subscription { dataUpdates(entityType: "texts", frequency: EVERY_POINT, where: { any: [${any}] }) { cursor } }`;
}

export function slowPoint(): string {
  return JSON.stringify({ entityType: 'texts', serviceId: 's', data: { text: 'a'.repeat(textBytes) } });
}
