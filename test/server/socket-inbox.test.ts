// Messages of one WebSocket wait for their turns.
import { setTimeout as wait } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { SocketInbox } from '../../src/server/socket-inbox.ts';
import { FakeClock } from '../support/fake-clock.ts';

/** A WebSocket that is open at both ends. */
async function openSocket(): Promise<WebSocket> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  onTestFinished(() => new Promise((resolve) => server.close(() => resolve())));
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  onTestFinished(() => socket.terminate());
  await new Promise((resolve) => socket.once('open', resolve));
  return socket;
}

test('others have a turn between the messages of one burst, which are taken in order', async () => {
  const clock = new FakeClock();
  const taken: string[] = [];
  const inbox = new SocketInbox(await openSocket(), clock, 1_000_000, async (text) => {
    taken.push(text);
    clock.pass(1);
  });
  const texts = Array.from({ length: 1000 }, (_, n) => `${n}`);
  const takenByTurn: number[] = [];
  const look = () => {
    takenByTurn.push(taken.length);
    if (taken.length < texts.length) setImmediate(look);
  };
  setImmediate(look);
  for (const text of texts) inbox.push(text);
  while (inbox.isBusy) await wait(1);
  expect(taken).toEqual(texts);
  const most = takenByTurn.map((count, turn) => count - (takenByTurn[turn - 1] ?? 0));
  expect(Math.max(...most)).toBeLessThan(texts.length / 4);
});
