// Formulas: what they mean, and where they say they are wrong.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluateFormula, isFormulaIssue, parseFormula } from '../../src/windows/formula.ts';

const names = ['a', 'b', 'total_1'];

function result(text: string, values: readonly (number | null)[] = [6, 4, -2]): number | null {
  const parsed = parseFormula(text, names);
  if (isFormulaIssue(parsed)) throw new Error(`${parsed.message} at ${parsed.at}`);
  return evaluateFormula(parsed, values);
}

function issue(text: string): string {
  const parsed = parseFormula(text, names);
  return isFormulaIssue(parsed) ? `${parsed.at}: ${parsed.message}` : 'none';
}

describe('a formula', () => {
  test.each([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['10 - 4 - 3', 3],
    ['24 / 4 / 2', 3],
    ['-a + b', -2],
    ['- - a', 6],
    ['2*-b', -8],
    ['-(a - b)', -2],
    ['100 * a / b', 150],
    ['min(a, b) + max(a, total_1) - abs(total_1)', 8],
    ['min(max(a, 7), 1e1) * .5 + 1.', 4.5],
    [' a\n+\tb ', 10],
  ])('%j is %d', (text, expected) => {
    expect(result(text)).toBe(expected);
  });

  test('is null where an operand is, where a division is by zero, and past the largest double', () => {
    expect(result('a + b', [null, 4, 1])).toBeNull();
    expect(result('b * 2', [null, 4, 1])).toBe(8);
    expect(result('a / (b - 4)')).toBeNull();
    expect(result('0 / (b - 4)')).toBeNull();
    expect(result('a * 1e308 * 10')).toBeNull();
    // What was infinite on the way is not made finite again.
    expect(result('1 / (1 / (b - 4))')).toBeNull();
  });

  test.each([
    ['', '1: ends where a number, a name or ( is expected'],
    ['a +', '4: ends where a number, a name or ( is expected'],
    ['a b', '3: has b where an operator, such as + is expected'],
    ['a + * b', '5: has * where a number, a name or ( is expected'],
    ['(a + b', '7: ends where ) is expected'],
    ['a + b)', '6: has ) where an operator, such as + is expected'],
    ['a + c', '5: there is no operand c; there are a, b, total_1, min(), max(), abs()'],
    ['min(a)', '6: has ) where , is expected'],
    ['abs(a, b)', '6: has , where ) is expected'],
    ['min + 1', '5: has + where ( is expected'],
    ['a ; b', '3: has ;, which is no part of a formula'],
    ['a ** b', '4: has * where a number, a name or ( is expected'],
    ['a + 1e999', '5: 1e999 is greater than any number there is'],
    ['1.2.3', '4: has .3 where an operator, such as + is expected'],
    ['a + 🙂', '5: has 🙂, which is no part of a formula'],
    ['constructor(a)', '1: there is no operand constructor; there are a, b, total_1, min(), max(), abs()'],
  ])('%j is refused at the character that is wrong', (text, expected) => {
    expect(issue(text)).toBe(expected);
  });

  test('that nests too deep or is too long is refused, not run out of stack', () => {
    expect(issue(`${'('.repeat(2000)}a`)).toMatch(/^1001: a formula has at most 1000 characters$/);
    expect(issue(`${'('.repeat(400)}a`)).toMatch(/nests more than 64 deep$/);
    expect(issue(`${'-'.repeat(400)}a`)).toMatch(/nests more than 64 deep$/);
    expect(result(Array(500).fill('1').join('+'))).toBe(500);
  });
});

interface Model {
  readonly text: string;
  readonly value: number;
}

const leaf: fc.Arbitrary<Model> = fc.oneof(
  fc.nat(1000).map((value) => ({ text: String(value), value })),
  fc.constantFrom({ text: 'a', value: 6 }, { text: 'b', value: 4 }, { text: 'total_1', value: -2 }),
);
const { tree } = fc.letrec<{ tree: Model }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 6 },
    leaf,
    fc.tuple(tie('tree'), fc.constantFrom('+', '-', '*', '/'), tie('tree')).map(([left, operator, right]) => ({
      text: `(${left.text} ${operator} ${right.text})`,
      value: apply(operator, left.value, right.value),
    })),
    tie('tree').map(({ text, value }) => ({ text: `-${text}`, value: -value })),
    fc.tuple(tie('tree'), tie('tree')).map(([left, right]) => ({
      text: `max(${left.text}, ${right.text})`,
      value: Math.max(left.value, right.value),
    })),
  ),
}));

// Infinity is what the engine calls null: it stays so.
function apply(operator: string, a: number, b: number): number {
  const value = operator === '+' ? a + b : operator === '-' ? a - b : operator === '*' ? a * b : a / b;
  return Number.isFinite(value) ? value : Number.NaN;
}

test('of any shape means what its tree says', () => {
  fc.assert(
    fc.property(tree, ({ text, value }) => {
      const expected = Number.isFinite(value) ? value : null;
      expect(result(text)).toEqual(expected);
    }),
    { numRuns: 500 },
  );
});

test('made of anything is parsed or refused, never more', () => {
  const part = fc.constantFrom('a', 'b', '1', '.5', '(', ')', '+', '-', '*', '/', ',', 'min', 'abs', ' ', '$', '1e');
  fc.assert(
    fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
      const text = parts.join('');
      const parsed = parseFormula(text, names);
      if (isFormulaIssue(parsed)) expect(parsed.at).toBeGreaterThan(0);
      else expect(evaluateFormula(parsed, [1, 2, 3])).not.toBeNaN();
    }),
    { numRuns: 1000 },
  );
});
