// What has come on one WebSocket and waits for its turn: messages are taken one at a time, and while enough of them wait
// nothing more is read from the line. Between short slices of them others have a turn.
import type { WebSocket } from 'ws';
import type { Clock } from '../base/clock.ts';
import { TimeSlice } from '../base/time-slice.ts';

// A few are taken together, however long they are: what one packet brings.
const leastASlice = 32;

export class SocketInbox {
  readonly #socket: WebSocket;
  readonly #mark: number;
  readonly #take: (text: string) => Promise<void>;
  readonly #slice: TimeSlice;
  readonly #waiting: string[] = [];
  // Where in `waiting` the next one is: taking from the front of a long array is slow.
  #next = 0;
  #characters = 0;
  #isBusy = false;

  /** `take` settles when it is the next message's turn; it never rejects. */
  constructor(socket: WebSocket, clock: Clock, mark: number, take: (text: string) => Promise<void>) {
    this.#socket = socket;
    this.#slice = new TimeSlice(clock);
    this.#mark = mark;
    this.#take = take;
  }

  /** Whether a message has its turn: it may be that its answer cannot be sent. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  push(text: string): void {
    this.#waiting.push(text);
    this.#characters += text.length;
    if (!this.#isBusy) void this.#work();
    else if (this.#characters > this.#mark) this.#socket.pause();
  }

  async #work(): Promise<void> {
    this.#isBusy = true;
    this.#slice.begin();
    let taken = 0;
    for (let text = this.#shift(); text !== undefined; text = this.#shift()) {
      if (this.#socket.readyState === this.#socket.OPEN) await this.#take(text);
      taken += 1;
      if (taken % leastASlice === 0 && this.#slice.isOver) await this.#slice.pause();
      if (this.#socket.isPaused && this.#characters <= this.#mark) this.#socket.resume();
    }
    this.#isBusy = false;
  }

  #shift(): string | undefined {
    const text = this.#waiting[this.#next];
    this.#next += 1;
    this.#characters -= text?.length ?? 0;
    if (this.#next >= this.#waiting.length) {
      this.#waiting.length = 0;
      this.#next = 0;
    }
    return text;
  }
}
