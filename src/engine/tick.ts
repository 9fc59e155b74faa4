// What time alone changes: windows that slide for those who watch them, windows that nobody needs any more, seconds that are over for analyzers.
import type { EngineState } from './state.ts';

export const tickMs = 1000;

/** Called once a second; `now` is the log's clock. */
export function tick({ log, tickers, windows, analysis }: EngineState, now: number): void {
  tickers.tick(now);
  // Points on their way have arrived before that: with them comes the tick of their time.
  if (log.isIdle) analysis.tick(log.clock.arrival());
  windows.tick(now);
}
