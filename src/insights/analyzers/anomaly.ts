// Single values that are unusual: the mean of each second, and where there were several the one that was farthest from what was expected.
import { Detector, type Expectation } from '../detector.ts';
import type { Observation } from '../observation.ts';
import type { Sensitivity } from '../sensitivity.ts';
import type { Analyzer, Verdict, Watcher } from './analyzer.ts';

class AnomalyWatcher implements Watcher {
  readonly #means: Detector;
  // Made where there are several values a second.
  #farthest: Detector | null = null;

  constructor(saved: Uint8Array | null) {
    const length = saved === null ? 0 : new Detector().bytes.length;
    this.#means = new Detector(saved === null ? null : saved.subarray(0, length));
    if (saved !== null && saved.length > length) this.#farthest = new Detector(saved.subarray(length));
  }

  get bytes(): Uint8Array {
    const { bytes } = this.#means;
    return this.#farthest === null ? bytes : Buffer.concat([bytes, this.#farthest.bytes]);
  }

  expectation(at: number): Expectation | null {
    return this.#means.expectation(at);
  }

  observe(observation: Observation, sensitivity: Sensitivity, verdict: Verdict): void {
    const { at, count, mean } = observation;
    const expectation = this.#means.expectation(at);
    Object.assign(verdict, this.#means.observe(mean, at, sensitivity), { expectation });
    if (count === 1) return;
    const value = farthestFrom(expectation?.expected ?? mean, observation);
    this.#farthest ??= new Detector();
    const extreme = this.#farthest.observe(value, at, sensitivity);
    const isUnusual = verdict.isUnusual || extreme.isUnusual;
    const isAlarm = verdict.isAlarm || extreme.isAlarm;
    if (extreme.strength > verdict.strength) Object.assign(verdict, extreme, { observed: value });
    Object.assign(verdict, { isUnusual, isAlarm });
  }
}

function farthestFrom(expected: number, { least, greatest }: Observation): number {
  return greatest - expected >= expected - least ? greatest : least;
}

export const anomaly: Analyzer = {
  description: 'Single values that are unusual, of each second the mean and the one farthest from what was expected.',
  isCheap: false,
  watch: (saved) => new AnomalyWatcher(saved),
};
