// The one source of every subscription: it pulls from an owner that conflates, so it holds nothing itself,
// and return() settles a pending next() at once. Whoever has many readers of the same takes values as they come instead (`consume`).
import type { Sharing } from './sharing.ts';

/** Owns what is waiting for one reader. */
export interface LiveSource<T> {
  /** What the reader gets next; undefined where nothing is waiting. May throw: that ends the iteration with the error. */
  take(): T | undefined;
  /** Called once, when the reader has left, the source has ended, or take() has thrown. */
  close(): void;
  /** How several who watch the same go on together; left out: each on its own. */
  readonly sharing?: Sharing<T>;
}

/** Takes values as they come. */
export interface LiveConsumer<T> {
  /** Whether it takes another; where it does again, it says so by `wake`. */
  readonly isReady: boolean;
  take(value: T): void;
  /** Nothing waits for it. */
  idle(): void;
  /** The iteration is over, with the error where it failed. */
  end(failure: { readonly error: unknown } | undefined): void;
}

/** Hears of an iterator without taking part. */
export interface LiveObserver {
  /** Once, when next() is first called on what is not over. */
  read?(): void;
  delivered?(): void;
  /** Once, when the iteration is over. */
  closed?(): void;
}

interface Waiting<T> {
  resolve(result: IteratorResult<T, undefined>): void;
  reject(error: unknown): void;
}

export class LiveIterator<T> implements AsyncIterableIterator<T, undefined, undefined> {
  readonly #source: LiveSource<T>;
  // Readers that asked before there was something; empty while take() gives values.
  readonly #waiting: Waiting<T>[] = [];
  // 'ending' still hands out what waits, 'ended' nothing more.
  #state: 'live' | 'ending' | 'ended' = 'live';
  #failure: { readonly error: unknown } | undefined;
  #observer: LiveObserver = {};
  #isRead = false;
  #consumer: LiveConsumer<T> | undefined;

  constructor(source: LiveSource<T>) {
    this.#source = source;
  }

  /** Tells somebody what becomes of this iterator; there is one observer at most. */
  observe(observer: LiveObserver): void {
    this.#observer = observer;
    if (this.#state === 'ended') observer.closed?.();
  }

  get sharing(): Sharing<T> | undefined {
    return this.#source.sharing;
  }

  /** From now on values go to `consumer` and not to next(), which must not be waiting. */
  consume(consumer: LiveConsumer<T>): void {
    this.#consumer = consumer;
    this.wake();
  }

  /** Tells that take() may have something now. Cheap where nobody waits. */
  wake(): void {
    if (this.#consumer !== undefined) this.#feed(this.#consumer);
    while (this.#waiting.length > 0 && this.#state !== 'ended') {
      const result = this.#pull();
      if (result === undefined) return;
      this.#waiting.shift()?.resolve(result);
    }
  }

  /** Ends the iteration once what waits has been taken. */
  end(): void {
    if (this.#state !== 'live') return;
    this.#state = 'ending';
    this.wake();
    if (this.#waiting.length > 0) this.#finish();
  }

  /** Ends the iteration with an error, after what waits has been taken. */
  fail(error: unknown): void {
    if (this.#state !== 'live') return;
    this.#failure = { error };
    this.end();
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (!this.#isRead) this.#noteRead();
    // Those who asked before come first, also where nobody has called wake() yet.
    this.wake();
    const result = this.#waiting.length > 0 ? undefined : this.#pull();
    if (result !== undefined) return Promise.resolve(result);
    if (this.#state === 'ending') this.#finish();
    if (this.#state === 'ended') return this.#last();
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  #noteRead(): void {
    this.#isRead = true;
    if (this.#state !== 'ended') this.#observer.read?.();
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.#failure = undefined;
    this.#finish();
    return Promise.resolve({ value: undefined, done: true });
  }

  throw(error: unknown): Promise<IteratorResult<T, undefined>> {
    this.#failure = undefined;
    this.#finish();
    return Promise.reject(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #feed(consumer: LiveConsumer<T>): void {
    while (this.#state !== 'ended' && consumer.isReady) {
      const result = this.#pull();
      if (result !== undefined) {
        consumer.take(result.value as T);
        continue;
      }
      if (this.#state === 'ending') this.#finish();
      else if (this.#state === 'live') consumer.idle();
      return;
    }
  }

  #pull(): IteratorResult<T, undefined> | undefined {
    if (this.#state === 'ended') return undefined;
    try {
      const value = this.#source.take();
      if (value === undefined) return undefined;
      this.#observer.delivered?.();
      return { value, done: false };
    } catch (error) {
      this.#failure = { error };
      this.#finish();
      return undefined;
    }
  }

  #last(): Promise<IteratorResult<T, undefined>> {
    const failure = this.#failure;
    this.#failure = undefined;
    return failure === undefined ? Promise.resolve({ value: undefined, done: true }) : Promise.reject(failure.error);
  }

  #finish(): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#source.close();
    this.#observer.closed?.();
    if (this.#consumer !== undefined) {
      const failure = this.#failure;
      this.#failure = undefined;
      this.#consumer.end(failure);
    }
    for (const { resolve, reject } of this.#waiting.splice(0)) {
      const failure = this.#failure;
      this.#failure = undefined;
      if (failure === undefined) resolve({ value: undefined, done: true });
      else reject(failure.error);
    }
  }
}
