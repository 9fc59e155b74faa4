// Deliveries that wait in memory: those that are due by receiver, in order of their times, and later ones until they are due.
import { present } from '../base/assert.ts';
import type { OutboxRow } from '../store/store.ts';
import { readDelivery } from './webhook-message.ts';

export interface QueuedDelivery {
  readonly row: OutboxRow;
  /** Scheme, host and port of the receiver. */
  readonly origin: string;
}

interface Receiver {
  readonly origin: string;
  /** Due deliveries from `start` on, by time and id. */
  readonly waiting: (QueuedDelivery | undefined)[];
  start: number;
  sending: number;
}

// Taken deliveries are cut off once there are so many and they are half of the array.
const minTaken = 512;

export class WebhookQueue {
  readonly #maxPerReceiver: number;
  // Of every delivery that was added and is not finished.
  readonly #ids = new Set<string>();
  // Those with a delivery that is due or being sent.
  readonly #receivers = new Map<string, Receiver>();
  // Those with a due delivery and a free place; the first one has waited longest for its turn.
  readonly #ready = new Set<Receiver>();
  #later: QueuedDelivery[] = [];
  // The earliest time among #later.
  #nextDue = Number.POSITIVE_INFINITY;

  /** At most `maxPerReceiver` deliveries are sent to one origin at a time. */
  constructor(maxPerReceiver: number) {
    this.#maxPerReceiver = maxPerReceiver;
  }

  /** False where a delivery with this id is in the queue already. */
  add(row: OutboxRow, now: number): boolean {
    if (this.#ids.has(row.id)) return false;
    this.#ids.add(row.id);
    this.#put({ row, origin: new URL(readDelivery(row.body).url).origin }, now);
    return true;
  }

  /** Makes what has become due ready to be taken. */
  admitDue(now: number): void {
    if (this.#nextDue > now) return;
    const later = this.#later;
    this.#later = [];
    this.#nextDue = Number.POSITIVE_INFINITY;
    for (const delivery of later) this.#put(delivery, now);
  }

  /** The next delivery to send, receivers in turn; undefined where no receiver with a free place has one that is due. */
  take(): QueuedDelivery | undefined {
    const [receiver] = this.#ready;
    if (receiver === undefined) return undefined;
    const delivery = present(receiver.waiting[receiver.start], 'a due delivery');
    receiver.waiting[receiver.start] = undefined;
    receiver.start += 1;
    if (receiver.start >= minTaken && receiver.start * 2 >= receiver.waiting.length) {
      receiver.waiting.splice(0, receiver.start);
      receiver.start = 0;
    }
    receiver.sending += 1;
    this.#ready.delete(receiver);
    this.#noteReady(receiver);
    return delivery;
  }

  /** Ends the sending of a delivery that was taken, for good. */
  finish({ row, origin }: QueuedDelivery): void {
    this.#ids.delete(row.id);
    this.#freePlace(origin);
  }

  /** Ends the sending of a delivery that was taken: `row` is to be sent in its place. */
  retry({ origin }: QueuedDelivery, row: OutboxRow, now: number): void {
    this.#put({ row, origin }, now);
    this.#freePlace(origin);
  }

  #put(delivery: QueuedDelivery, now: number): void {
    const { due } = delivery.row;
    if (due > now) {
      this.#later.push(delivery);
      this.#nextDue = Math.min(this.#nextDue, due);
      return;
    }
    const receiver = this.#receiverOf(delivery.origin);
    insert(receiver, delivery);
    this.#noteReady(receiver);
  }

  #receiverOf(origin: string): Receiver {
    const found = this.#receivers.get(origin);
    if (found !== undefined) return found;
    const receiver = { origin, waiting: [], start: 0, sending: 0 };
    this.#receivers.set(origin, receiver);
    return receiver;
  }

  #freePlace(origin: string): void {
    const receiver = present(this.#receivers.get(origin), origin);
    receiver.sending -= 1;
    if (receiver.sending === 0 && receiver.start === receiver.waiting.length) this.#receivers.delete(origin);
    else this.#noteReady(receiver);
  }

  #noteReady(receiver: Receiver): void {
    const { waiting, start, sending } = receiver;
    if (start < waiting.length && sending < this.#maxPerReceiver) this.#ready.add(receiver);
  }
}

function insert({ waiting, start }: Receiver, delivery: QueuedDelivery): void {
  let low = start;
  let high = waiting.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(delivery.row, present(waiting[middle], 'a due delivery').row)) high = middle;
    else low = middle + 1;
  }
  waiting.splice(low, 0, delivery);
}

function isBefore(a: OutboxRow, b: OutboxRow): boolean {
  return a.due < b.due || (a.due === b.due && a.id < b.id);
}
