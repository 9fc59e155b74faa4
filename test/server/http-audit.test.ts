// GraphQL over HTTP to the letter: the audit that the specification's own authors wrote, each of its 61 checks a test's subject.
import { auditServer } from 'graphql-http';
import { expect, test } from 'vitest';
import { startServer } from '../support/start-server.ts';

test.each([
  ['as it stands', {}],
  [
    'with pages of other origins allowed, and a limit to requests',
    {
      'allowed-origins': 'https://app.example.com',
      'max-requests-per-minute': '10000',
    },
  ],
])('the audit of GraphQL over HTTP passes 61 of 61 on the server %s', async (_, flags) => {
  const { url } = await startServer(flags);
  const results = await auditServer({ url: `${url}/graphql` });
  const failed = results
    .filter(({ status }) => status !== 'ok')
    .map(({ id, name, status }) => `${status} ${id} ${name}`);
  expect({ audits: results.length, failed }).toEqual({ audits: 61, failed: [] });
});
