// Who shares a subscription and who does not, and what each of them gets.
import { buildSchema, GraphQLError, parse } from 'graphql';
import { beforeEach, describe, expect, test } from 'vitest';
import { LiveIterator } from '../../src/base/live-iterator.ts';
import type { Sharing } from '../../src/base/sharing.ts';
import { Fanout } from '../../src/fanout/fanout.ts';
import { dependsOnViewer } from '../../src/fanout/share-key.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { NotedSink } from './sinks.ts';

const schema = buildSchema(`
  type Query { ok: Boolean }
  type Update { parts: [Int!]! skipped: Int! slow: Int bad: Int mine: String }
  type Subscription { updates(of: String, filter: Filter, after: Int, last: Int): Update! }
  input Filter { a: Int b: Int }
`);

interface Update {
  readonly parts: readonly number[];
  readonly skipped: number;
}

/** A source whose updates a test sends. */
class Source {
  readonly iterator: LiveIterator<Update>;
  isCaughtUp = true;
  isClosed = false;
  /** How often it was told that its next update is to have all. */
  forgotten = 0;
  readonly #waiting: Update[] = [];

  constructor(kind: Sharing<Update>['kind']) {
    const isCaughtUp = () => this.isCaughtUp && this.#waiting.length === 0;
    const sizeOf = ({ parts, skipped }: Update) => parts.length + skipped;
    const waiting = () => this.#waiting.reduce((sum, one) => sum + sizeOf(one), 0);
    const part = (one: Update, left: number, missed: number) => ({
      parts: one.parts.slice(left),
      skipped: one.skipped + missed,
    });
    const keyOf = ({ parts }: Update) => String((parts[0] ?? 0) % 10);
    const forget = () => {
      this.forgotten += 1;
    };
    const sharing = { kind, isCaughtUp, sizeOf, waiting, part, keyOf, forget } as Sharing<Update>;
    const close = () => {
      this.isClosed = true;
    };
    this.iterator = new LiveIterator({ take: () => this.#waiting.shift(), close, sharing });
  }

  send(...parts: number[]): void {
    this.#waiting.push({ parts, skipped: 0 });
    this.iterator.wake();
  }
}

let sources: Source[];
let kind: Sharing<Update>['kind'];
let executed: number;
let shared: number;
let fanout: Fanout;
let clock: FakeClock;

beforeEach(() => {
  sources = [];
  kind = 'COUNTED';
  executed = 0;
  shared = 0;
  const fields = schema.getSubscriptionType()?.getFields() ?? {};
  Object.assign(fields['updates'] ?? {}, {
    subscribe: () => {
      const source = new Source(kind);
      sources.push(source);
      return source.iterator;
    },
    resolve: (update: Update) => {
      executed += 1;
      return update;
    },
  });
  const ofUpdate = (schema.getType('Update') as unknown as { getFields(): Record<string, object> }).getFields();
  Object.assign(ofUpdate['slow'] ?? {}, { resolve: async ({ parts }: Update) => parts[0] });
  Object.assign(ofUpdate['bad'] ?? {}, {
    resolve: () => {
      throw new GraphQLError('no');
    },
  });
  Object.assign(ofUpdate['mine'] ?? {}, {
    extensions: { [dependsOnViewer]: true },
    resolve: (_: unknown, __: unknown, { viewer }: { viewer: { id: string } }) => viewer.id,
  });
  clock = new FakeClock();
  fanout = new Fanout({
    after: (ms, run) => clock.after(ms, run),
    toJson: JSON.stringify,
    onDelivered: () => undefined,
    onShared: (count) => {
      shared = count;
    },
  });
});

function slowField(): object {
  return (schema.getType('Update') as unknown as { getFields(): Record<string, object> }).getFields()['slow'] ?? {};
}

const ann = { id: 'ann', rights: { read: null } };
const bob = { id: 'bob', rights: { read: null } };
const plain = 'subscription { updates { parts skipped } }';

interface Asked {
  readonly variables?: object;
  readonly viewer?: { readonly id: string; readonly rights: object };
  readonly name?: string;
}

async function subscribe(query: string, asked: Asked = {}) {
  const { variables = {}, viewer = ann, name } = asked;
  const sink = new NotedSink();
  const args = {
    schema,
    document: parse(query),
    variableValues: variables as Record<string, unknown>,
    contextValue: { viewer },
    ...(name === undefined ? {} : { operationName: name }),
  };
  const { begun, end } = fanout.subscribe({ args, viewer, sink });
  await begun;
  return { sink, end };
}

const updatesOf = ({ results }: NotedSink) => results.map(({ data }) => data['updates'] as Update);
const partsOf = (sink: NotedSink) => updatesOf(sink).map(({ parts }) => parts);
const open = () => sources.filter(({ isClosed }) => !isClosed);

describe('those who ask the same', () => {
  test('are one source, one execution, one text', async () => {
    const some = [
      await subscribe(plain),
      await subscribe('subscription{updates{parts,skipped}}'),
      await subscribe('subscription {\n  # the same\n  updates(after: 3) { parts skipped }\n}', { viewer: bob }),
      await subscribe('subscription ($from: Int) { updates(last: $from) { parts skipped } }', {
        variables: { from: 7 },
      }),
    ];
    expect(open()).toHaveLength(1);
    expect(shared).toBe(3);
    open()[0]?.send(1, 2);
    expect(executed).toBe(1);
    for (const { sink } of some) expect(partsOf(sink)).toEqual([[1, 2]]);
    expect(new Set(some.map(({ sink }) => sink.payloads[0])).size).toBe(1);
  });

  test('whether they name the only operation or not', async () => {
    await subscribe('subscription A { updates { parts } }', { name: 'A' });
    await subscribe('subscription A { updates { parts } }');
    expect(open()).toHaveLength(1);
  });

  test('with the same variables, in whatever order', async () => {
    const query = 'subscription ($f: Filter, $n: Int) { updates(filter: $f, after: $n) { parts } }';
    await subscribe(query, { variables: { f: { a: 1, b: 2 }, n: 1 } });
    await subscribe(query, { variables: { n: 5, f: { b: 2, a: 1 } } });
    expect(open()).toHaveLength(1);
  });

  test.each<[string, Asked, Asked, string]>([
    [
      'other variables',
      { variables: { of: 'a' } },
      { variables: { of: 'b' } },
      'subscription ($of: String) { updates(of: $of) { parts } }',
    ],
    [
      'a variable that is null, and one that is not given',
      { variables: { of: null } },
      {},
      'subscription ($of: String) { updates(of: $of) { parts } }',
    ],
    [
      'another operation of the document',
      { name: 'A' },
      { name: 'B' },
      'subscription A { updates { parts } } subscription B { updates { skipped } }',
    ],
    ['other rights', {}, { viewer: { id: 'ann', rights: { read: ['orders'] } } }, plain],
    ['another viewer, where what is selected depends on him', {}, { viewer: bob }, 'subscription { updates { mine } }'],
  ])('are others than those with %s', async (_, one, other, query) => {
    await subscribe(query, one);
    await subscribe(query, other);
    expect(open()).toHaveLength(2);
    expect(shared).toBe(0);
  });

  test('each begin with their own, and join once they have it', async () => {
    const first = await subscribe(plain);
    const source = open()[0] as Source;
    const second = await subscribe(plain);
    source.send(1);
    expect(partsOf(second.sink)).toEqual([[1]]);
    const replaying = 'subscription { updates(after: 0) { parts skipped } }';
    const begin = sources.length;
    Object.assign(schema.getSubscriptionType()?.getFields()['updates'] ?? {}, {
      subscribe: () => {
        const one = new Source(kind);
        one.isCaughtUp = false;
        sources.push(one);
        return one.iterator;
      },
    });
    const third = await subscribe(replaying);
    const own = sources[begin] as Source;
    own.send(-1);
    own.isCaughtUp = true;
    own.iterator.wake();
    source.send(2);
    expect(partsOf(third.sink)).toEqual([[-1], [2]]);
    expect(partsOf(first.sink)).toEqual([[1], [2]]);
    expect(own.isClosed).toBe(true);
  });
});

describe('a reader that does not read', () => {
  test('is waited for as long as it is alone, and missed points of it are counted among others', async () => {
    const slow = await subscribe(plain);
    const source = open()[0] as Source;
    slow.sink.stall();
    source.send(1, 2);
    source.send(3);
    const quick = await subscribe(plain);
    // What waited for the first is not for the second.
    expect(partsOf(quick.sink)).toEqual([]);
    source.send(4);
    expect(partsOf(quick.sink)).toEqual([[4]]);
    expect(partsOf(slow.sink)).toEqual([]);
    // The newest, once there is room, and how many it has missed before.
    slow.sink.read();
    expect(updatesOf(slow.sink)).toEqual([{ parts: [4], skipped: 3 }]);
    source.send(5);
    expect(updatesOf(slow.sink).at(-1)).toEqual({ parts: [5], skipped: 0 });
    expect(updatesOf(quick.sink).at(-1)).toEqual({ parts: [5], skipped: 0 });
  });

  test('gets the latest of each thing', async () => {
    kind = 'LATEST';
    const [slow, quick] = [await subscribe(plain), await subscribe(plain)];
    const source = open()[0] as Source;
    slow.sink.stall();
    for (const part of [1, 2, 11, 21]) source.send(part);
    slow.sink.read();
    expect(partsOf(slow.sink)).toEqual([[2], [21]]);
    expect(partsOf(quick.sink)).toEqual([[1], [2], [11], [21]]);
    source.send(31);
    expect(partsOf(slow.sink)).toEqual([[2], [21], [31]]);
  });

  test('begins anew where an update is what has changed', async () => {
    kind = 'ANEW';
    const [slow, quick] = [await subscribe(plain), await subscribe(plain)];
    const source = open()[0] as Source;
    slow.sink.stall();
    source.send(1);
    const before = sources.length;
    slow.sink.read();
    await new Promise(setImmediate);
    expect(sources).toHaveLength(before + 1);
    source.send(2);
    expect(partsOf(slow.sink)).toEqual([[2]]);
    expect(partsOf(quick.sink)).toEqual([[1], [2]]);
    // Each that joins may have seen another state than what was told here last.
    expect(source.forgotten).toBe(2);
  });

  test('that joined late and begins anew hears all of its new source', async () => {
    kind = 'ANEW';
    const other = await subscribe(plain);
    const source = open()[0] as Source;
    for (const part of [1, 2, 3]) source.send(part);
    const slow = await subscribe(plain);
    slow.sink.stall();
    source.send(4);
    await clock.advance(200);
    source.send(5);
    other.end();
    slow.sink.read();
    await new Promise(setImmediate);
    for (const part of [6, 7, 8]) open()[0]?.send(part);
    expect(partsOf(slow.sink)).toEqual([[6], [7], [8]]);
  });

  test.each(['ANEW', 'LATEST'] as const)('and was first keeps nobody from sharing: %s', async (one) => {
    kind = one;
    const slow = await subscribe(plain);
    slow.sink.stall();
    const first = open()[0] as Source;
    first.send(1);
    const others = [await subscribe(plain), await subscribe(plain), await subscribe(plain)];
    expect([open().length, shared]).toEqual([2, 2]);
    // And goes on with them once it reads.
    slow.sink.read();
    await new Promise(setImmediate);
    expect([open().length, shared]).toEqual([1, 3]);
    open()[0]?.send(2);
    expect(partsOf(slow.sink)).toEqual([[1], [2]]);
    for (const { sink } of others) expect(partsOf(sink)).toEqual([[2]]);
  });

  test('and has caught up keeps another, which did so meanwhile, from hearing things twice', async () => {
    kind = 'LATEST';
    Object.assign(schema.getSubscriptionType()?.getFields()['updates'] ?? {}, {
      subscribe: () => {
        const source = new Source(kind);
        source.isCaughtUp = sources.length > 0;
        sources.push(source);
        return source.iterator;
      },
    });
    const late = await subscribe(plain);
    const slow = await subscribe(plain);
    const [ofLate, ofSlow] = sources as [Source, Source];
    slow.sink.stall();
    ofSlow.send(1);
    ofLate.isCaughtUp = true;
    ofLate.send(1);
    slow.sink.read();
    await new Promise(setImmediate);
    for (const source of open()) source.send(2);
    expect(open()).toHaveLength(1);
    expect(partsOf(late.sink)).toEqual([[1], [2]]);
    expect(partsOf(slow.sink)).toEqual([[1], [2]]);
  });

  test('is waited for again once all has left that was sent to it', async () => {
    const [one, other] = [await subscribe(plain), await subscribe(plain)];
    const source = open()[0] as Source;
    let fills = false;
    const send = one.sink.send.bind(one.sink);
    one.sink.send = (payload) => {
      send(payload);
      if (fills) one.sink.stall();
      fills = false;
    };
    // It is full with the first of three, and reads after so long.
    const burst = async (part: number, ms: number) => {
      fills = true;
      for (const more of [0, 1, 2]) source.send(part + more);
      await clock.advance(ms);
      one.sink.read();
      await new Promise(setImmediate);
    };
    await burst(10, 20);
    await burst(20, 150);
    await burst(30, 20);
    expect(partsOf(other.sink).flat()).toEqual([10, 11, 12, 20, 21, 22, 30, 31, 32]);
    expect(partsOf(one.sink).flat()).toEqual([10, 11, 12, 20, 22, 30, 31, 32]);
    expect(updatesOf(one.sink).map(({ skipped }) => skipped)).toEqual([0, 0, 0, 0, 1, 0, 0, 0]);
  });

  test('is waited for also where somebody joins meanwhile', async () => {
    const one = await subscribe(plain);
    await subscribe(plain);
    const source = open()[0] as Source;
    // It fills while it is sent to.
    const send = one.sink.send.bind(one.sink);
    one.sink.send = (payload) => {
      send(payload);
      one.sink.stall();
    };
    source.send(1);
    source.send(2);
    await subscribe(plain);
    one.sink.read();
    await new Promise(setImmediate);
    expect(partsOf(one.sink)).toEqual([[1], [2]]);
  });
});

describe('a selection that takes time', () => {
  const query = 'subscription { updates { parts slow } }';

  test('is told also to one who could go on with others meanwhile', async () => {
    kind = 'LATEST';
    const first = await subscribe(query);
    const source = open()[0] as Source;
    await new Promise(setImmediate);
    source.send(1);
    source.send(2);
    const second = await subscribe(query);
    const own = open()[1] as Source;
    // The one that is open catches up while the other runs its own.
    const third = Promise.withResolvers<number>();
    Object.assign(slowField(), {
      resolve: ({ parts }: Update) => (parts[0] === 3 ? third.promise : Promise.resolve(parts[0])),
    });
    own.send(3);
    for (let i = 0; i < 5; i += 1) await new Promise(setImmediate);
    third.resolve(3);
    for (let i = 0; i < 5; i += 1) await new Promise(setImmediate);
    expect(partsOf(first.sink)).toEqual([[1], [2]]);
    expect(partsOf(second.sink)).toEqual([[3]]);
  });

  test('keeps the order, and who joins meanwhile gets only what comes', async () => {
    const first = await subscribe(query);
    const source = open()[0] as Source;
    source.send(1);
    const second = await subscribe(query);
    source.send(2);
    await new Promise(setImmediate);
    expect(partsOf(first.sink)).toEqual([[1], [2]]);
    expect(partsOf(second.sink)).toEqual([[2]]);
  });
});

test('an error of a field comes to each once, at its place in the result, and without one in a document that is not his', async () => {
  const some = [
    await subscribe('subscription { updates { parts bad } }'),
    await subscribe('subscription {\n  updates {\n    parts\n    bad\n  }\n}'),
  ];
  open()[0]?.send(1);
  for (const { sink } of some) {
    expect(sink.results).toEqual([
      { data: { updates: { parts: [1], bad: null } }, errors: [{ message: 'no', path: ['updates', 'bad'] }] },
    ]);
  }
});

describe('an end', () => {
  test('of a source is told to each once', async () => {
    const some = [await subscribe(plain), await subscribe(plain)];
    open()[0]?.iterator.end();
    for (const { sink } of some) expect([sink.completions, sink.failures]).toEqual([1, []]);
  });

  test('by a failure is told to each once', async () => {
    const some = [await subscribe(plain), await subscribe(plain)];
    const error = new Error('damaged');
    open()[0]?.iterator.fail(error);
    for (const { sink } of some) expect([sink.completions, sink.failures]).toEqual([0, [error]]);
  });

  test('of one is not that of the others; with the last the source is closed', async () => {
    const [one, other] = [await subscribe(plain), await subscribe(plain)];
    one.end();
    expect(shared).toBe(0);
    open()[0]?.send(1);
    expect([partsOf(one.sink), partsOf(other.sink)]).toEqual([[], [[1]]]);
    other.end();
    expect(open()).toEqual([]);
    other.end();
  });

  test('before it has begun leaves nothing', async () => {
    const sink = new NotedSink();
    const args = { schema, document: parse(plain), contextValue: { viewer: ann } };
    const { begun, end } = fanout.subscribe({ args, viewer: ann, sink });
    end();
    await begun;
    expect(open()).toEqual([]);
  });
});

test('one that cannot begin is told why', async () => {
  const { sink } = await subscribe('subscription ($of: String!) { updates(of: $of) { parts } }');
  expect(sink.failures).toHaveLength(1);
  expect(open()).toEqual([]);
});
