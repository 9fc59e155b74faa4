// Subscriptions, shared by all who ask the same: each begins on its own, with what it asked to catch up with or its snapshot, and goes on with the
// others once it has all that they have.
import {
  createSourceEventStream,
  type ExecutionArgs,
  type ExecutionResult,
  executeSubscriptionEvent,
  GraphQLError,
  type ValidatedSubscriptionArgs,
  validateSubscriptionArgs,
} from 'graphql';
import { LiveIterator } from '../base/live-iterator.ts';
import { Broadcast } from './broadcast.ts';
import { Member } from './member.ts';
import { Payload } from './payload.ts';
import { ShareKeys } from './share-key.ts';
import type { Sink } from './sink.ts';

export interface FanoutOptions {
  after(ms: number, run: () => void): { cancel(): void };
  /** A result as JSON, its errors as clients may see them. */
  toJson(result: ExecutionResult): string;
  /** Results that were sent beyond one an update, or fewer. */
  onDelivered(more: number): void;
  /** Subscriptions that are open beyond one a source. */
  onShared(count: number): void;
}

export interface SubscribeInput {
  readonly args: ExecutionArgs;
  readonly viewer: { readonly id: string; readonly rights: object };
  readonly sink: Sink;
  /** Called once, when it has a source. */
  onCreated?(): void;
}

/** One who is subscribed. */
interface Subscription {
  readonly input: SubscribeInput;
  readonly key: string;
  readonly member: Member;
  /** Null while its source is being opened. */
  broadcast: Broadcast | null;
  isCreated: boolean;
  isOver: boolean;
}

export class Fanout {
  readonly #options: FanoutOptions;
  readonly #keys = new ShareKeys();
  // Those that others may join.
  readonly #open = new Map<string, Broadcast>();
  // Those that had caught up when the one that is open had not, by its key.
  readonly #hopeful = new Map<string, Set<Broadcast>>();
  readonly #subscriptions = new Map<Member, Subscription>();
  #broadcasts = 0;
  // Subscriptions that have a source.
  #attached = 0;

  constructor(options: FanoutOptions) {
    this.#options = options;
  }

  /** Begins a subscription; gives back how to end it. Whether it could begin, its sink hears; settles when that is known. Never rejects. */
  subscribe(input: SubscribeInput): { readonly begun: Promise<void>; readonly end: () => void } {
    const key = this.#keys.keyOf(input);
    const state = { broadcast: null, isCreated: false, isOver: false };
    const subscription: Subscription = { input, key, member: new Member(input.sink), ...state };
    this.#subscriptions.set(subscription.member, subscription);
    return { begun: this.#begin(subscription), end: () => this.#end(subscription) };
  }

  #end(subscription: Subscription): void {
    if (subscription.isOver) return;
    subscription.isOver = true;
    this.#subscriptions.delete(subscription.member);
    const { broadcast } = subscription;
    this.#attach(subscription, null);
    broadcast?.leave(subscription.member);
    this.#tellShared();
  }

  /** Opens a source of its own. */
  async #begin(subscription: Subscription): Promise<void> {
    const { input, member } = subscription;
    const opened = await openSource(input.args);
    if ('errors' in opened) return this.#fail(subscription, opened.errors);
    const { args, iterator } = opened;
    if (subscription.isOver) return void iterator.return();
    const broadcast = this.#broadcastOf(args, iterator, subscription.key);
    this.#attach(subscription, broadcast);
    this.#tellShared();
    if (!subscription.isCreated) {
      subscription.isCreated = true;
      input.onCreated?.();
    }
    broadcast.begin(member);
  }

  #fail(subscription: Subscription, errors: readonly unknown[]): void {
    const { isOver, member } = subscription;
    this.#end(subscription);
    if (!isOver) member.sink.fail(errors);
  }

  #broadcastOf(args: ValidatedSubscriptionArgs, iterator: LiveIterator<unknown>, key: string): Broadcast {
    const { toJson, onDelivered, after } = this.#options;
    const execute = (update: unknown) => {
      const result = executeSubscriptionEvent({ ...args, rootValue: update });
      const payloadOf = (one: ExecutionResult) => new Payload(withoutLocations(one), toJson);
      return result instanceof Promise ? result.then(payloadOf) : payloadOf(result);
    };
    this.#broadcasts += 1;
    return new Broadcast({
      iterator,
      execute,
      onDelivered,
      after,
      onCaughtUp: (broadcast) => this.#share(broadcast, key),
      onLost: (member) => {
        const subscription = this.#subscriptions.get(member);
        if (subscription === undefined) return;
        this.#attach(subscription, null);
        this.#tellShared();
        void this.#begin(subscription);
      },
      onClosed: (broadcast) => {
        this.#broadcasts -= 1;
        if (this.#open.get(key) === broadcast) this.#open.delete(key);
        const hopeful = this.#hopeful.get(key);
        if (hopeful?.delete(broadcast) === true && hopeful.size === 0) this.#hopeful.delete(key);
      },
    });
  }

  /** Its members go on with those who ask the same, or others with them. */
  #share(broadcast: Broadcast, key: string): void {
    const open = this.#open.get(key);
    if (open === broadcast) this.#invite(key);
    else if (open?.isOpen === true) this.#join(broadcast, open);
    else if (open === undefined || open.isStuck) this.#open.set(key, broadcast);
    else this.#hopeful.set(key, (this.#hopeful.get(key) ?? new Set()).add(broadcast));
  }

  #join(broadcast: Broadcast, open: Broadcast): void {
    for (const member of broadcast.release()) {
      const subscription = this.#subscriptions.get(member);
      if (subscription === undefined) continue;
      this.#attach(subscription, open);
      open.join(member);
    }
    this.#tellShared();
  }

  /** The one that is open has caught up: so may have others meanwhile. */
  #invite(key: string): void {
    const hopeful = this.#hopeful.get(key);
    if (hopeful === undefined) return;
    this.#hopeful.delete(key);
    for (const broadcast of hopeful) if (broadcast.isAtRest) this.#share(broadcast, key);
  }

  #attach(subscription: Subscription, broadcast: Broadcast | null): void {
    this.#attached += (broadcast === null ? 0 : 1) - (subscription.broadcast === null ? 0 : 1);
    subscription.broadcast = broadcast;
  }

  #tellShared(): void {
    this.#options.onShared(Math.max(0, this.#attached - this.#broadcasts));
  }
}

/** Each has written the document in his own way: where in it an error lies is not told. */
function withoutLocations(result: ExecutionResult): ExecutionResult {
  if (result.errors === undefined) return result;
  const errors = result.errors.map(({ message, path, originalError, cause, extensions }) => {
    return new GraphQLError(message, { path: path ?? null, extensions, cause: cause ?? originalError });
  });
  return { ...result, errors };
}

type Opened =
  | { readonly errors: readonly unknown[] }
  | { readonly args: ValidatedSubscriptionArgs; readonly iterator: LiveIterator<unknown> };

async function openSource(asked: ExecutionArgs): Promise<Opened> {
  const args = validateSubscriptionArgs(asked);
  if (!('schema' in args)) return { errors: args };
  const source = await createSourceEventStream(args);
  if (source instanceof LiveIterator) return { args, iterator: source };
  // Whoever writes a subscription field returns what others can share, as all of ours do.
  if (Symbol.asyncIterator in source) return { errors: [new TypeError('the source is no LiveIterator')] };
  return { errors: source.errors ?? [] };
}
