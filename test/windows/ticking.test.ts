// Everybody gets his tick.
import { expect, test } from 'vitest';
import { Tickers } from '../../src/windows/ticking.ts';

test('one that throws does not keep the others from their tick, and goes on being ticked', () => {
  const errors: unknown[] = [];
  const heard: string[] = [];
  const tickers = new Tickers((error) => errors.push(error));
  tickers.add({ tick: (now) => heard.push(`a${now}`) });
  tickers.add({
    tick: (now) => {
      throw new Error(`no ${now}`);
    },
  });
  const leave = tickers.add({ tick: (now) => heard.push(`b${now}`) });
  tickers.tick(1);
  leave();
  tickers.tick(2);
  expect(heard).toEqual(['a1', 'b1', 'a2']);
  expect(errors).toEqual([new Error('no 1'), new Error('no 2')]);
});

test('who leaves during a tick keeps nobody from his turn', () => {
  const heard: string[] = [];
  const tickers = new Tickers(() => undefined);
  const leave = tickers.add({
    tick: () => {
      heard.push('a');
      leave();
    },
  });
  tickers.add({ tick: () => heard.push('b') });
  tickers.tick(1);
  tickers.tick(2);
  expect(heard).toEqual(['a', 'b', 'b']);
});
