// One source executed for all who share it: each of its updates is run and written as JSON once, and goes to every member. One that does not read is
// passed over; where nobody does, all of them are waited for, so that their source conflates.
//
//   alone ── caught up ──▶ open to others ── the last member leaves, or the source ends ──▶ closed
//     └── caught up, and there is one open to others ──▶ its member joins that
//   open to others ── nobody in it reads ──▶ another takes its place, which its members join once they have read
import type { LiveConsumer, LiveIterator } from '../base/live-iterator.ts';
import type { Member } from './member.ts';
import type { Payload } from './payload.ts';

export interface BroadcastOptions {
  readonly iterator: LiveIterator<unknown>;
  /** Runs the selection for an update; never fails, for errors are part of the result. */
  execute(update: unknown): Payload | Promise<Payload>;
  /** It has all there was: its member may go on with others. */
  onCaughtUp(broadcast: Broadcast): void;
  /** A member has missed what it cannot be told: it is to begin anew. */
  onLost(member: Member): void;
  after(ms: number, run: () => void): { cancel(): void };
  onClosed(broadcast: Broadcast): void;
  /** Results that went out beyond one an update; negative: fewer. */
  onDelivered(more: number): void;
}

// Some milliseconds of work.
const mostInTurn = 5000;
// Nobody is waited for so long, nor while so many parts wait meanwhile.
const graceMs = 100;
const mostWaiting = 1000;

export class Broadcast implements LiveConsumer<unknown> {
  readonly #options: BroadcastOptions;
  readonly #members = new Set<Member>();
  // Updates that were taken so far.
  #taken = 0;
  // Selections that are being run: meanwhile nothing more is taken.
  #executing = 0;
  // Number of the hold that is on: nobody has room, or some are waited for; null: none is.
  #hold: number | null = null;
  #lastHold = 0;
  // Ends the wait for those who are full.
  #endWait: (() => void) | null = null;
  // Deliveries that this turn of the event loop has left: what was delivered is to be written, too.
  #leftInTurn = mostInTurn;
  #isClosed = false;

  constructor(options: BroadcastOptions) {
    this.#options = options;
  }

  /** Whether one who has had all that was until now can go on with it. */
  get isOpen(): boolean {
    const { sharing } = this.#options.iterator;
    return !this.#isClosed && (sharing?.kind === 'COUNTED' || sharing?.isCaughtUp() === true);
  }

  /** Nothing is on its way to its members either: they may go on elsewhere. */
  get isAtRest(): boolean {
    return this.isOpen && this.#executing === 0;
  }

  /** Begins with its first member. */
  begin(member: Member): void {
    member.startAnew();
    this.#members.add(member);
    this.#options.iterator.consume(this);
  }

