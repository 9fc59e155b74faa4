// What the engine does for itself now and then: saves its state, lets old points go. Both go on after a failure.
import type { Clock, Timer } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Lease, Store } from '../store/store.ts';
import type { KpiAnalysis } from './kpi-analysis.ts';
import { savePanes, saveState } from './recover.ts';
import type { SavedAnalysis } from './saved-analysis.ts';
import type { EngineState } from './state.ts';

const saveEveryMs = 10_000;
const savePanesEveryMs = 60_000;
const saveAnalysisEveryMs = 60_000;
const trimEveryMs = 60_000;
const saveClockEveryMs = 60_000;
// Of what has been learnt of metrics so much is saved at a time: the rest waits its turn.
const mostBytes = 16 * 1024 * 1024;
export const predictionRetentionMs = 7 * 86_400_000;
export const alertRetentionMs = 7 * 86_400_000;

export interface HousekeepingOptions {
  readonly clock: Clock;
  readonly store: Store;
  readonly lease: Lease;
  readonly logger: Logger;
  /** How long points are kept after their arrival. */
  readonly retentionMs: number;
  readonly insightRetentionMs: number;
  readonly savedAnalysis: SavedAnalysis;
  readonly kpiAnalysis: Pick<KpiAnalysis, 'save'>;
  readonly alerts: { trim(before: number): Promise<void> };
  readonly insights: { trim(before: number): Promise<void> };
  readonly predictions: { trim(before: number): Promise<void> };
}

export class Housekeeping {
  readonly #state: EngineState;
  readonly #options: HousekeepingOptions;
  readonly #timers: readonly Timer[];
  #savedAt = -1;
  #panesSavedAt = -1;
  // The work that is going on: one thing after the other.
  #working: Promise<void> = Promise.resolve();

  constructor(state: EngineState, options: HousekeepingOptions) {
    this.#state = state;
    this.#options = options;
    const { clock } = options;
    this.saveClock();
    this.#timers = [
      clock.every(saveEveryMs, () => this.#enqueue('saving its state', () => this.#save())),
      clock.every(savePanesEveryMs, () => this.#enqueue('saving panes', () => this.#savePanes())),
      clock.every(saveAnalysisEveryMs, () =>
        this.#enqueue('saving what was learnt', () => this.#saveAnalysis(mostBytes)),
      ),
      clock.every(saveClockEveryMs, () => this.saveClock()),
      clock.every(trimEveryMs, () => this.#enqueue('letting old points go', () => this.#trim())),
    ];
  }

  /** Stops the timers, finishes what goes on and saves the state once more. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) timer.cancel();
    this.#enqueue('saving its state', () => this.#save());
    this.#enqueue('saving panes', () => this.#savePanes());
    this.#enqueue('saving what was learnt', () => this.#saveAnalysis(Number.POSITIVE_INFINITY));
    await this.#working;
  }

  /** So that the next start can prove how much time has passed. */
  saveClock(): void {
    this.#enqueue('saving its clock', () => this.#state.log.saveClock());
  }

  #enqueue(what: string, work: () => Promise<void>): void {
    this.#working = this.#working.then(work).catch((error) => {
      this.#state.counters.noteUnforeseen();
      this.#options.logger.error({ error }, `${what} failed; the engine tries again later`);
    });
  }

  async #save(): Promise<void> {
    const head = this.#state.log.head(0);
    if (head === this.#savedAt) return;
    await saveState(this.#state, this.#options.store, this.#options.lease);
    this.#savedAt = head;
  }

  async #savePanes(): Promise<void> {
    const head = this.#state.log.head(0);
    if (head === this.#panesSavedAt || this.#state.windows.paneSets === 0) return;
    await savePanes(this.#state, this.#options.store, this.#options.lease);
    this.#panesSavedAt = head;
  }

  async #saveAnalysis(most: number): Promise<void> {
    await this.#options.kpiAnalysis.save();
    await this.#options.savedAnalysis.save(most);
  }

  async #trim(): Promise<void> {
    const { log, catalogue, analysis } = this.#state;
    // By the deletion clock, and for what is kept under the log's time by the earlier of both.
    const { now, deletion } = log.clock.state;
    const recordsNow = Math.min(now, deletion);
    const before = deletion - this.#options.retentionMs;
    const { points } = await log.trim(before);
    // Also where the log had let them go before: a store in memory does so past its size.
    catalogue.dropOlderThan(before);
    analysis.dropOlderThan(before);
    await this.#options.alerts.trim(recordsNow - alertRetentionMs);
    await this.#options.insights.trim(recordsNow - this.#options.insightRetentionMs);
    await this.#options.predictions.trim(recordsNow - predictionRetentionMs);
    if (points > 0) this.#options.logger.info({ points }, 'let points go that were older than the retention');
  }
}
