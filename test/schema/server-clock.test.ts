// The server's clock over the API and the command line, and who may take a step over.
import { expect, test } from 'vitest';
import { authenticate } from '../../src/server/authenticate.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ask, query } from '../support/graphql.ts';
import { runCommand, startServer } from '../support/start-server.ts';

const hourMs = 3_600_000;

interface ServerClock {
  readonly aheadSeconds: number;
  readonly isStepped: boolean;
  readonly since: string | null;
}

async function clockOf(url: string): Promise<ServerClock> {
  const { status } = await query<{ status: { clock: ServerClock } }>(
    url,
    '{ status { clock { aheadSeconds isStepped since } } }',
  );
  return status.clock;
}

test('a step shows in the status, and a client on the same machine takes it over', async () => {
  const clock = new FakeClock();
  const { url } = await startServer({}, clock);
  expect(await clockOf(url)).toEqual({ aheadSeconds: 0, isStepped: false, since: null });
  const since = new Date(clock.now()).toISOString();
  clock.setNow(clock.now() - hourMs);
  expect(await clockOf(url)).toEqual({ aheadSeconds: 3600, isStepped: true, since });
  const { code, stdout } = await runCommand(['clock', 'accept', '--url', url]);
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^isStepped +false$/m)]);
  expect(await clockOf(url)).toEqual({ aheadSeconds: 3600, isStepped: false, since: null });
});

test('one whom a proxy speaks for is refused with a remedy', async () => {
  const { url } = await startServer();
  const forwarded = { 'x-forwarded-for': '203.0.113.9' };
  const { errors } = await ask(url, 'mutation { acceptClock { now } }', {}, forwarded);
  expect(errors).toMatchObject([
    {
      message:
        "you may not administer this server; only clients on the server's own machine may: connect to it over 127.0.0.1, without a proxy",
      extensions: { code: 'FORBIDDEN' },
    },
  ]);
});

test.each([
  ['127.0.0.1', true],
  ['127.8.9.1', true],
  ['::1', true],
  ['::ffff:127.0.0.1', true],
  ['10.0.0.1', false],
  ['::ffff:10.0.0.1', false],
  ['2001:db8::1', false],
  [undefined, false],
])('a connection from %s may administer: %s', (remoteAddress, may) => {
  expect(authenticate({ headers: {}, remoteAddress }).rights.administer === true).toBe(may);
});
