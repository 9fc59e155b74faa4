// One KPI's window that all who ask the same share: its value and its past, read from panes that others may read too. A value is over
// exactly the points with windowStart < timestamp <= windowEnd. Where nothing moved since the last time, nothing is computed.
import { type Cells, totalSlot } from '../aggregates/cells.ts';
import { present } from '../base/assert.ts';
import { type Computed, computationOver, computedOf } from './computed.ts';
import { type Computation, groupRows, totalValue } from './group-rows.ts';
import { paneIndex } from './panes.ts';
import { panesPerWindow, type SharedPanes, type WindowCells } from './shared-panes.ts';
import { type WindowQuery, windowKey } from './window-query.ts';
import {
  type Covered,
  changePercent,
  type GroupValue,
  type ValueFrame,
  type WindowBucket,
  type WindowValue,
} from './window-value.ts';

/** The panes of one operand; others where they were made anew since. Throws where that failed. */
export interface PaneSource {
  readonly panes: SharedPanes;
}

/** What is left of the last computation. */
interface Known {
  readonly stamps: readonly object[];
  readonly frame: ValueFrame;
  readonly bytes: number;
}

interface KnownBucket {
  readonly version: number;
  readonly bucket: WindowBucket;
  readonly bytes: number;
}

// A window's own objects, a row of a value with its numbers, and a part of its key; with the headers of the objects.
const bytesPerWindow = 2000;
const bytesPerRow = 150;
const bytesPerKeyPart = 64;

export class SharedWindow {
  readonly query: WindowQuery;
  readonly key: string;
  readonly #computed: Computed;
  readonly #sources: readonly PaneSource[];
  readonly #storedFrom: () => number;
  #known: Known | null = null;
  #sequence = 0;
  // By length in panes, then by step; of these panes.
  readonly #buckets = new Map<number, Map<number, KnownBucket>>();
  #bucketsOf: readonly SharedPanes[] = [];
  // Memory of all steps that are kept.
  #bucketBytes = 0;

  /**
   * `sources` has the panes of `computedOf(query).panes`, in that order. `storedFrom` gives the time after which all points are stored;
   * negative infinity: all there ever were.
   */
  constructor(
    query: WindowQuery,
    sources: readonly PaneSource[],
    storedFrom: () => number = () => Number.NEGATIVE_INFINITY,
  ) {
    this.query = query;
    this.key = windowKey(query);
    this.#computed = computedOf(query);
    this.#sources = sources;
    this.#storedFrom = storedFrom;
  }

