// One metric as it is watched: the values of the second that goes on, and what each analyzer knows of it.
import type { ByteReader, ByteWriter } from '../base/bytes.ts';
import type { Verdict, Watcher } from './analyzers/analyzer.ts';
import { nothing } from './analyzers/analyzer.ts';
import { type AnalyzerType, analyzers } from './analyzers/list.ts';
import type { Expectation } from './detector.ts';
import { Trace } from './evidence.ts';
import type { Observation } from './observation.ts';
import { leastSilenceMs } from './rhythm.ts';
import type { Sensitivity } from './sensitivity.ts';

/** An analyzer that watches a metric. */
export interface Watching {
  readonly type: AnalyzerType;
  readonly sensitivity: Sensitivity;
}

/** When values came, and where they are in the log. */
export interface Moment {
  readonly at: number;
  readonly arrivedAt: number;
  readonly offset: number;
}

export interface LastValue {
  readonly at: number;
  readonly observed: number;
}

interface SavedMetric {
  readonly field: string | null;
  readonly isCheap: boolean;
  readonly second: { readonly count: number; readonly sum: number; readonly least: number; readonly greatest: number };
  readonly score: number;
  readonly last: LastValue | null;
  readonly arrivedAt: number;
  readonly toldSilence: number | null;
  readonly watchers: readonly Watching[];
}

export class Metric {
  /** Null: the value of a widget. */
  readonly field: string | null;
  /** Only the analyzers that cost little: there are too many metrics. */
  readonly isCheap: boolean;
  readonly #watchers = new Map<AnalyzerType, { readonly watcher: Watcher; sensitivity: Sensitivity }>();
  #trace = new Trace();
  // Of which settings its watchers are; -1: none yet.
  #settings = -1;
  #count = 0;
  #sum = 0;
  #least = 0;
  #greatest = 0;
  #score = 0;
  #last: LastValue | null = null;
  #arrivedAt = 0;
  // When its silence is unusual, infinity where that is not known; null: to be asked for.
  #silentAt: number | null = null;
  // The silence that goes on and has been told, by when it was unusual.
  #toldSilence: number | null = null;

  constructor(field: string | null, isCheap: boolean) {
    this.field = field;
    this.isCheap = isCheap;
  }

  /** The last value that was observed. */
  get last(): LastValue | null {
    return this.#last;
  }

  get trace(): Trace {
    return this.#trace;
  }

  /** Anomaly score of the last observation, in [0, 1]. */
  get score(): number {
    return this.#score;
  }

  /** What is expected of a value at that time; null: it is not known. */
  expectation(at: number): Expectation | null {
    for (const { watcher } of this.#watchers.values()) {
      const expectation = watcher.expectation?.(at) ?? null;
      if (expectation !== null) return expectation;
    }
    return null;
  }

