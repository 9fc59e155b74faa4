// Starts the healthy clients beside an attack, and compares what they measure during it with what they measured before.
import { once } from 'node:events';
import path from 'node:path';
import { type Child, startChild } from '../../../bench/support/leftovers.ts';
import { quantile } from '../../../bench/support/summary.ts';
import type { WitnessFigures, WitnessOptions } from '../../support/witness.process.ts';
import { type Finding, info } from './attack.ts';
import { pause } from './attacked-server.ts';

const file = path.resolve(import.meta.dirname, '../../support/witness.process.ts');
const settleMs = 2000;
const calmMs = 4000;
const maxWorseMs = 50;

export class Witness implements AsyncDisposable {
  readonly #child: Child;
  #calm: WitnessFigures | null = null;

  private constructor(child: Child) {
    this.#child = child;
  }

  /** Once its subscribers are there and it has measured the server at rest. */
  static async start(url: string, options: Partial<WitnessOptions> = {}): Promise<Witness> {
    const child = await startChild({ program: process.execPath, words: ['--no-warnings', file] });
    const witness = new Witness(child);
    const ready = once(child.process, 'message');
    child.process.send({ subscribers: 5, pointEveryMs: 50, liveEveryMs: 20, ...options, url });
    await ready;
    await pause(settleMs);
    await witness.figures();
    await pause(calmMs);
    witness.#calm = await witness.figures();
    return witness;
  }

  /** What was measured since the last call. */
  async figures(): Promise<WitnessFigures> {
    const answer = once(this.#child.process, 'message');
    this.#child.process.send('figures');
    const [found] = (await answer) as [WitnessFigures];
    return found;
  }

  /** How the healthy clients fared since the last call, beside the server at rest. */
  async findings(): Promise<Finding[]> {
    const now = await this.figures();
    const calm = this.#calm ?? now;
    const live = `p99 ${ms(p99(now.liveMs))}, longest ${ms(Math.max(...now.liveMs))}`;
    return [
      worse('p99 of a healthy update', calm.updatesMs, now.updatesMs),
      info('/health/live', `${live}; at rest p99 ${ms(p99(calm.liveMs))}`),
      info('failures of healthy clients', String(now.failures)),
    ];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child[Symbol.asyncDispose]();
  }
}

function worse(what: string, calm: readonly number[], now: readonly number[]): Finding {
  const [before, during] = [p99(calm), p99(now)];
  return {
    what,
    measured: `${ms(during)}, at rest ${ms(before)}`,
    limit: `at most ${maxWorseMs} ms more than at rest`,
    holds: during <= before + maxWorseMs,
    isWallTime: true,
  };
}

function p99(values: readonly number[]): number {
  return quantile(values, 0.99);
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}
