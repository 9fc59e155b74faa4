// What is on its way to a client in an HTTP answer that goes on and on: a write waits while there is no room, so that whoever
// produces for a slow reader waits too; a reader that does not move is cut.
import type { ServerResponse } from 'node:http';
import type { Clock } from '../base/clock.ts';
import { type StallLimits, StallWatch } from './stall-watch.ts';

export class ResponseOutbox {
  readonly #response: ServerResponse;
  readonly #stall: StallWatch;
  #room: PromiseWithResolvers<void> | null = null;

  constructor(response: ServerResponse, clock: Clock, limits: StallLimits) {
    this.#response = response;
    this.#stall = new StallWatch(
      clock,
      limits,
      () => false,
      () => response.destroy(),
    );
    response.on('drain', () => this.#hasRoom());
    response.once('close', () => this.#hasRoom());
  }

  /** Settles when there is room for more, or the client has left. After the end nothing is written. */
  async write(text: string): Promise<void> {
    const response = this.#response;
    if (response.destroyed || response.writableEnded || response.write(text)) return;
    this.#stall.begin();
    this.#room ??= Promise.withResolvers();
    await this.#room.promise;
  }

  /** Says that the stream lives, unless what was said before has not left yet. */
  beat(text: string): void {
    if (!this.#response.writableNeedDrain) void this.write(text);
  }

  #hasRoom(): void {
    this.#stall.end();
    this.#room?.resolve();
    this.#room = null;
  }
}
