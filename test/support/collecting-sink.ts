// A sink that keeps what it is sent, and can be made to hang or to fail.
import type { PointInput } from '../../src/points/point.ts';
import type { Sink } from '../../src/sources/sink.ts';

export class CollectingSink implements Sink {
  readonly batches: (readonly PointInput[])[] = [];
  /** Sends that have not settled, and the most there ever were. */
  inFlight = 0;
  mostInFlight = 0;
  /** Thrown by every send while it is set. */
  failure: Error | undefined;
  #held: PromiseWithResolvers<void> | undefined;

  get points(): PointInput[] {
    return this.batches.flat();
  }

  /** From here on sends hang, until release(). */
  hold(): void {
    this.#held ??= Promise.withResolvers();
  }

  release(): void {
    this.#held?.resolve();
    this.#held = undefined;
  }

  async send(points: readonly PointInput[]): Promise<void> {
    this.inFlight += 1;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
    await this.#held?.promise;
    this.inFlight -= 1;
    if (this.failure !== undefined) throw this.failure;
    this.batches.push(points);
  }
}
