// Lights and their colours: the small thing whose changes the tests keep.
import { onTestFinished } from 'vitest';
import { sleep } from '../../src/base/clock.ts';
import { ChangeLog, type ChangeOf } from '../../src/changes/change-log.ts';
import type { ChangeBody } from '../../src/changes/stored.ts';
import { openMemoryStore } from '../../src/store/memory-store.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { withMethod } from '../support/with-method.ts';

export interface Light extends ChangeBody {
  readonly colour: string;
  readonly since: number;
}

export function turned(id: string, colour: string, { isTold = true, since = 0 } = {}): ChangeOf<Light> {
  return { body: { id, colour, since, isTold } };
}

/** The change log of lights over a store that fails while a test says so; those that are off are old one day. */
export class LightWorld {
  readonly clock = new FakeClock();
  readonly storage = openMemoryStore({ clock: this.clock, maxBytes: 1e8 });
  /** What commits and reads are refused with. */
  failure: Error | null = null;
  commits = 0;
  /** How long a page of the past is on its way. */
  readMs = 0;
  /** As the owner heard of it. */
  readonly committed: string[] = [];
  readonly errors: unknown[] = [];

  /** Once more: another log over the same store, as after a restart. */
  async open(): Promise<ChangeLog<Light>> {
    const { store, ownership } = this.storage;
    const failing = withMethod(store, {
      commit: async (...asked) => {
        this.commits += 1;
        if (this.failure !== null) throw this.failure;
        return store.commit(...asked);
      },
      records: async (...asked) => {
        if (this.failure !== null) throw this.failure;
        const page = await store.records(...asked);
        if (this.readMs > 0) await sleep(this.clock, this.readMs);
        return page;
      },
    });
    const log = new ChangeLog<Light>({
      stream: 'insights',
      store: failing,
      lease: ownership.lease(0),
      clock: this.clock,
      now: () => this.clock.now(),
      isOld: ({ colour, since }, before) => colour === 'off' && since < before,
      onCommitted: (all) => this.committed.push(...all.map(textOf)),
      onError: (error) => this.errors.push(error),
    });
    await log.load();
    onTestFinished(() => log.stop());
    return log;
  }
}

export function textOf({ id, colour }: Light): string {
  return `${id} ${colour}`;
}
