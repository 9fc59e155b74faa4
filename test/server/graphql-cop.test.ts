// The checks of graphql-cop, a scanner of GraphQL servers (github.com/dolevf/graphql-cop), written anew: what each finds is
// known and explained in SECURITY.md. A bare server of the same schema shows that they do find.
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { createYoga } from 'graphql-yoga';
import { expect, onTestFinished, test } from 'vitest';
import { root } from '../../scripts/source-files.ts';
import { schema } from '../../src/schema/schema.ts';
import { startServer } from '../support/start-server.ts';

interface Reply {
  readonly status: number;
  readonly text: string;
  readonly data: Readonly<Record<string, unknown>> | undefined;
  readonly errors: readonly { readonly message: string; readonly extensions?: object }[];
}

async function request(url: string, init: RequestInit = {}): Promise<Reply> {
  const response = await fetch(url, init);
  const text = await response.text();
  const [body] = [bodyOf(text)].flat();
  return { status: response.status, text, data: body?.data, errors: body?.errors ?? [] };
}

function bodyOf(text: string): { data?: Reply['data']; errors?: Reply['errors'] } | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function postJson(url: string, body: object): Promise<Reply> {
  return request(url, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
}

const run = (url: string, query: string) => postJson(url, { query });

/** Whether the weakness is there, by name. */
const checks: Readonly<Record<string, (url: string) => Promise<boolean>>> = {
  'alias overloading': async (url) => {
    const aliases = Array.from({ length: 101 }, (_, i) => `alias${i}: __typename`);
    return (await run(url, `query cop { ${aliases.join(' ')} }`)).data?.['alias100'] !== undefined;
  },
  'batch queries': async (url) => {
    const batch = Array.from({ length: 10 }, () => ({ query: 'query cop { __typename }' }));
    return (await postJson(url, batch)).data !== undefined;
  },
  'directive overloading': async (url) => {
    const replies = await Promise.all([10, 60].map((n) => run(url, `query cop { __typename ${'@aa'.repeat(n)} }`)));
    return replies.some(({ errors }) => errors.length >= 10);
  },
  'field duplication': async (url) =>
    (await run(url, `query cop { ${'__typename '.repeat(500)} }`)).data?.['__typename'] !== undefined,
  'circular introspection': async (url) => {
    const nested = 'fields { type { '.repeat(4);
    const query = `query cop { __schema { types { ${nested} name ${'} }'.repeat(4)} } } }`;
    return (await run(url, query)).data?.['__schema'] !== undefined;
  },
  introspection: async (url) =>
    (await run(url, 'query cop { __schema { types { name fields { name } } } }')).data?.['__schema'] !== undefined,
  'field suggestions': async (url) =>
    (await run(url, 'query cop { statu }')).errors.some(({ message }) => message.includes('Did you mean')),
  'page to try queries': async (url) => {
    const { origin } = new URL(url);
    const places = ['/graphiql', '/playground', '/console', '/graphql'].map((place) => origin + place);
    const pages = await Promise.all(places.map((place) => request(place, { headers: { accept: 'text/html' } })));
    return pages.some(({ status, text }) => status < 400 && /graphiql|playground/i.test(text));
  },
  'tracing, or stacks in errors': async (url) => {
    const replies = await Promise.all(
      ['query cop { __typename }', 'query cop { abc }', 'qwerty cop { abc }'].map((query) => run(url, query)),
    );
    return replies.some(({ text }) => /tracing|stacktrace|exception|node_modules/i.test(text));
  },
  'GET queries': async (url) =>
    (await request(`${url}?query=${encodeURIComponent('query cop { __typename }')}`)).data?.['__typename'] === 'Query',
  'GET mutations': async (url) =>
    (await request(`${url}?query=${encodeURIComponent('mutation cop { __typename }')}`)).data !== undefined,
  'POST of forms': async (url) => {
    const form = new URLSearchParams({ query: 'query cop { __typename }' });
    const asForm = await request(url, { method: 'POST', body: form });
    const inAddress = await request(`${url}?${form}`, { method: 'POST' });
    return [asForm, inAddress].some(({ data }) => data !== undefined);
  },
};

async function findings(url: string): Promise<string[]> {
  const found: string[] = [];
  for (const [name, isFound] of Object.entries(checks)) if (await isFound(url)) found.push(name);
  return found;
}

async function bareServer(): Promise<string> {
  const server = createServer(createYoga({ schema, batching: true, logging: false }) as RequestListener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve())));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
}

test('of the twelve checks, a server that others can reach fails only what SECURITY.md explains', async () => {
  const server = await startServer({ host: '0.0.0.0' });
  const found = await findings(`${server.url.replace('0.0.0.0', '127.0.0.1')}/graphql`);
  const explained = readFileSync(path.join(root, 'SECURITY.md'), 'utf8').matchAll(/^\| ([\w ,]+?) \| found/gm);
  expect(Object.keys(checks)).toHaveLength(12);
  expect(found.length).toBeLessThanOrEqual(2);
  expect(found).toEqual([...explained].map(([, name]) => name));
});

test('the checks find most of it on a bare server of the same schema', async () => {
  const found = await findings(await bareServer());
  expect(found).toEqual(
    expect.arrayContaining(['alias overloading', 'batch queries', 'field duplication', 'introspection']),
  );
  expect(found.length).toBeGreaterThanOrEqual(8);
});
