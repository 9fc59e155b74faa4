// Metrics that fall silent, against their own rhythm: by when values arrive.
import type { Observation } from '../observation.ts';
import { Rhythm } from '../rhythm.ts';
import type { Sensitivity } from '../sensitivity.ts';
import type { Analyzer, Watcher } from './analyzer.ts';

class SilenceWatcher implements Watcher {
  readonly #rhythm: Rhythm;

  constructor(saved: Uint8Array | null) {
    this.#rhythm = new Rhythm(saved);
  }

  get bytes(): Uint8Array {
    return this.#rhythm.bytes;
  }

  observe({ arrivedAt }: Observation): void {
    this.#rhythm.observe(arrivedAt);
  }

  silentAt(sensitivity: Sensitivity): number | null {
    return this.#rhythm.silentAt(sensitivity);
  }

  resume(at: number): void {
    this.#rhythm.resume(at);
  }
}

export const silence: Analyzer = {
  description: 'Metrics that fall silent, against their own rhythm.',
  isCheap: true,
  watch: (saved) => new SilenceWatcher(saved),
};
