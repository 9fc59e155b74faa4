// The queue of deliveries against a plain list that is sorted anew for every delivery.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type QueuedDelivery, WebhookQueue } from '../../src/alerts/webhook-queue.ts';
import type { OutboxRow } from '../../src/store/store.ts';

const maxPerReceiver = 2;

function rowOf(id: string, host: string, due: number): OutboxRow {
  return { id, due, attempts: 0, body: JSON.stringify({ url: `http://${host}/`, payload: '{}' }) };
}

test('receivers are served in turn, however many deliveries wait for one of them', () => {
  const queue = new WebhookQueue(100);
  for (let i = 0; i < 5; i += 1) queue.add(rowOf(`a${i}`, 'a', 0), 0);
  queue.add(rowOf('b', 'b', 9), 9);
  queue.add(rowOf('c', 'c', 9), 9);
  const order = Array.from({ length: 7 }, () => queue.take()?.row.id);
  expect(order).toEqual(['a0', 'b', 'c', 'a1', 'a2', 'a3', 'a4']);
  expect(queue.take()).toBeUndefined();
});

test('each receiver gets at most so many at a time', () => {
  const queue = new WebhookQueue(maxPerReceiver);
  for (let i = 0; i < 3; i += 1) queue.add(rowOf(`a${i}`, 'a', 0), 0);
  const taken = [queue.take(), queue.take(), queue.take()];
  expect(taken.map((one) => one?.row.id)).toEqual(['a0', 'a1', undefined]);
  queue.finish(taken[1] as QueuedDelivery);
  expect(queue.take()?.row.id).toBe('a2');
});

test('a delivery is in the queue once, until it is finished', () => {
  const queue = new WebhookQueue(maxPerReceiver);
  const row = rowOf('a', 'a', 5);
  expect([queue.add(row, 0), queue.add(row, 9)]).toEqual([true, false]);
  expect(queue.take()).toBeUndefined();
  queue.admitDue(5);
  const taken = queue.take() as QueuedDelivery;
  expect(queue.add(row, 9)).toBe(false);
  queue.finish(taken);
  expect(queue.add(row, 9)).toBe(true);
});

const step = fc.oneof(
  fc.record({ kind: fc.constant('add' as const), host: fc.constantFrom('a', 'b', 'c'), due: fc.nat(20) }),
  fc.record({ kind: fc.constant('move' as const), by: fc.nat(5) }),
  fc.record({ kind: fc.constant('take' as const) }),
  fc.record({ kind: fc.constant('finish' as const), which: fc.nat(9) }),
  fc.record({ kind: fc.constant('retry' as const), which: fc.nat(9), pause: fc.nat(9) }),
);

test('of every receiver with a free place the delivery that has been due longest is next, and none is lost', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const queue = new WebhookQueue(maxPerReceiver);
      let waiting: { row: OutboxRow; origin: string }[] = [];
      const sending: QueuedDelivery[] = [];
      let now = 0;
      const mayTake = () => {
        const due = waiting.filter(({ row }) => row.due <= now);
        const free = due.filter(({ origin }) => sending.filter((one) => one.origin === origin).length < maxPerReceiver);
        const isFirst = (a: OutboxRow, b: OutboxRow) => a.due < b.due || (a.due === b.due && a.id <= b.id);
        return free.filter(({ row, origin }) =>
          free.every((other) => other.origin !== origin || isFirst(row, other.row)),
        );
      };
      const take = () => {
        const allowed = mayTake().map(({ row }) => row.id);
        const taken = queue.take();
        if (taken === undefined) return expect(allowed).toEqual([]);
        expect(allowed).toContain(taken.row.id);
        waiting = waiting.filter(({ row }) => row.id !== taken.row.id);
        sending.push(taken);
      };
      for (const [i, one] of steps.entries()) {
        if (one.kind === 'add') {
          const row = rowOf(`m${String(i).padStart(3, '0')}`, one.host, one.due);
          queue.add(row, now);
          waiting.push({ row, origin: `http://${one.host}` });
        } else if (one.kind === 'move') {
          now += one.by;
          queue.admitDue(now);
        } else if (one.kind === 'take') take();
        else {
          const [delivery] = sending.splice(one.which, 1);
          if (delivery === undefined) continue;
          if (one.kind === 'finish') queue.finish(delivery);
          else {
            const row = { ...delivery.row, attempts: delivery.row.attempts + 1, due: now + one.pause };
            queue.retry(delivery, row, now);
            waiting.push({ row, origin: delivery.origin });
          }
        }
      }
      now += 100;
      queue.admitDue(now);
      while (waiting.length > 0) {
        take();
        for (const delivery of sending.splice(0)) queue.finish(delivery);
      }
      expect(queue.take()).toBeUndefined();
    }),
    { numRuns: 300 },
  );
});
