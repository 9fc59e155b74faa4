// What a mutation has done is said: no form of request lets its answer be refused afterwards.
import { describe, expect, test } from 'vitest';
import { query } from '../support/graphql.ts';
import { startServer } from '../support/start-server.ts';

const description = 'd'.repeat(10_000);
const shown = Array.from({ length: 20 }, (_, n) => `d${n}: description`).join(' ');
const input = `input: { name: "D", widgets: [], description: "${description}" }`;
const mutation = `mutation { createDashboard(${input}) { ... on Dashboard { ${shown} } } }`;
const large = `{ dashboards { ... on DashboardConnection { edges { node { ${shown} } } } } }`;

const send = (url: string, accept: string, text: string) =>
  fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept },
    body: JSON.stringify({ query: text }),
  });

const countOf = async (url: string) =>
  (await query<{ dashboards: { edges: object[] } }>(url, '{ dashboards { edges { node { id } } } }')).dashboards.edges
    .length;

describe.each([
  'application/json',
  'text/plain, application/json;q=0.5',
  'application/graphql-response+json;q=0.9, */*;q=0.1',
  'text/event-stream',
  'text/event-stream, application/json',
])('past the total of answers, with accept: %s', (accept) => {
  test('a mutation is answered, a query is 503', async () => {
    const { url } = await startServer({ 'max-total-answer-bytes': '100000' });
    const answer = await send(url, accept, mutation);
    expect([answer.status, (await answer.text()).includes(`"d19":"${description}"`)]).toEqual([200, true]);
    expect(await countOf(url)).toBe(1);
    expect((await send(url, accept, large)).status).toBe(503);
  });
});

test.each(['image/png', 'multipart/mixed', 'application/json;charset=latin1', 'text/html'])(
  'a mutation that accepts %s alone is 406 before it is carried out',
  async (accept) => {
    const { url } = await startServer();
    const answer = await send(url, accept, mutation);
    expect([answer.status, await answer.json()]).toEqual([
      406,
      { errors: [{ message: expect.stringContaining('accept'), extensions: { code: 'BAD_REQUEST' } }] },
    ]);
    expect(await countOf(url)).toBe(0);
  },
);
