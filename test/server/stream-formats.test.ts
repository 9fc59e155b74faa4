// Which form an answer over HTTP takes, and that a multipart reader can take each part as soon as it is there.
import { expect, test } from 'vitest';
import { ingest } from '../support/graphql.ts';
import { waitUntil } from '../support/inbox.ts';
import { startServer } from '../support/start-server.ts';

const multipart = 'multipart/mixed;boundary=graphql;subscriptionSpec=1.0';
// As urql sends it with every request.
const anything = 'application/graphql-response+json, application/json, text/event-stream, multipart/mixed';
const order = { entityType: 'orders', serviceId: 'web', data: { n: 7 } };
const orders =
  'subscription { dataUpdates(entityType: "orders", frequency: EVERY_POINT) { points { number(field: "n") } } }';

function ask(url: string, query: string, accept: string, signal?: AbortSignal): Promise<Response> {
  const headers = { 'content-type': 'application/json', accept };
  const body = JSON.stringify({ query });
  return fetch(`${url}/graphql`, { method: 'POST', headers, body, ...(signal === undefined ? {} : { signal }) });
}

function typeOf(response: Response): string | undefined {
  return response.headers.get('content-type')?.split(';')[0];
}

test('each part of a multipart answer comes with the delimiter behind it, without which readers hold it back', async () => {
  const server = await startServer();
  const left = new AbortController();
  const response = await ask(server.url, orders, multipart, left.signal);
  expect(typeOf(response)).toBe('multipart/mixed');
  let text = '';
  const read = response.body?.pipeThrough(new TextDecoderStream()).pipeTo(
    new WritableStream({
      write: (chunk) => {
        text += chunk;
      },
    }),
  );
  await server.subscriptions(1);
  await ingest(server.url, [order]);
  await waitUntil('the part is whole', () => /"number":7.*\r\n--graphql$/.test(text));
  expect(text.split('\r\n--graphql').slice(1, -1)).toEqual([
    '\r\ncontent-type: application/json\r\n\r\n{}',
    '\r\ncontent-type: application/json\r\n\r\n{"payload":{"data":{"dataUpdates":{"points":[{"number":7}]}}}}',
  ]);
  left.abort();
  await expect(read).rejects.toThrow('aborted');
});

test('a multipart answer that ends says so', async () => {
  const { url } = await startServer();
  const response = await ask(url, 'subscription { dashboardUpdates(id: "dash_none") { at } }', multipart);
  const [, part = '', end] = (await response.text()).split('\r\n--graphql');
  expect(JSON.parse(part.split('\r\n\r\n')[1] ?? '')).toMatchObject({ payload: { errors: [{}] } });
  expect(end).toBe('--\r\n');
});

test('who takes JSON as well as events gets events for a subscription alone', async () => {
  const server = await startServer();
  const left = new AbortController();
  const asked = await ask(server.url, '{ status { ready } }', anything);
  expect([typeOf(asked), await asked.json()]).toEqual(['application/json', { data: { status: { ready: true } } }]);
  const wrong = await ask(server.url, '{ nothing }', anything);
  expect([wrong.status, typeOf(wrong)]).toEqual([400, 'application/json']);
  const watching = await ask(server.url, orders, anything, left.signal);
  expect(typeOf(watching)).toBe('text/event-stream');
  left.abort();
  await server.subscriptions(0);
});

test.each(['*/*', 'application/json', 'application/graphql-response+json'])(
  'a subscription asked for as %s is told at once how to ask',
  async (accept) => {
    const server = await startServer();
    const response = await ask(server.url, orders, accept);
    expect([response.status, typeOf(response)]).toEqual([406, expect.stringMatching(/json$/)]);
    expect(await response.json()).toMatchObject({
      errors: [
        { message: expect.stringContaining('accept: text/event-stream'), extensions: { code: 'BAD_USER_INPUT' } },
      ],
    });
  },
);

test('who accepts no type that is served is told which are', async () => {
  const server = await startServer();
  const response = await ask(server.url, '{ status { version } }', 'image/png');
  expect([response.status, typeOf(response)]).toEqual([406, 'application/json']);
  expect(await response.json()).toMatchObject({
    errors: [{ message: expect.stringContaining('application/json'), extensions: { code: 'BAD_REQUEST' } }],
  });
});
