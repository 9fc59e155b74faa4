// Sockets that have something to write: all that one of them got in one turn of the event loop leaves in one system call, a bounded number of them a
// turn.

/** Something that writes what waits. */
export interface Flushable {
  flush(): void;
}

// Some milliseconds of work for the event loop.
const sliceMs = 8;
const checkEvery = 32;

export class Flushes {
  #waiting: Flushable[] = [];
  #isDue = false;

  /** It is flushed at the end of this turn, or of one soon after. */
  add(one: Flushable): void {
    this.#waiting.push(one);
    if (this.#isDue) return;
    this.#isDue = true;
    setImmediate(() => this.#run());
  }

  #run(): void {
    const all = this.#waiting;
    const begun = performance.now();
    let at = 0;
    while (at < all.length) {
      (all[at] as Flushable).flush();
      at += 1;
      if (at % checkEvery === 0 && performance.now() - begun > sliceMs) break;
    }
    this.#waiting = at === all.length ? [] : all.slice(at);
    this.#isDue = this.#waiting.length > 0;
    if (this.#isDue) setImmediate(() => this.#run());
  }
}
