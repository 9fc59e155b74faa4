// Formulas: arithmetic over the names of operands, parsed once into a tree.
//
//   sum     = product { ("+" | "-") product }
//   product = factor { ("*" | "/") factor }
//   factor  = "-" factor | number | name | function "(" sum { "," sum } ")" | "(" sum ")"

export type Expression =
  | { readonly kind: 'number'; readonly value: number }
  /** The operand's place in the list of names. */
  | { readonly kind: 'operand'; readonly index: number }
  | { readonly kind: 'call'; readonly apply: (...values: number[]) => number; readonly of: readonly Expression[] };

/** What is wrong, and at which character, counted from 1. */
export interface FormulaIssue {
  readonly at: number;
  readonly message: string;
}

const functions: Readonly<Record<string, { readonly size: number; readonly apply: (...values: number[]) => number }>> =
  {
    min: { size: 2, apply: Math.min },
    max: { size: 2, apply: Math.max },
    abs: { size: 1, apply: Math.abs },
  };
const operators: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
};

export const maxFormulaLength = 1000;
const maxDepth = 64;
const namePattern = /^[A-Za-z_][A-Za-z0-9_]*$/;
const token = /\s*(?:((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|([A-Za-z_][A-Za-z0-9_]*)|([-+*/(),]))/y;

/** Whether an operand can be called so. */
export function isOperandName(name: string): boolean {
  return namePattern.test(name) && name.length <= 64 && !Object.hasOwn(functions, name);
}

export function parseFormula(text: string, names: readonly string[]): Expression | FormulaIssue {
  if (text.length > maxFormulaLength) {
    return { at: maxFormulaLength + 1, message: `a formula has at most ${maxFormulaLength} characters` };
  }
  try {
    return new Parser(text, names).parse();
  } catch (error) {
    if (error instanceof Unfit) return { at: error.at + 1, message: error.message };
    throw error;
  }
}

export function isFormulaIssue(parsed: Expression | FormulaIssue): parsed is FormulaIssue {
  return 'message' in parsed;
}

/** Null where an operand is null, a division is by zero, or the result is past what a double can hold. */
export function evaluateFormula(expression: Expression, values: readonly (number | null)[]): number | null {
  switch (expression.kind) {
    case 'number':
      return expression.value;
    case 'operand':
      return values[expression.index] ?? null;
    default: {
      const of: number[] = [];
      for (const one of expression.of) {
        const value = evaluateFormula(one, values);
        if (value === null) return null;
        of.push(value);
      }
      const result = expression.apply(...of);
      return Number.isFinite(result) ? result : null;
    }
  }
}

class Unfit extends Error {
  readonly at: number;

  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

interface Token {
  readonly kind: 'number' | 'name' | 'sign' | 'end';
  readonly text: string;
  readonly at: number;
}

class Parser {
  readonly #text: string;
  readonly #names: readonly string[];
  #next: Token;
  #at = 0;
  #depth = 0;

  constructor(text: string, names: readonly string[]) {
    this.#text = text;
    this.#names = names;
    this.#next = this.#read();
  }

  parse(): Expression {
    const expression = this.#sum();
    if (this.#next.kind !== 'end') throw this.#unexpected('an operator, such as +');
    return expression;
  }

  #sum(): Expression {
    return this.#chain('+-', () => this.#product());
  }

  #product(): Expression {
    return this.#chain('*/', () => this.#factor());
  }

  #chain(signs: string, part: () => Expression): Expression {
    let left = part();
    while (this.#next.kind === 'sign' && signs.includes(this.#next.text)) {
      const apply = operators[this.#take().text] as (a: number, b: number) => number;
      left = { kind: 'call', apply: apply as (...values: number[]) => number, of: [left, part()] };
    }
    return left;
  }

  #factor(): Expression {
    this.#depth += 1;
    if (this.#depth > maxDepth) throw new Unfit(this.#next.at, `nests more than ${maxDepth} deep`);
    const expression = this.#plainFactor();
    this.#depth -= 1;
    return expression;
  }

  #plainFactor(): Expression {
    const { kind, text } = this.#next;
    if (kind === 'number') return this.#number(this.#take());
    if (kind === 'name') return this.#named(this.#take());
    if (text === '-') {
      this.#take();
      return { kind: 'call', apply: (value) => -(value as number), of: [this.#factor()] };
    }
    if (text !== '(') throw this.#unexpected('a number, a name or (');
    this.#take();
    const inner = this.#sum();
    this.#expect(')');
    return inner;
  }

  #number({ text, at }: Token): Expression {
    const value = Number(text);
    if (!Number.isFinite(value)) throw new Unfit(at, `${text} is greater than any number there is`);
    return { kind: 'number', value };
  }

  #named({ text, at }: Token): Expression {
    const index = this.#names.indexOf(text);
    if (index >= 0) return { kind: 'operand', index };
    const called = Object.hasOwn(functions, text) ? functions[text] : undefined;
    if (called === undefined) throw new Unfit(at, `there is no operand ${text}; ${known(this.#names)}`);
    this.#expect('(');
    const of = [this.#sum()];
    while (of.length < called.size) {
      this.#expect(',');
      of.push(this.#sum());
    }
    this.#expect(')');
    return { kind: 'call', apply: called.apply, of };
  }

  #expect(sign: string): void {
    if (this.#next.text !== sign) throw this.#unexpected(sign);
    this.#take();
  }

  #unexpected(wanted: string): Unfit {
    const { kind, text, at } = this.#next;
    return new Unfit(at, `${kind === 'end' ? 'ends' : `has ${text}`} where ${wanted} is expected`);
  }

  #take(): Token {
    const taken = this.#next;
    this.#next = this.#read();
    return taken;
  }

  #read(): Token {
    token.lastIndex = this.#at;
    const found = token.exec(this.#text);
    if (found === null) {
      const at = this.#at + (/^\s*/.exec(this.#text.slice(this.#at))?.[0].length ?? 0);
      if (at === this.#text.length) return { kind: 'end', text: '', at };
      throw new Unfit(
        at,
        `has ${String.fromCodePoint(this.#text.codePointAt(at) as number)}, which is no part of a formula`,
      );
    }
    this.#at = token.lastIndex;
    const [, number, name, sign] = found;
    const text = number ?? name ?? sign ?? '';
    const kind = number !== undefined ? 'number' : name !== undefined ? 'name' : 'sign';
    return { kind, text, at: this.#at - text.length };
  }
}

function known(names: readonly string[]): string {
  return `there are ${[...names, ...Object.keys(functions).map((name) => `${name}()`)].join(', ')}`;
}
