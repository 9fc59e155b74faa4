// Forecasts in a thread of its own, which keeps what it has fitted.
import type { Forecast } from './auto.ts';
import { type ForecastTask, KeptFits } from './kept-fits.ts';

const kept = new KeptFits();

export function run(task: ForecastTask): Forecast {
  return kept.forecast(task);
}
