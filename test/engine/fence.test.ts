// The fence between a point and those who take it.
import { expect, test } from 'vitest';
import { Counters } from '../../src/engine/counters.ts';
import { type Consumer, Fence } from '../../src/engine/fence.ts';
import type { StoredPoint } from '../../src/points/point.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { CollectingLogger } from './collecting-logger.ts';

function pointAt(offset: number): StoredPoint {
  const names = { entityType: 'orders', serviceId: 'web' };
  return { ...names, timestamp: 0, data: {}, metadata: null, series: 1, offset, receivedAt: 0 };
}

/** A consumer that fails at some offsets, with what it took and rebuilt. */
class Failing implements Consumer {
  readonly name: string;
  readonly taken: number[] = [];
  readonly rebuilt: number[] = [];
  failsAt = new Set<number>();

  constructor(name = 'windows') {
    this.name = name;
  }

  take({ offset }: StoredPoint): void {
    if (this.failsAt.has(offset)) throw new Error(`no ${offset}`);
    this.taken.push(offset);
  }

  rebuild({ offset }: StoredPoint): void {
    this.rebuilt.push(offset);
  }
}

function setUp() {
  const counters = new Counters(new FakeClock());
  const logger = new CollectingLogger();
  return { counters, logger, fence: new Fence(counters, logger), consumer: new Failing() };
}

test('a failure is logged with its error and counted, and what the consumer held is built again', () => {
  const { counters, logger, fence, consumer } = setUp();
  consumer.failsAt.add(2);
  for (const offset of [1, 2, 3]) fence.pass(consumer, pointAt(offset));
  expect([consumer.taken, consumer.rebuilt, counters.unforeseen]).toEqual([[1, 3], [2], 1]);
  expect(logger.lines).toEqual([
    {
      level: 'error',
      details: {
        error: new Error('no 2'),
        failures: 1,
        consumer: 'windows',
        offset: 2,
        entityType: 'orders',
        serviceId: 'web',
      },
      message: 'a consumer failed at a point; its state is built again',
    },
  ]);
});

test('after three failures at one offset that point is left out for good, and counted once', () => {
  const { counters, logger, fence, consumer } = setUp();
  consumer.failsAt.add(7);
  for (let i = 0; i < 2; i += 1) fence.pass(consumer, pointAt(7));
  expect([fence.isSkipped('windows', 7), counters.skippedByConsumers]).toEqual([false, 0]);
  fence.pass(consumer, pointAt(7));
  expect([fence.isSkipped('windows', 7), counters.skippedByConsumers]).toEqual([true, 1]);
  expect(logger.messages.at(-1)).toBe('error: a consumer leaves a point out after three failures');
  // It would take the point now, but does not get it any more.
  consumer.failsAt.clear();
  fence.pass(consumer, pointAt(7));
  fence.pass(consumer, pointAt(8));
  expect([consumer.taken, consumer.rebuilt.length, counters.skippedByConsumers]).toEqual([[8], 3, 1]);
});

test('failures are counted for each consumer and each offset by itself', () => {
  const { fence, consumer } = setUp();
  const other = new Failing('feeds');
  for (const one of [consumer, other]) one.failsAt = new Set([1, 2]);
  for (const one of [consumer, other]) for (const offset of [1, 2, 1, 2]) fence.pass(one, pointAt(offset));
  fence.pass(other, pointAt(2));
  expect(fence.isSkipped('feeds', 2)).toBe(true);
  expect([fence.isSkipped('feeds', 1), fence.isSkipped('windows', 1), fence.isSkipped('windows', 2)]).toEqual([
    false,
    false,
    false,
  ]);
});

test('a consumer that cannot be built again is logged and counted, and stops nothing', () => {
  const { counters, logger, fence, consumer } = setUp();
  consumer.failsAt.add(1);
  consumer.rebuild = () => {
    throw new Error('no rebuild');
  };
  fence.pass(consumer, pointAt(1));
  fence.pass(consumer, pointAt(2));
  expect([consumer.taken, counters.unforeseen]).toEqual([[2], 2]);
  expect(logger.lines.at(-1)).toMatchObject({ details: { error: new Error('no rebuild'), offset: 1 } });
});

test('of more than a thousand offsets the oldest failures are forgotten', () => {
  const { fence, consumer } = setUp();
  for (let i = 0; i < 3; i += 1) {
    consumer.failsAt.add(1);
    fence.pass(consumer, pointAt(1));
  }
  for (let offset = 2; offset <= 1001; offset += 1) {
    expect(fence.isSkipped('windows', 1)).toBe(true);
    consumer.failsAt.add(offset);
    fence.pass(consumer, pointAt(offset));
  }
  expect(fence.isSkipped('windows', 1)).toBe(false);
});