  /** Memory of the values and steps that are kept, about; their panes are not counted. */
  get bytes(): number {
    return bytesPerWindow + (this.#known?.bytes ?? 0) + this.#bucketBytes;
  }

  get paneMs(): number {
    return this.#panes[0]?.paneMs ?? Number.NaN;
  }

  /** The value at `now`. The same frame comes again where neither time nor points have moved. */
  frame(now: number, epoch: number): ValueFrame {
    const windows = this.#panes.map((panes) => panes.windowAt(now));
    const stamps = windows.map(({ stamp }) => stamp);
    const known = this.#known !== null && isSame(this.#known.stamps, stamps) ? this.#known.frame : null;
    if (known?.asOf === now) return known;
    this.#sequence += 1;
    const value = this.#value(windows, now, known?.value ?? null);
    const frame = { epoch, sequence: this.#sequence, asOf: now, value };
    this.#known = { stamps, frame, bytes: bytesOf(value.groups) };
    return frame;
  }

  /** The window cut into about `buckets` steps of whole panes, oldest first. A step that is as before is the same object. */
  history(now: number, buckets: number): WindowBucket[] {
    const all = this.#panes;
    for (const one of all) one.letIn(now);
    if (!isSame(this.#bucketsOf, all)) this.#buckets.clear();
    this.#bucketsOf = all;
    const { paneMs } = this;
    const panes = Math.ceil(panesPerWindow / buckets);
    const first = Math.floor(Math.floor((now - this.query.timeWindow.ms) / paneMs) / panes);
    const last = Math.floor(paneIndex(now, paneMs) / panes);
    const before = this.#buckets.get(panes);
    const after = new Map<number, KnownBucket>();
    for (let step = first; step <= last; step += 1) after.set(step, this.#bucket(all, step, panes, before?.get(step)));
    this.#buckets.set(panes, after);
    this.#bucketBytes = 0;
    for (const steps of this.#buckets.values()) for (const { bytes } of steps.values()) this.#bucketBytes += bytes;
    return [...after.values()].map(({ bucket }) => bucket);
  }

  get #panes(): SharedPanes[] {
    return this.#sources.map(({ panes }) => panes);
  }

  #value(windows: readonly WindowCells[], now: number, known: WindowValue | null): WindowValue {
    const { start, previousStart } = present(windows[0], 'window');
    const seconds = (now - start) / 1000;
    if (known !== null && known.windowStart === start && !this.#computed.isPerSecond) {
      return { ...known, windowEnd: now, covered: this.#covered(start, now) };
    }
    const all = this.#panes;
    const firstPane = Math.round(start / this.paneMs);
    const current = this.#computation(
      all,
      windows.map(({ cells }) => cells),
      { firstPane, seconds },
    );
    const cellsBefore = windows.map(({ previous }) => previous).filter((cells) => cells !== null);
    const firstBefore = Math.floor(previousStart / this.paneMs);
    const before =
      cellsBefore.length < windows.length
        ? null
        : this.#computation(all, cellsBefore, { firstPane: firstBefore, seconds });
    const value = totalValue(current);
    const previous = before === null ? null : totalValue(before);
    return {
      value,
      count: current.base.cells.count(totalSlot),
      groups: groupRows(current, before),
      previous,
      changePercent: changePercent(value, previous),
      windowStart: start,
      windowEnd: now,
      covered: this.#covered(start, now),
    };
  }

  #covered(start: number, end: number): Covered {
    const storedFrom = this.#storedFrom();
    const from = Math.min(end, Math.max(start, storedFrom));
    return { from, to: end, isComplete: storedFrom <= start };
  }

  #bucket(all: readonly SharedPanes[], step: number, panes: number, before: KnownBucket | undefined): KnownBucket {
    const [from, to] = [step * panes, (step + 1) * panes - 1];
    const version = all.reduce((sum, one) => sum + one.panes.versionOf(from, to), 0);
    if (before?.version === version) return before;
    const merged = all.map((one) => {
      const cells = one.panes.newCells();
      one.panes.mergeInto(cells, from, to);
      return cells;
    });
    const { paneMs } = this;
    const computation = this.#computation(all, merged, { firstPane: from, seconds: (panes * paneMs) / 1000 });
    const bucket = {
      start: from * paneMs,
      end: (to + 1) * paneMs,
      value: totalValue(computation),
      count: computation.base.cells.count(totalSlot),
      groups: groupRows(computation, null),
    };
    return { version, bucket, bytes: bytesOf(bucket.groups) };
  }

  #computation(
    all: readonly SharedPanes[],
    cells: readonly Cells[],
    stretch: { readonly firstPane: number; readonly seconds: number },
  ): Computation {
    const rings = all.map((one) => one.panes);
    return computationOver(this.#computed, this.query, rings, cells, stretch);
  }
}

function bytesOf(groups: readonly GroupValue[]): number {
  let bytes = bytesPerRow;
  for (const { key } of groups) {
    bytes += bytesPerRow;
    for (const { value } of key) bytes += bytesPerKeyPart + 2 * (value?.length ?? 0);
  }
  return bytes;
}

function isSame(a: readonly object[], b: readonly object[]): boolean {
  return a.length === b.length && a.every((one, i) => one === b[i]);
}
