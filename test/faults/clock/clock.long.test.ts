// A sample of steps of the wall clock, and the control that shows what they do to a server that believes them.
import { expect, test } from 'vitest';
import { isFaulty, runRounds } from './rounds.ts';

test('steps of the wall clock delete nothing, move no window, and let nothing in twice', {
  timeout: 600_000,
}, async () => {
  const { examples, refused, acceptedTwice, deleted, wrongWindows, wrongAlerts } = await runRounds({
    rounds: 12,
    seed: 7,
    longEvery: 12,
  });
  expect(examples).toEqual([]);
  expect([refused, acceptedTwice, deleted, wrongWindows, wrongAlerts]).toEqual([0, 0, 0, 0, 0]);
});

test('a server that believes every step fails', { timeout: 600_000 }, async () => {
  const args = ['--max-clock-step-minutes', '1000000000'];
  expect(isFaulty(await runRounds({ rounds: 4, seed: 7, longEvery: 100, args }))).toBe(true);
});
