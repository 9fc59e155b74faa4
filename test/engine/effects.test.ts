// What a step decides and what is carried out afterwards.
import { expect, test } from 'vitest';
import { Effects } from '../../src/engine/effects.ts';
import type { Feed } from '../../src/feeds/feed.ts';

function feedThat(wake: () => void): Feed {
  return { wake } as unknown as Feed;
}

test('each feed is woken once, however often it was named, and not again', () => {
  const effects = new Effects();
  let woken = 0;
  const feed = feedThat(() => {
    woken += 1;
  });
  for (let i = 0; i < 3; i += 1) effects.wokenFeeds.add(feed);
  effects.perform();
  effects.perform();
  expect(woken).toBe(1);
});

test('what is dropped is never carried out', () => {
  const effects = new Effects();
  let woken = 0;
  effects.wokenFeeds.add(
    feedThat(() => {
      woken += 1;
    }),
  );
  effects.drop();
  effects.perform();
  expect(woken).toBe(0);
});
