// The ring against a plain array that keeps the newest items.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Ring } from '../../src/base/ring.ts';

type Step = { readonly do: 'push'; readonly item: number } | { readonly do: 'shift' } | { readonly do: 'clear' };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant('push' as const), item: fc.integer() }) },
    { weight: 3, arbitrary: fc.constant<Step>({ do: 'shift' }) },
    { weight: 1, arbitrary: fc.constant<Step>({ do: 'clear' }) },
  ),
  { maxLength: 60 },
);

test('a ring holds the newest items in order, and gives back the one that had to go', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), steps, (capacity, all) => {
      const ring = new Ring<number>(capacity);
      const kept: number[] = [];
      for (const step of all) {
        if (step.do === 'push') {
          kept.push(step.item);
          expect(ring.push(step.item)).toBe(kept.length > capacity ? kept.shift() : undefined);
        } else if (step.do === 'shift') {
          expect(ring.shift()).toBe(kept.shift());
        } else {
          ring.clear();
          kept.length = 0;
        }
        expect(ring.length).toBe(kept.length);
        expect(ring.toArray()).toEqual(kept);
        for (let i = -capacity - 1; i <= capacity; i += 1) expect(ring.at(i)).toBe(kept.at(i));
      }
    }),
  );
});

test('a ring without room for one item is refused', () => {
  for (const capacity of [0, -1, 1.5, Number.NaN]) {
    expect(() => new Ring(capacity)).toThrow(`a ring holds one item at least, not ${capacity}`);
  }
});
