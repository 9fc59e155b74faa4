// Chance against the server: frames and documents that nobody would write. It neither ends nor forgets the others, nothing
// unforeseen is logged, and its event loop goes round. PULSEQL_FRAMES and PULSEQL_DOCUMENTS set how many, PULSEQL_SEED repeats
// a run.
import { getIntrospectionQuery } from 'graphql';
import { expect, test } from 'vitest';
import { graphiqlTabs } from '../../src/server/graphiql-tabs.ts';
import { ask, query, SseConnection } from '../support/graphql.ts';
import { randomFrom, seedOfRun } from '../support/random.ts';
import { closePayload, type FrameOptions, type FrameSocket, opcodes, openFrames } from '../support/raw-frames.ts';
import { repeats } from '../support/repeats.ts';
import { report } from '../support/report.ts';
import { metric } from '../support/server-figures.ts';
import { type ServerProcess, startServerProcess } from '../support/start-server.ts';

const frames = repeats({ quick: 400, long: 2000, variable: 'PULSEQL_FRAMES' });
const documents = repeats({ quick: 80, long: 500, variable: 'PULSEQL_DOCUMENTS' });
const patienceMs = 600_000;
const seed = seedOfRun();
const random = randomFrom(seed);

const below = (n: number) => Math.floor(random() * n);
const oneOf = <T>(list: readonly T[]): T => list[below(list.length)] as T;
const randomBytes = (length: number) => Buffer.from(Array.from({ length }, () => below(256)));

const queries = ['{ status { version } }', ...graphiqlTabs.map(({ query: text }) => text), getIntrospectionQuery()];

/** A document with parts of it lost, doubled, moved or made up. */
function randomDocument(): string {
  const tokens = oneOf(queries).match(/\s+|\w+|"[^"]*"|./g) ?? [];
  const odd = [
    '{',
    '}',
    '(',
    ')',
    '...',
    '@skip(if: true)',
    '$x',
    '"',
    '"""',
    '\\',
    '#',
    '__typename',
    '[',
    '1e999',
    '-',
    ':',
    '\u0000',
    '🙂',
    '{a'.repeat(50),
    'fragment A on Query { ...A }',
  ];
  for (let changes = below(6); changes >= 0; changes -= 1) {
    const at = below(tokens.length);
    const change = below(4);
    if (change === 0) tokens.splice(at, 1 + below(5));
    else if (change === 1) tokens.splice(at, 0, ...tokens.slice(at, at + 1 + below(20)));
    else if (change === 2) tokens.splice(at, 1, oneOf(odd));
    else tokens.splice(at, 0, oneOf(tokens.length > 0 ? tokens : odd));
  }
  return tokens.join('');
}

function randomMessage(): string {
  const id = oneOf(['1', '2', '3', 'constructor', '', '__proto__']);
  const message = oneOf([
    { type: 'ping', payload: { n: below(10) } },
    { type: 'pong' },
    { type: 'complete', id },
    {
      type: 'subscribe',
      id: `${id}${below(1000)}`,
      payload: { query: randomDocument(), variables: { after: oneOf(['x', null, 1]) } },
    },
    { type: 'subscribe', id, payload: { query: oneOf(queries) } },
    { type: oneOf(['connection_init', 'next', 'error', 'hello']), id, payload: {} },
  ]);
  const text = JSON.stringify(message);
  return below(10) === 0 ? text.slice(0, below(text.length)) : text;
}

function randomFrame(): FrameOptions {
  // Mostly right ones: a wrong one ends the connection, and nothing behind it is looked at.
  if (below(4) > 0) return { payload: randomMessage() };
  return oneOf<() => FrameOptions>([
    () => ({ opcode: opcodes.ping, payload: randomBytes(below(126)) }),
    () => ({ opcode: opcodes.pong, payload: randomBytes(below(126)) }),
    () => ({ opcode: below(16), payload: randomBytes(below(300)) }),
    () => ({ fin: false, payload: randomMessage() }),
    () => ({ opcode: opcodes.continuation, fin: below(2) === 0, payload: randomBytes(below(50)) }),
    () => ({ rsv: below(8), payload: randomMessage() }),
    () => ({ mask: below(8) === 0 ? null : randomBytes(4), payload: randomMessage() }),
    () => ({ opcode: opcodes.close, payload: closePayload(below(6000), randomBytes(below(20))) }),
    () => ({ length: BigInt(below(100_000)), payload: randomBytes(below(100)) }),
    () => ({ payload: randomBytes(below(1000)) }),
  ])();
}

async function connect(server: ServerProcess): Promise<FrameSocket> {
  const socket = await openFrames(server.url);
  if (below(10) > 0) socket.message({ type: 'connection_init' });
  return socket;
}

/** The delay of the server's event loop since it was last asked for, at the 99th percentile, in milliseconds. */
async function loopDelay(server: ServerProcess): Promise<number> {
  return 1000 * (await metric(server, 'nodejs_eventloop_lag_p99_seconds'));
}

async function unharmed(server: ServerProcess, what: string): Promise<void> {
  const delay = await loopDelay(server);
  report(
    `${what} with PULSEQL_SEED=${seed}: event-loop delay of the server ${delay.toFixed(1)} ms at the 99th percentile`,
  );
  expect(await query(server.url, '{ status { performance { errorRate } } }')).toBeTruthy();
  expect([server.stderr(), server.child.exitCode]).toEqual(['', null]);
}

test(`${frames} random frames`, { timeout: patienceMs }, async () => {
  const server = await startServerProcess({ args: ['--log-level', 'error'] });
  const neighbour = await (await openFrames(server.url)).init();
  await loopDelay(server);
  let connections = 0;
  for (let sent = 0; sent < frames; connections += 1) {
    const socket = await connect(server);
    let isOpen = true;
    void socket.closed.then(() => {
      isOpen = false;
    });
    for (let n = 0; n < 100 && isOpen && sent < frames; n += 1) {
      socket.send(randomFrame());
      sent += 1;
      if (n % 5 === 4) await new Promise((resolve) => setImmediate(resolve));
    }
    if (below(2) === 0) socket.reset();
    else socket.destroy();
  }
  expect(await neighbour.lives()).toBe(true);
  await unharmed(server, `${frames} random frames over ${connections} connections`);
});

test(`${documents} random documents`, { timeout: patienceMs }, async () => {
  const server = await startServerProcess({ args: ['--log-level', 'error'] });
  const socket = await (await openFrames(server.url)).init();
  const events = new SseConnection(server.url);
  await loopDelay(server);
  const statuses = new Set<number>();
  for (let n = 0; n < documents; n += 1) {
    const document = randomDocument();
    const transport = below(10);
    if (transport < 5) statuses.add((await ask(server.url, document)).status);
    else if (transport < 9) {
      socket.message({ type: 'subscribe', id: `${n}`, payload: { query: document } });
      socket.message({ type: 'complete', id: `${n}` });
      await socket.lives();
    } else {
      const watch = events.subscribe(document);
      await watch.leave();
    }
  }
  expect([...statuses].filter((status) => status >= 500)).toEqual([]);
  await unharmed(server, `${documents} random documents`);
});
