// Levels that have moved, at once or bit by bit: of the means of seconds.
import type { Observation } from '../observation.ts';
import type { Sensitivity } from '../sensitivity.ts';
import { changePercentOf, ShiftDetector } from '../shift.ts';
import type { Analyzer, Verdict, Watcher } from './analyzer.ts';

// What is less is not spoken of.
const leastPercent: Readonly<Record<Sensitivity, number>> = { LOW: 20, MEDIUM: 10, HIGH: 5 };

class ShiftWatcher implements Watcher {
  readonly #detector: ShiftDetector;

  constructor(saved: Uint8Array | null) {
    this.#detector = new ShiftDetector(saved);
  }

  get bytes(): Uint8Array {
    return this.#detector.bytes;
  }

  observe({ mean }: Observation, sensitivity: Sensitivity, verdict: Verdict): void {
    const shift = this.#detector.observe(mean);
    if (shift === null) return;
    const percent = changePercentOf(shift.before, shift.after);
    if (percent === null || Math.abs(percent) >= leastPercent[sensitivity]) verdict.shift = shift;
  }
}

export const shift: Analyzer = {
  description: 'Levels that have moved: change points and trends.',
  isCheap: true,
  watch: (saved) => new ShiftWatcher(saved),
};
