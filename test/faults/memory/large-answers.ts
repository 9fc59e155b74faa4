// A2a and A2b: short queries whose answers are very long, six at once, and one that no string can hold.
import { type Attack, type AttackOptions, type Finding, info } from '../support/attack.ts';
import { startAttackedServer } from '../support/attacked-server.ts';
import { ask, ingestLines } from '../support/clients.ts';
import { largePoints } from '../support/made-points.ts';
import { Witness } from '../support/witness.ts';
import { heldAfterLeaving, heldUnderAttack } from './figures.ts';

export const largePage = 1000;
/** Above the longest string of V8, which has 2^29 - 24 characters. */
const longestPage = 600;

export const largeAnswers: Attack = {
  name: 'large-answers',
  summary: 'six queries at once of 150 bytes at most, each for a page of 1,000 points of 1 MB',
  run: (options) => attackWith(options, 6, largePage),
};

export const longestAnswer: Attack = {
  name: 'longest-answer',
  summary: 'one query for a page of 600 points of 1 MB: more than a string can hold',
  run: (options) => attackWith(options, 1, longestPage),
};

/** Pages of the last points of 1 MB. */
export function pageQuery(last: number): string {
  return `{ points(entityType: "large", last: ${last}) { edges { node { data } } pageInfo { hasPreviousPage } } }`;
}

async function attackWith(
  { flags, waitSeconds, scale }: AttackOptions,
  queries: number,
  page: number,
): Promise<Finding[]> {
  await using server = await startAttackedServer({ flags });
  await ingestLines(server.url, largePoints(Math.ceil(page * scale)), 100);
  await using witness = await Witness.start(server.url);
  const before = server.residentMiB();
  server.forgetPeak();
  const answers = await Promise.all(Array.from({ length: queries }, () => ask(server.url, pageQuery(page))));
  const findings = await heldUnderAttack(server, witness);
  return [...answers.map(answerFinding), ...findings, ...(await heldAfterLeaving(server, before, waitSeconds))];
}

/** A page, be it a short one, or an error that says what the limit is: nothing unforeseen. */
function answerFinding(answer: Awaited<ReturnType<typeof ask>>): Finding {
  const limit = 'a page, or LIMIT_EXCEEDED';
  if (answer instanceof Error) return { what: 'an answer', measured: answer.message, limit, holds: false };
  const { status, text } = answer;
  if (text.startsWith('{"data":{"points":{'))
    return info('an answer', `${status}, ${Math.round(text.length / 1e6)} MB`);
  const holds = text.includes('"LIMIT_EXCEEDED"');
  return { what: 'an answer', measured: `${status}, ${text.slice(0, 200)}`, limit, holds };
}
