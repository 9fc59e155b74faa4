// What has come in and was not looked at yet: nothing is lost between two looks, so no test races with its server.

const patienceMs = 20_000;

export class Inbox<T> {
  readonly #items: T[] = [];
  #waiting: (() => void)[] = [];
  #end: { readonly error: unknown } | 'ended' | undefined;
  readonly #what: string;

  /** `what` is named where something is waited for in vain. */
  constructor(what: string) {
    this.#what = what;
  }

  push(item: T): void {
    this.#items.push(item);
    this.#wake();
  }

  end(): void {
    this.#end ??= 'ended';
    this.#wake();
  }

  fail(error: unknown): void {
    this.#end ??= { error };
    this.#wake();
  }

  /** How many have come that nobody has taken. */
  get size(): number {
    return this.#items.length;
  }

  /** The next one; an error where it ends, fails or stays quiet before. */
  async next(): Promise<T> {
    while (this.#items.length === 0) {
      if (this.#end === 'ended') throw new Error(`${this.#what} ended`);
      if (this.#end !== undefined) throw this.#end.error;
      await this.#change();
    }
    return this.#items.shift() as T;
  }

  async take(count: number): Promise<T[]> {
    const taken: T[] = [];
    while (taken.length < count) taken.push(await this.next());
    return taken;
  }

  /** All up to the first one for which `isLast` holds. */
  async until(isLast: (item: T) => boolean): Promise<T[]> {
    const taken: T[] = [];
    for (;;) {
      const item = await this.next();
      taken.push(item);
      if (isLast(item)) return taken;
    }
  }

  /** What is left when it has ended; an error where it failed. */
  async rest(): Promise<T[]> {
    while (this.#end === undefined) await this.#change();
    if (this.#end !== 'ended') throw this.#end.error;
    return this.#items.splice(0);
  }

  /** The error with which it fails. */
  async failure(): Promise<unknown> {
    while (this.#end === undefined) await this.#change();
    if (this.#end === 'ended') throw new Error(`${this.#what} ended without an error`);
    return this.#end.error;
  }

  #change(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`${this.#what}: nothing came within ${patienceMs / 1000} s`));
      }, patienceMs);
      this.#waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #wake(): void {
    for (const resume of this.#waiting.splice(0)) resume();
  }
}

/** Settles when `holds` gives true, which is looked at every few milliseconds; an error after 20 s. */
export async function waitUntil(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + patienceMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`${what}: not within ${patienceMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
