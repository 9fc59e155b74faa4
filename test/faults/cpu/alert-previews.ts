// A6a: a short query for an alert preview over the whole history, thirty of it in one document, and a client that leaves at once.
import { type Attack, type AttackOptions, type Finding, info } from '../support/attack.ts';
import { type AttackedServer, pause, startAttackedServer } from '../support/attacked-server.ts';
import { ask, ingestLines, openSocket, requestBytes } from '../support/clients.ts';
import { groupedPoints } from '../support/made-points.ts';
import { Witness } from '../support/witness.ts';
import { cpuOf, idleAfterLeaving, idleRate, longestHold, untilIdle } from './figures.ts';

const aliases = 30;
const points = 300_000;
const [groups, days] = [1000, 20];
const answerWithinMs = 60_000;

export const alertPreviews: Attack = {
  name: 'alert-previews',
  summary: 'alertPreview over 300,000 points of 20 days in 1,000 groups: one, 30 aliases, and one that is left at once',
  run,
};

async function run({ flags, scale }: AttackOptions): Promise<Finding[]> {
  await using server = await startAttackedServer({ flags });
  await ingestLines(server.url, groupedPoints(Math.ceil(points * scale), groups, days));
  await using witness = await Witness.start(server.url, { subscribers: 0, pointEveryMs: 0 });
  const idle = await idleRate(server);
  const one = `{ ${previewField()} }`;
  const many = `{ ${Array.from({ length: aliases }, (_, i) => `a${i}: ${previewField()}`).join(' ')} }`;
  return [
    info('query', `${one.length} bytes`),
    ...(await waited(server, witness, idle, 'one preview', one)),
    ...(await waited(server, witness, idle, `${aliases} aliases`, many)),
    ...(await left(server, idle, one)),
  ];
}

/** Waits for the answer, a minute at most, and then leaves. */
async function waited(
  server: AttackedServer,
  witness: Witness,
  idle: number,
  what: string,
  query: string,
): Promise<Finding[]> {
  await witness.figures();
  const began = performance.now();
  const answered = () => Promise.race([ask(server.url, query), pause(answerWithinMs)]);
  const [answer, spentMs] = await cpuOf(server, idle, answered);
  const took = `${((performance.now() - began) / 1000).toFixed(1)} s, ${spentMs} ms of CPU`;
  const text = answer instanceof Error ? answer.message : (answer?.text.slice(0, 150) ?? 'no answer');
  const held = await longestHold(what, witness);
  await untilIdle(server, idle);
  return [info(what, `${took}: ${text}`), held];
}

async function left(server: AttackedServer, idle: number, query: string): Promise<Finding[]> {
  const socket = await openSocket(server.port);
  socket.write(requestBytes('/graphql', JSON.stringify({ query }), { 'content-type': 'application/json' }));
  await pause(200);
  socket.destroy();
  const afterwards = await idleAfterLeaving(server, idle);
  const [, restMs] = await cpuOf(server, idle, () => untilIdle(server, idle));
  return [...afterwards, info('CPU after that until the server is idle again', `${restMs} ms`)];
}

/** Of 285 bytes with its braces; the threshold is never reached, so that no transition ends it early. */
export function previewField(): string {
  const from = new Date(Date.now() - days * 86_400_000).toISOString();
  return `alertPreview(from: "${from}", query: { entityType: "orders", aggregation: { function: QUANTILE, field: "value", quantile: 0.9 }, timeWindow: { size: 1, unit: DAY }, groupBy: ["group"] }, rule: { condition: ABOVE, threshold: 1e300 }) { firings truncated }`;
}
