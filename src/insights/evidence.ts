// What was seen and what was expected, step by step, in bounded memory: the last steps of a metric, and those around a situation, which become
// coarser as it goes on.
import type { Expectation } from './detector.ts';

/** One step: null where nothing was expected yet, or nothing has come yet. */
export interface EvidenceStep {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly observed: number | null;
  readonly expected: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
  readonly isAnomalous: boolean;
}

const numbersAStep = 6;
const recentSteps = 60;
const mostSteps = 200;
const stepsOfOthers = 20;

/** The last 60 steps of a metric, as numbers side by side. */
export class Trace {
  #numbers: Float64Array;
  #count = 0;

  constructor(saved: Float64Array = new Float64Array(0)) {
    this.#numbers = saved;
    this.#count = saved.length / numbersAStep;
  }

  push(at: number, observed: number, expectation: Expectation | null, isAnomalous: boolean): void {
    if (this.#numbers.length < numbersAStep * Math.min(recentSteps, this.#count + 1)) this.#grow();
    const { expected, lower, upper } = expectation ?? { expected: Number.NaN, lower: Number.NaN, upper: Number.NaN };
    const place = numbersAStep * (this.#count % recentSteps);
    this.#count += 1;
    this.#numbers[place] = at;
    this.#numbers[place + 1] = observed;
    this.#numbers[place + 2] = expected;
    this.#numbers[place + 3] = lower;
    this.#numbers[place + 4] = upper;
    this.#numbers[place + 5] = isAnomalous ? 1 : 0;
  }

  /** Oldest first. */
  steps(): EvidenceStep[] {
    const kept = Math.min(recentSteps, this.#count);
    return Array.from({ length: kept }, (_, i) => this.#step((this.#count - kept + i) % recentSteps));
  }

  /** As another goes on from it: the oldest first. */
  save(): Float64Array {
    const kept = Math.min(recentSteps, this.#count);
    const saved = new Float64Array(numbersAStep * kept);
    const first = numbersAStep * ((this.#count - kept) % recentSteps);
    const end = numbersAStep * kept;
    saved.set(this.#numbers.subarray(first, end));
    saved.set(this.#numbers.subarray(0, first), end - first);
    return saved;
  }

  #grow(): void {
    const grown = new Float64Array(Math.min(recentSteps, Math.max(8, 2 * this.#count)) * numbersAStep);
    grown.set(this.#numbers);
    this.#numbers = grown;
  }

  #step(index: number): EvidenceStep {
    const place = numbersAStep * index;
    const number = (i: number) => this.#numbers[place + i] as number;
    const known = (i: number) => (Number.isNaN(number(i)) ? null : number(i));
    return {
      at: number(0),
      observed: number(1),
      expected: known(2),
      lower: known(3),
      upper: known(4),
      isAnomalous: number(5) === 1,
    };
  }
}

/** One more; past 200 of two neighbours the one stays that is anomalous, or farther from what was expected. */
export function addStep(steps: EvidenceStep[], step: EvidenceStep): void {
  steps.push(step);
  if (steps.length <= mostSteps) return;
  let kept = 0;
  for (let i = 0; i < steps.length; i += 2) {
    const [a, b] = [steps[i] as EvidenceStep, steps[i + 1]];
    steps[kept] = b === undefined || isMoreTelling(a, b) ? a : b;
    kept += 1;
  }
  steps.length = kept;
}

/** The last of them, of a field that is not the first of its insight. */
export function fewer(steps: readonly EvidenceStep[]): EvidenceStep[] {
  return steps.slice(-stepsOfOthers);
}

function isMoreTelling(a: EvidenceStep, b: EvidenceStep): boolean {
  if (a.isAnomalous !== b.isAnomalous) return a.isAnomalous;
  return distanceOf(a) >= distanceOf(b);
}

function distanceOf({ observed, expected }: EvidenceStep): number {
  return expected === null || observed === null ? 0 : Math.abs(observed - expected);
}
