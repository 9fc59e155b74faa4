// Which live feeds want a point: by series, so that a point costs nothing for feeds that have nothing to do with it.
import type { StoredPoint } from '../points/point.ts';
import { SearchBudget } from '../points/text-search.ts';
import type { Feed } from './feed.ts';

export class FeedIndex {
  readonly #byEntityType = new Map<string, Set<Feed>>();
  // By series number: the feeds that want it. Made at its first point, thrown away when feeds come or go.
  #bySeries: (readonly Feed[] | undefined)[] = [];
  #size = 0;
  /** What the filters of all feeds may search in a block of points. */
  readonly searches = new SearchBudget();

  /** A new block of points begins. */
  beginBlock(): void {
    this.searches.renew();
  }

  get size(): number {
    return this.#size;
  }

  /** Adds a feed; gives back how to take it out. */
  add(feed: Feed): () => void {
    const { entityType } = feed.query;
    const feeds = this.#byEntityType.get(entityType) ?? new Set();
    this.#byEntityType.set(entityType, feeds);
    feeds.add(feed);
    this.#size += 1;
    this.#bySeries = [];
    return () => {
      if (!feeds.delete(feed)) return;
      if (feeds.size === 0 && this.#byEntityType.get(entityType) === feeds) this.#byEntityType.delete(entityType);
      this.#size -= 1;
      this.#bySeries = [];
    };
  }

  /** Offers a point to those that want it; the ones that took it are added to `woken`. */
  offer(point: StoredPoint, woken: Set<Feed>): void {
    if (this.#size === 0) return;
    const feeds = this.#bySeries[point.series] ?? this.#find(point);
    for (const feed of feeds) {
      try {
        if (feed.offer(point)) woken.add(feed);
      } catch (error) {
        // Its filter costs too much, or has failed: it ends, the others continue.
        feed.iterator.fail(error);
      }
    }
  }

  #find(point: StoredPoint): readonly Feed[] {
    const found: Feed[] = [];
    for (const feed of this.#byEntityType.get(point.entityType) ?? []) {
      const { serviceId } = feed.query;
      if (serviceId === null || serviceId === point.serviceId) found.push(feed);
    }
    this.#bySeries[point.series] = found;
    return found;
  }
}
