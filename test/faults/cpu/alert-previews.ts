// A6a: a short query for an alert preview over the whole history, thirty of it in one document, and a client that leaves at once.
import { once } from 'node:events';
import { type Attack, type AttackOptions, type Finding, info } from '../support/attack.ts';
import { pause, startAttackedServer } from '../support/attacked-server.ts';
import { ingestLines, openSocket, requestBytes } from '../support/clients.ts';
import { groupedPoints } from '../support/made-points.ts';
import { Witness } from '../support/witness.ts';
import { cpuOf, idleAfterLeaving, idleRate, longestHold } from './figures.ts';

const aliases = 30;
const points = 300_000;
const [groups, days] = [1000, 20];
const [answerWithinMs, leaveAfterMs] = [30_000, 200];

export const alertPreviews: Attack = {
  name: 'alert-previews',
  summary: 'alertPreview over 300,000 points of 20 days in 1,000 groups: one, 30 aliases, and one that is left at once',
  run,
};

async function run({ flags, scale }: AttackOptions): Promise<Finding[]> {
  const one = `{ ${previewField()} }`;
  const many = `{ ${Array.from({ length: aliases }, (_, i) => `a${i}: ${previewField()}`).join(' ')} }`;
  const count = Math.ceil(points * scale);
  return [
    info('query', `${one.length} bytes`),
    ...(await asked(flags, count, 'one preview', one, answerWithinMs)),
    ...(await asked(flags, count, `${aliases} aliases`, many, answerWithinMs)),
    ...(await asked(flags, count, 'one that is left at once', one, leaveAfterMs)),
  ];
}

/** On a server of its own, asked by a client that waits so long at most and then leaves. */
async function asked(
  flags: readonly string[],
  count: number,
  what: string,
  query: string,
  withinMs: number,
): Promise<Finding[]> {
  await using server = await startAttackedServer({ flags });
  await ingestLines(server.url, groupedPoints(count, groups, days));
  await using witness = await Witness.start(server.url, { subscribers: 0, pointEveryMs: 0 });
  const idle = await idleRate(server);
  await witness.figures();
  const socket = await openSocket(server.port);
  const answered = once(socket, 'data').then(([bytes]: Buffer[]) => String(bytes).split('\r\n\r\n')[1]?.slice(0, 150));
  socket.write(requestBytes('/graphql', JSON.stringify({ query }), { 'content-type': 'application/json' }));
  const began = performance.now();
  const [answer, spentMs] = await cpuOf(server, idle, () => Promise.race([answered, pause(withinMs)]));
  const took = `${((performance.now() - began) / 1000).toFixed(1)} s, ${spentMs} ms of CPU`;
  const held = await longestHold(what, witness);
  socket.destroy();
  return [info(what, `${took}: ${answer ?? 'no answer'}`), held, ...(await idleAfterLeaving(server, idle))];
}

/** Short, over all that is stored; the threshold is never reached, so that no transition ends it early. */
export function previewField(): string {
  const from = new Date(Date.now() - days * 86_400_000).toISOString();
  return `alertPreview(from: "${from}", query: { entityType: "orders", aggregation: { function: QUANTILE, field: "value", quantile: 0.9 }, timeWindow: { size: 1, unit: DAY }, groupBy: ["group"] }, rule: { condition: ABOVE, threshold: 1e300 }) { firings truncated }`;
}
