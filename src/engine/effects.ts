// What a step decided must happen outside: collected inside, carried out afterwards.
import type { Feed } from '../feeds/feed.ts';

export class Effects {
  /** Feeds that took a point: each is woken once a block, however many it took. */
  readonly wokenFeeds = new Set<Feed>();

  /** Carries all out and is empty again. */
  perform(): void {
    if (this.wokenFeeds.size === 0) return;
    for (const feed of this.wokenFeeds) feed.wake();
    this.wokenFeeds.clear();
  }

  /** Forgets all: for recovery, in which everything has happened before. */
  drop(): void {
    this.wokenFeeds.clear();
  }
}
