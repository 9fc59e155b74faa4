// CONTAINS: the same as the engine's own search, in time linear in the text, within a budget for each block of points.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileFilter } from '../../src/points/compile-filter.ts';
import { compileContains, maxSearchedLength, maxSearchedPerBlock, SearchBudget } from '../../src/points/text-search.ts';

test('finds what the engine finds, in texts of few letters, where beginnings repeat', () => {
  const letters = (maxLength: number) => fc.string({ unit: fc.constantFrom('a', 'b', 'é', '😀'), maxLength });
  fc.assert(
    fc.property(letters(2000), letters(12), fc.nat(1990), (text, random, from) => {
      for (const needle of [random, text.slice(from, from + 40), `${text.slice(from, from + 30)}c`]) {
        expect(compileContains(needle, null)(text)).toBe(text.includes(needle));
      }
    }),
  );
});

test('looks at the first 65,536 characters and no further', () => {
  const contains = compileContains('needle', null);
  const at = (offset: number) => contains(`${'x'.repeat(offset)}needle`);
  expect([at(maxSearchedLength - 6), at(maxSearchedLength - 5)]).toEqual([true, false]);
});

test('spends the characters that it looks at, and is LIMIT_EXCEEDED once the budget of the block is used up', () => {
  const budget = new SearchBudget();
  const contains = compileContains(`aab${'a'.repeat(200)}`, budget);
  const text = 'a'.repeat(1_000_000);
  const searches = Math.floor(maxSearchedPerBlock / maxSearchedLength);
  for (let n = 0; n < searches; n += 1) expect(contains(text)).toBe(false);
  expect(() => contains(text)).toThrow(expect.objectContaining({ code: 'LIMIT_EXCEEDED', limit: maxSearchedPerBlock }));
  budget.renew();
  expect(contains(text)).toBe(false);
});

test('costs no budget for short texts', () => {
  const passes = compileFilter({ filters: [{ field: 'name', op: 'CONTAINS', values: ['shoe'] }], where: null }, {
    spend: () => expect.fail('spent'),
  } as unknown as SearchBudget);
  expect([passes?.({ name: 'red shoes' }), passes?.({ name: 'hat' }), passes?.({ name: 3 })]).toEqual([
    true,
    false,
    false,
  ]);
});
