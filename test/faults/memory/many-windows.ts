// A1a: one socket with 88 legal KPIs over the same points, each with panes of its own for 1,000 groups.
import { type Attack, info } from '../support/attack.ts';
import { pause, startAttackedServer } from '../support/attacked-server.ts';
import { AttackSocket, ingestLines } from '../support/clients.ts';
import { groupedPoints } from '../support/made-points.ts';
import { Witness } from '../support/witness.ts';
import { heldAfterLeaving, heldUnderAttack } from './figures.ts';

const subscriptions = 88;
export const windowDays = 27;
export const windowGroups = 1000;
export const windowPoints = 300_000;

export const manyWindows: Attack = {
  name: 'many-windows',
  summary: '88 KPIs on one socket, QUANTILE over 27 days in 1,000 groups, each with another filter',
  async run({ flags, waitSeconds, scale }) {
    await using server = await startAttackedServer({ flags });
    await ingestLines(server.url, groupedPoints(Math.ceil(windowPoints * scale), windowGroups, windowDays));
    await using witness = await Witness.start(server.url);
    const before = server.residentMiB();
    server.forgetPeak();
    const socket = await AttackSocket.open(server.url);
    const counts = { next: 0, error: 0 };
    for (let i = 0; i < subscriptions && socket?.isOpen && server.ended === null; i += 1) {
      // One behind another, so that none is refused for the time that reading the past takes.
      const answer = await Promise.race([socket.subscribe(`k${i}`, kpiQuery(i, windowDays * 24 * 60)), server.gone]);
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

/** A KPI that shares panes with none of another number. */
export function kpiQuery(number: number, minutes: number): string {
  const query = `{ entityType: "orders", aggregation: { function: QUANTILE, field: "value", quantile: 0.9 },
    timeWindow: { size: ${minutes}, unit: MINUTE }, groupBy: ["group"], top: 1,
    filters: [{ field: "value", op: GT, values: [${-1 - number}] }] }`;
  return `subscription { kpi(query: ${query}) { value { value count } } }`;
}
