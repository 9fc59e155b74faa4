// KPIs as the API asks for them: read, checked, computed by the shared windows or from the log.
import { type InputIssue, invalidInput } from '../base/errors.ts';
import type { LiveIterator } from '../base/live-iterator.ts';
import { readTimeSpan, type TimeSpanInput } from '../base/time-span.ts';
import { readNewestHistory } from '../windows/kpi-history.ts';
import { type KpiUpdate, watchKpi } from '../windows/kpi-watch.ts';
import { readWindowQuery, type WindowQuery, type WindowQueryInput } from '../windows/window-query.ts';
import type { ValueFrame, WindowBucket, WindowValue } from '../windows/window-value.ts';
import { readEvery } from './every.ts';
import type { Peers } from './peers.ts';
import type { Reads } from './reads.ts';
import type { EngineState } from './state.ts';
import { assertMayRead, type Viewer } from './viewer.ts';

/** What is computed, as a client says it. */
export type KpiQueryInput = WindowQueryInput;

export interface KpiHistoryInput {
  readonly query: WindowQueryInput;
  /** Milliseconds since 1970. */
  readonly from: number;
  /** Null: now. */
  readonly to: number | null;
  /** Null: a 60th of the stretch, in whole seconds. */
  readonly step: TimeSpanInput | null;
}

export interface KpiWatchInput {
  readonly query: WindowQueryInput;
  /** Null: a second. */
  readonly every: TimeSpanInput | null;
  /** Null: none. */
  readonly history: number | null;
}

export interface KpiOptions {
  readonly epoch: number;
  readonly maxGroups: number;
  readonly maxWindowBytes: number;
  readonly maxAheadMs: number;
  readonly reads: Reads;
}

export const maxSteps = 1000;
const dayMs = 86_400_000;
export const longestStretchMs = 366 * dayMs;
const stepBounds = { leastMs: 1000, mostMs: longestStretchMs };
export const maxBuckets = 60;

export class Kpis {
  readonly #state: EngineState;
  readonly #peers: Peers;
  readonly #options: KpiOptions;

  constructor(state: EngineState, peers: Peers, options: KpiOptions) {
    this.#state = state;
    this.#peers = peers;
    this.#options = options;
  }

  /** Errors: INVALID_INPUT, FORBIDDEN, LIMIT_EXCEEDED, TIMEOUT, STORAGE_DAMAGED. */
  async value(viewer: Viewer, input: WindowQueryInput, signal: AbortSignal | null = null): Promise<ValueFrame> {
    const query = readQuery(input);
    return this.valueOf(viewer, query, signal);
  }

  /** Of a query that has been read: a widget's. Errors: as value. */
  async valueOf(viewer: Viewer, query: WindowQuery, signal: AbortSignal | null = null): Promise<ValueFrame> {
    assertMayRead(viewer, query.entityType);
    return this.#peers.value(query, signal);
  }

  /** The value of a widget, which its update may bring. Errors: as value. */
  shown(
    viewer: Viewer,
    query: WindowQuery,
    frame: ValueFrame | null,
    signal: AbortSignal | null = null,
  ): WindowValue | Promise<WindowValue> {
    if (frame === null) return this.valueOf(viewer, query, signal).then(({ value }) => value);
    assertMayRead(viewer, query.entityType);
    return frame.value;
  }

  /** A window's past in about `buckets` steps, `last` of the newest. Errors: as value. */
  async historyOf(
    viewer: Viewer,
    query: WindowQuery,
    buckets: number,
    last: number | null,
    signal: AbortSignal | null = null,
  ): Promise<readonly WindowBucket[]> {
    assertMayRead(viewer, query.entityType);
    const issues: InputIssue[] = [];
    checkRange(buckets, 1, maxBuckets, ['buckets'], issues);
    if (last !== null) checkRange(last, 1, maxBuckets + 1, ['last'], issues);
    if (issues.length > 0) throw invalidInput(issues);
    const all = await this.#peers.history({ ...query, comparesPrevious: false }, buckets, signal);
    return last === null ? all : all.slice(-last);
  }

  /** Where too many points would be looked at, the newest steps. Errors: as value, LIMIT_EXCEEDED where those are none. */
  async history(
    viewer: Viewer,
    input: KpiHistoryInput,
    signal: AbortSignal | null = null,
  ): Promise<readonly WindowBucket[]> {
    const { log } = this.#state;
    const query = readQuery(input.query);
    assertMayRead(viewer, query.entityType);
    const range = readStretch(input, log.now());
    const limits = { ...this.#options, budget: this.#state.windows.budget };
    return this.#options.reads.run(signal, (read) => readNewestHistory(log, query, range, limits, read));
  }

  /** Errors: INVALID_INPUT and FORBIDDEN at once, the others of value from the iterator. */
  watch(viewer: Viewer, input: KpiWatchInput): LiveIterator<KpiUpdate> {
    const issues: InputIssue[] = [];
    const query = readWindowQuery(input.query, ['query'], issues);
    const history = input.history ?? 0;
    checkRange(history, 0, maxBuckets, ['history'], issues);
    if (query === undefined || issues.length > 0) throw invalidInput(issues);
    assertMayRead(viewer, query.entityType);
    const { log, windows, tickers } = this.#state;
    const everySeconds = input.every === null ? 1 : readEvery(input.every);
    return watchKpi({ windows, tickers, log, epoch: this.#options.epoch, query, everySeconds, history });
  }
}

function readQuery(input: WindowQueryInput): WindowQuery {
  const issues: InputIssue[] = [];
  const query = readWindowQuery(input, ['query'], issues);
  if (query === undefined) throw invalidInput(issues);
  return query;
}

function readStretch(input: KpiHistoryInput, now: number): { from: number; to: number; stepMs: number } {
  const issues: InputIssue[] = [];
  const { from } = input;
  const to = Math.min(input.to ?? now, now);
  if (from >= to) issues.push({ path: ['from'], message: `must be before to, which is ${new Date(to).toISOString()}` });
  if (to - from > longestStretchMs) issues.push({ path: ['from'], message: 'must be at most 366 days before to' });
  const given = input.step === null ? undefined : readTimeSpan(input.step, ['step'], issues, stepBounds);
  const stepMs = given?.ms ?? Math.max(1, Math.ceil((to - from) / 60_000)) * 1000;
  if ((to - from) / stepMs > maxSteps) {
    issues.push({
      path: ['step'],
      message: `makes ${Math.ceil((to - from) / stepMs)} steps, at most ${maxSteps} are given`,
    });
  }
  if (issues.length > 0) throw invalidInput(issues);
  return { from, to, stepMs };
}

function checkRange(value: number, least: number, most: number, path: readonly string[], issues: InputIssue[]): void {
  if (value < least || value > most) issues.push({ path, message: `must be from ${least} to ${most}, not ${value}` });
}