  /** One who has had all that was until now. */
  join(member: Member): void {
    member.joinedAt = this.#taken;
    member.left = this.#waiting();
    this.#members.add(member);
    const { sharing } = this.#options.iterator;
    // What it was shown alone may be another state than what was told here last.
    if (sharing?.kind === 'ANEW') sharing.forget();
    // Who is waited for has his moment all the same.
    if (this.#endWait === null) this.#hold = null;
    this.#options.iterator.wake();
  }

  leave(member: Member): void {
    if (!this.#members.delete(member) || this.#members.size > 0) return;
    this.#close();
    void this.#options.iterator.return();
  }

  /** Nobody in it reads: whoever comes is not to wait for them. */
  get isStuck(): boolean {
    for (const { sink } of this.#members) if (!sink.isFull) return false;
    return true;
  }

  /** Its members go on elsewhere, without those who have yet to be told what they missed. */
  release(): Member[] {
    const some = [...this.#members].filter(({ isBehind }) => !isBehind);
    for (const member of some) this.leave(member);
    return some;
  }

  get isReady(): boolean {
    if (this.#endWait !== null && this.#waiting() > mostWaiting) this.#endWait();
    if (this.#executing > 0 || this.#hold !== null || this.#leftInTurn <= 0) return false;
    if (this.#members.size !== 1) return true;
    // One that is alone is never passed over: it may be catching up.
    for (const { sink } of this.#members) if (sink.isFull) this.#holdAll();
    return this.#hold === null;
  }

  /** Parts of the next updates that wait already. */
  #waiting(): number {
    const { sharing } = this.#options.iterator;
    return sharing?.kind === 'COUNTED' ? sharing.waiting() : 0;
  }

  take(update: unknown): void {
    this.#taken += 1;
    const number = this.#taken;
    this.#noteTurn();
    this.#run(update, (payload) => this.#deliver(update, payload, number));
  }

  idle(): void {
    if (this.#options.iterator.sharing?.isCaughtUp() === true) this.#options.onCaughtUp(this);
  }

  end(failure: { readonly error: unknown } | undefined): void {
    if (this.#isClosed) return;
    const members = [...this.#members];
    this.#close();
    for (const { sink } of members) {
      if (failure === undefined) sink.complete();
      else sink.fail([failure.error]);
    }
  }

  #close(): void {
    this.#isClosed = true;
    this.#endWait?.();
    this.#members.clear();
    this.#options.onClosed(this);
  }

  #run(update: unknown, deliver: (payload: Payload) => void): void {
    const made = this.#options.execute(update);
    if (!(made instanceof Promise)) {
      deliver(made);
      return;
    }
    this.#executing += 1;
    void made.then(deliver).finally(() => {
      this.#executing -= 1;
      this.#options.iterator.wake();
    });
  }

  #deliver(update: unknown, payload: Payload, number: number): void {
    let [delivered, hasRoom] = [0, false];
    const full: Member[] = [];
    for (const member of this.#members) {
      const { sink } = member;
      // All has left that was sent to him: he is no slow reader any more.
      if (!member.hasGrace && sink.isDrained) member.hasGrace = true;
      if (member.joinedAt < number) {
        if (member.isBehind || sink.isFull) this.#passOver(member, update, payload);
        else if (member.left > 0 || member.missed > 0) this.#sendPart(member, update);
        else {
          sink.send(payload);
          delivered += 1;
        }
      }
      if (!sink.isFull) hasRoom = true;
      else if (member.hasGrace && !member.isBehind) full.push(member);
    }
    this.#options.onDelivered(delivered - 1);
    if (full.length > 0) this.#wait(full);
    else if (!hasRoom) this.#holdAll();
  }

  /** For those who are full, for a moment: a burst makes nobody a slow reader. */
  #wait(full: readonly Member[]): void {
    const hold = this.#newHold();
    let left = full.length;
    const end = () => {
      if (this.#hold !== hold) return;
      this.#endWait = null;
      timer.cancel();
      for (const member of full) if (member.sink.isFull) member.hasGrace = false;
      if ([...this.#members].some(({ sink }) => !sink.isFull)) this.#letGo(hold);
      else this.#holdAll();
    };
    const timer = this.#options.after(graceMs, end);
    this.#endWait = end;
    for (const { sink } of full) {
      sink.whenRoom(() => {
        left -= 1;
        if (left === 0) end();
      });
    }
  }

  /** Until one of them reads. */
  #holdAll(): void {
    if (this.#members.size === 0) return;
    const hold = this.#newHold();
    for (const { sink } of this.#members) sink.whenRoom(() => this.#letGo(hold));
  }

  #newHold(): number {
    this.#lastHold += 1;
    this.#hold = this.#lastHold;
    return this.#lastHold;
  }

  #letGo(hold: number): void {
    if (this.#hold !== hold) return;
    this.#hold = null;
    // Others who read hear of their room in the same turn.
    setImmediate(() => this.#options.iterator.wake());
  }

  #noteTurn(): void {
    if (this.#leftInTurn === mostInTurn) {
      setImmediate(() => {
        this.#leftInTurn = mostInTurn;
        this.#options.iterator.wake();
      });
    }
    this.#leftInTurn -= Math.max(1, this.#members.size);
  }

  /** What it has had is left out, what it was passed over with is counted. */
  #sendPart(member: Member, update: unknown): void {
    const { sharing } = this.#options.iterator;
    if (sharing?.kind !== 'COUNTED') return;
    const size = sharing.sizeOf(update);
    const { left, missed } = member;
    if (left > 0 && size <= left) {
      member.left -= size;
      return;
    }
    member.left = 0;
    member.missed = 0;
    this.#runFor(member, sharing.part(update, left, missed));
  }

  #passOver(member: Member, update: unknown, payload: Payload): void {
    const { sharing } = this.#options.iterator;
    const isNew = !member.isBehind;
    if (sharing?.kind === 'COUNTED') passOverCounted(member, update, sharing.sizeOf(update));
    else if (sharing?.kind === 'LATEST') member.keep(sharing.keyOf(update), payload);
    else member.isLost = true;
    if (isNew && member.isBehind) member.sink.whenRoom(() => this.#resume(member));
  }

  /** There is room again for one who was passed over. */
  #resume(member: Member): void {
    if (!this.#members.has(member)) return;
    if (member.isLost) {
      member.isLost = false;
      this.leave(member);
      this.#options.onLost(member);
      return;
    }
    // Others of the same socket were first; or what comes next is being run.
    if (member.sink.isFull) member.sink.whenRoom(() => this.#resume(member));
    else if (this.#executing > 0) setImmediate(() => this.#resume(member));
    else this.#tellMissed(member);
  }

  #tellMissed(member: Member): void {
    this.#sendNewest(member);
    this.#options.onDelivered(member.sendKept());
    if (member.isBehind) member.sink.whenRoom(() => this.#resume(member));
    // Who knows all may go on with others.
    else setImmediate(() => this.#options.iterator.wake());
  }

  /** The newest that he has missed, with how many he has missed before. */
  #sendNewest(member: Member): void {
    const { sharing } = this.#options.iterator;
    const { newest, missed } = member;
    if (newest === null || sharing?.kind !== 'COUNTED') return;
    member.newest = null;
    member.missed = 0;
    const { update, left } = newest;
    this.#runFor(member, sharing.part(update, left, missed - (sharing.sizeOf(update) - left)));
  }

  #runFor(member: Member, update: unknown): void {
    this.#run(update, (payload) => {
      if (!this.#members.has(member)) return;
      member.sink.send(payload);
      this.#options.onDelivered(1);
    });
  }
}

function passOverCounted(member: Member, update: unknown, size: number): void {
  const { left } = member;
  member.left = Math.max(0, left - size);
  if (size <= left) return;
  member.missed += size - left;
  member.newest = { update, left };
}
