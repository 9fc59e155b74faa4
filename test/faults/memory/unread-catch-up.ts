// A2c: sixty sockets that ask for the last fifty points of a megabyte each, and read nothing.
import { type Attack, info } from '../support/attack.ts';
import { pause, startAttackedServer } from '../support/attacked-server.ts';
import { AttackSocket, ingestLines } from '../support/clients.ts';
import { largePoints } from '../support/made-points.ts';
import { Witness } from '../support/witness.ts';
import { heldAfterLeaving, heldUnderAttack } from './figures.ts';

const sockets = 60;
const last = 50;
const query = `subscription { dataUpdates(entityType: "large", last: ${last}) { points { data } } }`;

export const unreadCatchUp: Attack = {
  name: 'unread-catch-up',
  summary: 'dataUpdates(last: 50) of points of 1 MB on 60 sockets that never read',
  async run({ flags, waitSeconds, seconds, scale }) {
    await using server = await startAttackedServer({ flags });
    await ingestLines(server.url, largePoints(Math.ceil(last * scale)), 100);
    await using witness = await Witness.start(server.url);
    const before = server.residentMiB();
    server.forgetPeak();
    const opened = await Promise.all(Array.from({ length: sockets }, () => AttackSocket.open(server.url)));
    const clients = opened.filter((client) => client !== null);
    for (const client of clients) {
      client.stopReading();
      void client.subscribe('1', query);
    }
    await Promise.race([pause(seconds * 1000), server.gone]);
    const findings = await heldUnderAttack(server, witness);
    for (const client of clients) client.leave();
    return [
      info('sockets', `${clients.length} of ${sockets}`),
      ...findings,
      ...(await heldAfterLeaving(server, before, waitSeconds)),
    ];
  },
};
