// The live iterator against a model: any order of values, next, wake, end, fail and return.
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LiveIterator } from '../../src/base/live-iterator.ts';

type Item = number | { readonly poison: string };
type Step =
  | { readonly do: 'value' | 'poison' | 'next' | 'wake' | 'end' | 'fail' | 'return' | 'throw' }
  | { readonly do: 'values'; readonly count: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constant<Step>({ do: 'value' }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('values' as const), count: fc.integer({ min: 2, max: 4 }) }) },
    { weight: 8, arbitrary: fc.constant<Step>({ do: 'next' }) },
    { weight: 5, arbitrary: fc.constant<Step>({ do: 'wake' }) },
    { weight: 1, arbitrary: fc.constantFrom<Step>({ do: 'poison' }, { do: 'end' }, { do: 'fail' }) },
    { weight: 1, arbitrary: fc.constantFrom<Step>({ do: 'return' }, { do: 'throw' }) },
  ),
  { maxLength: 40 },
);

/** What the outcome of each next() should be by now; undefined where it is pending. */
class Model {
  readonly outcomes: (string | undefined)[] = [];
  ended = false;
  readonly #queue: Item[] = [];
  readonly #pending: number[] = [];
  #ending = false;
  #failure: string | undefined;

  add(item: Item): void {
    this.#queue.push(item);
  }

  next(): void {
    this.outcomes.push(undefined);
    this.#pending.push(this.outcomes.length - 1);
    this.wake();
    if ((this.#ending || this.ended) && this.#pending.length > 0) this.#settleAll();
  }

  wake(): void {
    while (!this.ended && this.#pending.length > 0) {
      const item = this.#queue.shift();
      if (item === undefined) return;
      if (typeof item === 'object') {
        this.#failure = item.poison;
        this.#settleAll();
        return;
      }
      this.outcomes[this.#pending.shift() as number] = `value ${item}`;
    }
  }

  end(failure?: string): void {
    if (this.ended || this.#ending) return;
    this.#ending = true;
    this.#failure = failure;
    this.wake();
    if (this.#pending.length > 0) this.#settleAll();
  }

  leave(): void {
    this.#failure = undefined;
    this.#settleAll();
  }

  #settleAll(): void {
    this.ended = true;
    for (const reader of this.#pending.splice(0)) {
      this.outcomes[reader] = this.#failure === undefined ? 'done' : `error ${this.#failure}`;
      this.#failure = undefined;
    }
  }
}

/** The iterator over a queue, with what became of each next(). */
class Subject {
  readonly outcomes: (string | undefined)[] = [];
  closed = 0;
  readonly queue: Item[] = [];
  readonly iterator = new LiveIterator<number>({
    take: () => {
      const item = this.queue.shift();
      if (typeof item === 'object') throw new Error(item.poison);
      return item;
    },
    close: () => {
      this.closed += 1;
    },
  });

  next(): void {
    const place = this.outcomes.push(undefined) - 1;
    this.iterator.next().then(
      ({ value, done }) => {
        this.outcomes[place] = done === true ? 'done' : `value ${value}`;
      },
      (error: Error) => {
        this.outcomes[place] = `error ${error.message}`;
      },
    );
  }
}

async function perform(step: Step, number: number, subject: Subject, model: Model): Promise<void> {
  switch (step.do) {
    case 'value':
    case 'values':
      for (let i = 0; i < (step.do === 'values' ? step.count : 1); i += 1) {
        subject.queue.push(number * 10 + i);
        model.add(number * 10 + i);
      }
      return;
    case 'poison':
      subject.queue.push({ poison: `poison ${number}` });
      model.add({ poison: `poison ${number}` });
      return;
    case 'fail':
      subject.iterator.fail(new Error(`failure ${number}`));
      model.end(`failure ${number}`);
      return;
    case 'return':
      expect(await subject.iterator.return()).toEqual({ value: undefined, done: true });
      model.leave();
      return;
    case 'throw':
      await expect(subject.iterator.throw(new Error('thrown'))).rejects.toThrow('thrown');
      model.leave();
      return;
    default:
      if (step.do === 'next') subject.next();
      else subject.iterator[step.do]();
      model[step.do]();
  }
}

test('each next() gets its value, the end or the failure in order and at once, whatever happens in which order', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const subject = new Subject();
      const model = new Model();
      for (const [number, step] of all.entries()) {
        await perform(step, number, subject, model);
        await setImmediate();
        expect(subject.outcomes).toEqual(model.outcomes);
        expect(subject.closed).toBe(model.ended ? 1 : 0);
      }
    }),
    { numRuns: 300 },
  );
});

test('return() settles a next() that waits, without waiting for a value', async () => {
  const iterator = new LiveIterator<number>({ take: () => undefined, close: () => undefined });
  const pending = [iterator.next(), iterator.next()];
  await iterator.return();
  expect(await Promise.all(pending)).toEqual([
    { value: undefined, done: true },
    { value: undefined, done: true },
  ]);
});

test('a reader that asked first is served first, also where the source has not called wake() yet', async () => {
  const queue: number[] = [];
  const iterator = new LiveIterator<number>({ take: () => queue.shift(), close: () => undefined });
  const first = iterator.next();
  queue.push(1, 2);
  const second = iterator.next();
  expect(await Promise.all([first, second])).toEqual([
    { value: 1, done: false },
    { value: 2, done: false },
  ]);
});

test('a for-await loop that is left closes the source once', async () => {
  let closed = 0;
  let next = 0;
  const iterator = new LiveIterator<number>({
    take: () => {
      next += 1;
      return next;
    },
    close: () => {
      closed += 1;
    },
  });
  for await (const value of iterator) if (value === 3) break;
  expect([closed, next]).toEqual([1, 3]);
  await iterator[Symbol.asyncDispose]();
  expect(closed).toBe(1);
});
