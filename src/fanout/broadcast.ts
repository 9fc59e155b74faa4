// One source executed for all who share it: each of its updates is run and written as JSON once, and goes to every member. A member that is alone
// is waited for, so that its source conflates; among several, one that does not read is passed over.
//
//   alone ── caught up ──▶ open to others ── the last member leaves, or the source ends ──▶ closed
//     └── caught up, and there is one open to others ──▶ its member joins that
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
  onClosed(broadcast: Broadcast): void;
  /** Results that went out beyond one an update; negative: fewer. */
  onDelivered(more: number): void;
}

export class Broadcast implements LiveConsumer<unknown> {
  readonly #options: BroadcastOptions;
  readonly #members = new Set<Member>();
  // Updates that were taken so far.
  #taken = 0;
  // Selections that are being run: meanwhile nothing more is taken.
  #executing = 0;
  #isClosed = false;

  constructor(options: BroadcastOptions) {
    this.#options = options;
  }

  /** Whether one who has had all that was until now can go on with it. */
  get isOpen(): boolean {
    const { sharing } = this.#options.iterator;
    return !this.#isClosed && (sharing?.kind === 'COUNTED' || sharing?.isCaughtUp() === true);
  }

  /** Begins with its first member. */
  begin(member: Member): void {
    this.#members.add(member);
    this.#options.iterator.consume(this);
  }

  /** One who has had all that was until now. */
  join(member: Member): void {
    const { sharing } = this.#options.iterator;
    member.joinedAt = this.#taken;
    member.left = sharing?.kind === 'COUNTED' ? sharing.waiting() : 0;
    this.#members.add(member);
    // With another beside it, nobody is waited for.
    this.#options.iterator.wake();
  }

  leave(member: Member): void {
    if (!this.#members.delete(member) || this.#members.size > 0) return;
    this.#close();
    void this.#options.iterator.return();
  }

  /** Its only member goes on elsewhere. */
  release(): Member | undefined {
    const [member] = this.#members;
    if (member !== undefined) this.leave(member);
    return member;
  }

  get isReady(): boolean {
    if (this.#executing > 0) return false;
    if (this.#members.size !== 1) return true;
    const [member] = this.#members as unknown as [Member];
    if (!member.sink.isFull) return true;
    member.sink.whenRoom(() => this.#options.iterator.wake());
    return false;
  }

  take(update: unknown): void {
    this.#taken += 1;
    const number = this.#taken;
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
    let delivered = 0;
    const isAlone = this.#members.size === 1;
    for (const member of this.#members) {
      if (member.joinedAt >= number) continue;
      const isBehind = member.isLost || member.hasKept || (!isAlone && member.sink.isFull);
      if (isBehind) this.#passOver(member, update, payload);
      else if (member.left > 0 || member.missed > 0) this.#sendPart(member, update);
      else {
        member.sink.send(payload);
        delivered += 1;
      }
    }
    this.#options.onDelivered(delivered - 1);
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
    this.#run(sharing.part(update, left, missed), (payload) => {
      if (!this.#members.has(member)) return;
      member.sink.send(payload);
      this.#options.onDelivered(1);
    });
  }

  #passOver(member: Member, update: unknown, payload: Payload): void {
    const { sharing } = this.#options.iterator;
    if (sharing?.kind === 'COUNTED') {
      const size = sharing.sizeOf(update);
      member.missed += Math.max(0, size - member.left);
      member.left = Math.max(0, member.left - size);
      return;
    }
    if (sharing?.kind === 'LATEST') member.keep(sharing.keyOf(update), payload);
    if (sharing?.kind === 'ANEW') member.isLost = true;
    member.sink.whenRoom(() => this.#resume(member));
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
    member.sendKept();
    if (member.hasKept) member.sink.whenRoom(() => this.#resume(member));
  }
}
