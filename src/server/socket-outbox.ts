// What is on its way to one WebSocket: a send waits while more is queued than the mark, so that whoever produces for a
// slow reader waits too; a reader that does not move is told of.
import type { WebSocket } from 'ws';
import type { StallWatch } from './stall-watch.ts';

export class SocketOutbox {
  readonly #socket: WebSocket;
  readonly #mark: number;
  readonly #stall: StallWatch;
  // Those who wait for the queue to shrink; woken when a frame has gone out, or the socket has closed.
  #waiting: (() => void)[] = [];

  constructor(socket: WebSocket, markBytes: number, stall: StallWatch) {
    this.#socket = socket;
    this.#mark = markBytes;
    this.#stall = stall;
    socket.once('close', () => this.#wake());
  }

  /** Settles once there is room for the next message. After the socket has closed nothing is sent. */
  async send(text: string): Promise<void> {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#socket.send(text, () => {
      this.#stall.noteProgress();
      this.#wake();
    });
    while (this.isFull) await this.#room();
  }

  get isFull(): boolean {
    return this.#socket.readyState === this.#socket.OPEN && this.#socket.bufferedAmount > this.#mark;
  }

  #room(): Promise<void> {
    this.#stall.begin();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    if (this.isFull) return;
    this.#stall.end();
    if (this.#waiting.length === 0) return;
    for (const resume of this.#waiting.splice(0)) resume();
  }
}
