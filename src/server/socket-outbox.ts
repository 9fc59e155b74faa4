// What is on its way to one WebSocket: a send waits while more is queued than the mark, so that whoever produces for a
// slow reader waits too.
import type { WebSocket } from 'ws';

export class SocketOutbox {
  readonly #socket: WebSocket;
  readonly #mark: number;
  // Those who wait for the queue to shrink; woken when a frame has gone out, or the socket has closed.
  #waiting: (() => void)[] = [];

  constructor(socket: WebSocket, markBytes: number) {
    this.#socket = socket;
    this.#mark = markBytes;
    socket.once('close', () => this.#wake());
  }

  /** Settles once there is room for the next message. After the socket has closed nothing is sent. */
  async send(text: string): Promise<void> {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#socket.send(text, () => this.#wake());
    while (this.isFull) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  get isFull(): boolean {
    return this.#socket.readyState === this.#socket.OPEN && this.#socket.bufferedAmount > this.#mark;
  }

  #wake(): void {
    if (this.#waiting.length === 0 || this.isFull) return;
    for (const resume of this.#waiting.splice(0)) resume();
  }
}