  /** A value of the second that goes on. */
  add(value: number): void {
    if (this.#count === 0) {
      this.#least = value;
      this.#greatest = value;
    } else if (value < this.#least) this.#least = value;
    else if (value > this.#greatest) this.#greatest = value;
    this.#count += 1;
    this.#sum += value;
  }

  get hasValues(): boolean {
    return this.#count > 0;
  }

  /** Uses these analyzers from now on; `version` names them, and the same ones are not asked for again. */
  use(version: number, watching: () => readonly Watching[]): void {
    if (this.#settings === version) return;
    this.#settings = version;
    const wanted = new Map(watching().map(({ type, sensitivity }) => [type, sensitivity]));
    for (const type of [...this.#watchers.keys()]) if (!wanted.has(type)) this.#watchers.delete(type);
    for (const [type, sensitivity] of wanted) {
      if (this.isCheap && !analyzers[type].isCheap) continue;
      const known = this.#watchers.get(type);
      if (known !== undefined) known.sensitivity = sensitivity;
      else this.#watchers.set(type, { watcher: analyzers[type].watch(null), sensitivity });
    }
    this.#silentAt = null;
  }

  /** Ends the second: what the analyzers find in its values. */
  observe(moment: Moment): Verdict {
    const observation = this.#take(moment);
    const verdict: Verdict = {
      ...nothing,
      at: moment.at,
      observed: observation.mean,
      offset: moment.offset,
      expectation: null,
      shift: null,
    };
    for (const { watcher, sensitivity } of this.#watchers.values()) watcher.observe(observation, sensitivity, verdict);
    this.#trace.push(verdict.at, verdict.observed, verdict.expectation, verdict.isUnusual);
    this.#score = verdict.score;
    this.#last = { at: verdict.at, observed: verdict.observed };
    this.#arrivedAt = moment.arrivedAt;
    this.#toldSilence = null;
    this.#silentAt = null;
    return verdict;
  }

  /** It cannot be silent before that time if nothing comes; infinity: not at all, or it has been told. */
  get nextSilence(): number {
    if (this.#last === null || this.#toldSilence !== null) return Number.POSITIVE_INFINITY;
    return this.#silentAt ?? this.#arrivedAt + leastSilenceMs;
  }

  /** Whether an analyzer listens for its silence. */
  get hasRhythm(): boolean {
    for (const { watcher } of this.#watchers.values()) if (watcher.silentAt !== undefined) return true;
    return false;
  }

  /** The last value, and when its silence was unusual, where that is by now and has not been told before: it is from now on. */
  tellSilence(now: number): { readonly last: LastValue; readonly silentAt: number } | null {
    if (now < this.#arrivedAt + leastSilenceMs || this.#last === null || this.#toldSilence !== null) return null;
    this.#silentAt ??= this.#findSilence();
    const silentAt = this.#silentAt;
    if (now < silentAt) return null;
    this.#toldSilence = silentAt;
    return { last: this.#last, silentAt };
  }

  /** Its silence has been told: since when it was unusual. */
  noteSilence(since: number): void {
    this.#toldSilence = since;
  }

  /** Nobody listened until `at`. */
  resume(at: number): void {
    if (this.#toldSilence !== null) return;
    for (const { watcher } of this.#watchers.values()) watcher.resume?.(at);
    this.#silentAt = null;
  }

  save(writer: ByteWriter): void {
    const head = {
      field: this.field,
      isCheap: this.isCheap,
      second: { count: this.#count, sum: this.#sum, least: this.#least, greatest: this.#greatest },
      score: this.#score,
      last: this.#last,
      arrivedAt: this.#arrivedAt,
      toldSilence: this.#toldSilence,
      watchers: [...this.#watchers].map(([type, { sensitivity }]) => ({ type, sensitivity })),
    };
    writer.text(JSON.stringify(head)).bytes(bytesOf(this.#trace.save()));
    for (const { watcher } of this.#watchers.values()) writer.bytes(watcher.bytes);
  }

  /** Throws where the bytes are none of a metric. An analyzer that is no more is left out. */
  static load(reader: ByteReader): Metric {
    const { field, isCheap, second, score, last, arrivedAt, toldSilence, watchers } = JSON.parse(
      reader.text(),
    ) as SavedMetric;
    const metric = new Metric(field, isCheap);
    metric.#trace = new Trace(numbersOf(reader.bytes()));
    for (const { type, sensitivity } of watchers) {
      const saved = reader.bytes();
      if (type in analyzers) metric.#watchers.set(type, { watcher: analyzers[type].watch(saved), sensitivity });
    }
    metric.#count = second.count;
    metric.#sum = second.sum;
    metric.#least = second.least;
    metric.#greatest = second.greatest;
    metric.#score = score;
    metric.#last = last;
    metric.#arrivedAt = arrivedAt;
    metric.#toldSilence = toldSilence;
    return metric;
  }

  #findSilence(): number {
    for (const { watcher, sensitivity } of this.#watchers.values()) {
      const silentAt = watcher.silentAt?.(sensitivity) ?? null;
      if (silentAt !== null) return silentAt;
    }
    return Number.POSITIVE_INFINITY;
  }

  #take({ at, arrivedAt, offset }: Moment): Observation {
    const count = this.#count;
    // The sum of great values may be none.
    const sum = this.#sum / count;
    const mean = Number.isFinite(sum) ? sum : this.#least / 2 + this.#greatest / 2;
    this.#count = 0;
    this.#sum = 0;
    return { at, arrivedAt, offset, count, mean, least: this.#least, greatest: this.#greatest };
  }
}

function bytesOf(numbers: Float64Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

function numbersOf(bytes: Uint8Array): Float64Array {
  return new Float64Array(Uint8Array.from(bytes).buffer);
}
