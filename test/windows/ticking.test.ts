// Everybody gets his tick.
import { expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { Tickers } from '../../src/windows/ticking.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { waitUntil } from '../support/inbox.ts';

test('one that throws does not keep the others from their tick, and goes on being ticked', () => {
  const errors: unknown[] = [];
  const heard: string[] = [];
  const tickers = new Tickers(new FakeClock(), (error) => errors.push(error));
  tickers.add(1, { tick: (now) => heard.push(`a${now}`) });
  tickers.add(1, {
    tick: (now) => {
      throw new Error(`no ${now}`);
    },
  });
  const leave = tickers.add(1, { tick: (now) => heard.push(`b${now}`) });
  tickers.tick(1);
  leave();
  tickers.tick(2);
  expect(heard).toEqual(['a1', 'b1', 'a2']);
  expect(errors).toEqual([new Error('no 1'), new Error('no 2')]);
});

test('who leaves during a tick keeps nobody from his turn', () => {
  const heard: string[] = [];
  const tickers = new Tickers(new FakeClock(), () => undefined);
  const leave = tickers.add(1, {
    tick: () => {
      heard.push('a');
      leave();
    },
  });
  tickers.add(1, { tick: () => heard.push('b') });
  tickers.tick(1);
  tickers.tick(2);
  expect(heard).toEqual(['a', 'b', 'b']);
});

test('all with the same interval are ticked together, whenever they came', () => {
  const heard: string[] = [];
  const tickers = new Tickers(new FakeClock(), () => undefined);
  tickers.add(3, { tick: (now) => heard.push(`a${now}`) });
  tickers.tick(1);
  tickers.add(3, { tick: (now) => heard.push(`b${now}`) });
  tickers.add(2, { tick: (now) => heard.push(`c${now}`) });
  for (const now of [2, 3, 4, 5, 6]) tickers.tick(now);
  expect(heard).toEqual(['c2', 'a3', 'b3', 'c4', 'a6', 'b6', 'c6']);
});

test('what takes long is done in slices, between which others have their turn; nobody is left out or ticked twice', async () => {
  const busy = (ms: number) => {
    const end = performance.now() + ms;
    while (performance.now() < end);
  };
  let ticked = 0;
  let turns = 0;
  const tickers = new Tickers(systemClock, () => undefined);
  for (let i = 0; i < 20; i += 1) {
    tickers.add(1, {
      tick: () => {
        busy(4);
        ticked += 1;
      },
    });
  }
  const count = setInterval(() => {
    turns += 1;
  }, 1);
  tickers.tick(1);
  expect(ticked).toBeLessThan(20);
  tickers.tick(2);
  await waitUntil('all to be ticked', () => ticked >= 20);
  clearInterval(count);
  expect(turns).toBeGreaterThan(2);
});
