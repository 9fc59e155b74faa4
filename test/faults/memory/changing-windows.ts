// A1b: eight KPIs a second, each of a window length that nobody asked for before, left as soon as they are answered.
import { type Attack, info } from '../support/attack.ts';
import { pause, startAttackedServer } from '../support/attacked-server.ts';
import { AttackSocket, ingestLines } from '../support/clients.ts';
import { groupedPoints } from '../support/made-points.ts';
import { Witness } from '../support/witness.ts';
import { heldAfterLeaving, heldUnderAttack } from './figures.ts';
import { kpiQuery, windowDays, windowGroups, windowPoints } from './many-windows.ts';

const perSecond = 8;

export const changingWindows: Attack = {
  name: 'changing-windows',
  summary: 'eight KPIs a second of ever other window lengths over 27 days, each completed once it is answered',
  async run({ flags, waitSeconds, seconds, scale }) {
    await using server = await startAttackedServer({ flags });
    await ingestLines(server.url, groupedPoints(Math.ceil(windowPoints * scale), windowGroups, windowDays));
    await using witness = await Witness.start(server.url);
    const before = server.residentMiB();
    server.forgetPeak();
    const socket = await AttackSocket.open(server.url);
    const counts = { sent: 0, next: 0, error: 0 };
    const began = performance.now();
    while (performance.now() - began < seconds * 1000 && socket?.isOpen && server.ended === null) {
      const id = `k${counts.sent}`;
      const query = kpiQuery(0, windowDays * 24 * 60 - counts.sent);
      counts.sent += 1;
      socket.subscribe(id, query).then((answer) => {
        if (answer?.type === 'next') counts.next += 1;
        if (answer?.type === 'error') counts.error += 1;
        socket.complete(id);
      });
      await Promise.race([pause(1000 / perSecond), server.gone]);
    }
    const findings = await heldUnderAttack(server, witness);
    socket?.leave();
    return [
      info('subscriptions', `${counts.next} answered, ${counts.error} refused, of ${counts.sent}`),
      ...findings,
      ...(await heldAfterLeaving(server, before, waitSeconds)),
    ];
  },
};
