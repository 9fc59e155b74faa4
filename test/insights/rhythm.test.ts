// Silence against a metric's own rhythm, on times that are made.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Rhythm } from '../../src/insights/rhythm.ts';
import { Random } from '../../src/sources/random.ts';

const secondMs = 1000;
const minuteMs = 60_000;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const begin = Date.UTC(2026, 0, 5);

/** Since which of the times, as they come, it would have been called silent. */
function silences(times: Iterable<number>): { readonly rhythm: Rhythm; readonly at: number[] } {
  const rhythm = new Rhythm();
  const at: number[] = [];
  for (const time of times) {
    const silentAt = rhythm.silentAt();
    if (silentAt !== null && time >= silentAt) at.push(silentAt);
    rhythm.observe(time);
  }
  return { rhythm, at };
}

function* every(ms: number, from: number, to: number): IterableIterator<number> {
  for (let at = from; at < to; at += ms) yield at;
}

const waitOf = (rhythm: Rhythm, last: number) => {
  const silentAt = rhythm.silentAt();
  return silentAt === null ? null : silentAt - last;
};

test.each([
  ['a minute', minuteMs, 4 * minuteMs, 9 * minuteMs],
  ['an hour', hourMs, 4 * hourMs, 9 * hourMs],
  ['ten milliseconds', 10, 30 * secondMs, 30 * secondMs],
])('a metric that comes every %s is silent after some times as long, and not before 30 s', (_, ms, least, most) => {
  const to = begin + 200 * Math.max(ms, 5 * secondMs);
  const { rhythm } = silences(every(ms, begin, to));
  const wait = waitOf(rhythm, to - ms) as number;
  expect(wait).toBeGreaterThanOrEqual(least);
  expect(wait).toBeLessThanOrEqual(most);
});

test('nothing is said before enough was seen', () => {
  expect(new Rhythm().silentAt()).toBeNull();
  expect(silences(every(minuteMs, begin, begin + 30 * minuteMs)).rhythm.silentAt()).toBeNull();
  // Values in quick succession, then none: they were not watched for long.
  expect(silences(every(10, begin, begin + secondMs)).rhythm.silentAt()).toBeNull();
});

test('nights and week-ends are silence the first time alone', () => {
  const times: number[] = [];
  for (let day = 0; day < 28; day += 1) {
    if (day % 7 >= 5) continue;
    const morning = begin + day * dayMs + 8 * hourMs;
    times.push(...every(minuteMs, morning, morning + 10 * hourMs));
  }
  expect(silences(times).at.length).toBeLessThanOrEqual(2);
});

test('values that come by chance are never silent', () => {
  const random = new Random(3);
  let at = begin;
  const times = Array.from({ length: 100_000 }, () => {
    at += -Math.log(1 - random.uniform()) * 10 * secondMs;
    return at;
  });
  expect(silences(times).at).toEqual([]);
});

test('a long gap is forgotten in some weeks', () => {
  const gap = begin + dayMs;
  const times = [...every(minuteMs, begin, gap), ...every(minuteMs, gap + 5 * hourMs, gap + 40 * dayMs)];
  const { rhythm } = silences(times);
  expect(waitOf(rhythm, times.at(-1) as number)).toBeLessThan(hourMs);
});

test('the order in which values arrive does not matter to what is newest', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 1e9 }), { minLength: 2, maxLength: 300 }), (offsets) => {
      const inOrder = new Rhythm();
      const withLate = new Rhythm();
      let newest = Number.NEGATIVE_INFINITY;
      for (const offset of offsets) {
        withLate.observe(begin + offset);
        if (offset > newest) inOrder.observe(begin + offset);
        newest = Math.max(newest, offset);
      }
      expect(withLate.silentAt()).toEqual(inOrder.silentAt());
      if (withLate.silentAt() !== null)
        expect(withLate.silentAt()).toBeGreaterThanOrEqual(begin + newest + 30 * secondMs);
    }),
  );
});
