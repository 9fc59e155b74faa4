// A1c: KPIs grouped by a text field of 0.9 MB, so that the keys of 300 groups outweigh everything a window counts.
import { type Attack, info } from '../support/attack.ts';
import { pause, startAttackedServer } from '../support/attacked-server.ts';
import { AttackSocket, ingestLines } from '../support/clients.ts';
import { largePoints } from '../support/made-points.ts';
import { Witness } from '../support/witness.ts';
import { heldAfterLeaving, heldUnderAttack } from './figures.ts';

const groups = 300;
const keyBytes = 900_000;
const subscriptions = 8;
const answerWithinMs = 15_000;

export const largeGroupKeys: Attack = {
  name: 'large-group-keys',
  summary: `${subscriptions} KPIs with ${groups} groups whose keys have 0.9 MB each`,
  async run({ flags, waitSeconds, scale }) {
    await using server = await startAttackedServer({ flags });
    await ingestLines(server.url, largePoints(Math.ceil(groups * scale), keyBytes), 100);
    await using witness = await Witness.start(server.url);
    const before = server.residentMiB();
    server.forgetPeak();
    const socket = await AttackSocket.open(server.url);
    const counts = { next: 0, error: 0 };
    for (let i = 0; i < subscriptions && socket?.isOpen && server.ended === null; i += 1) {
      const answer = await Promise.race([
        socket.subscribe(`k${i}`, groupedQuery(i)),
        server.gone,
        pause(answerWithinMs),
      ]);
      if (answer?.type === 'next') counts.next += 1;
      if (answer?.type === 'error') counts.error += 1;
    }
    await Promise.race([pause(1000), server.gone]);
    const findings = await heldUnderAttack(server, witness);
    socket?.leave();
    return [
      info('subscriptions', `${counts.next} answered, ${counts.error} refused, of ${subscriptions}`),
      ...findings,
      ...(await heldAfterLeaving(server, before, waitSeconds)),
    ];
  },
};

function groupedQuery(number: number): string {
  return `subscription { kpi(query: { entityType: "large", aggregation: { function: COUNT }, groupBy: ["text"]
    timeWindow: { size: 1, unit: HOUR }, filters: [{ field: "n", op: GT, values: [${-1 - number}] }] })
    { value { value groups { count key { value } } } } }`;
}
