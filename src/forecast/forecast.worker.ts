// Forecasts in a thread of its own, which keeps what it has fitted.
import type { Forecast } from './auto.ts';
import { type ForecastTask, KeptFits } from './kept-fits.ts';

const kept = { ASKED: new KeptFits(), RULES: new KeptFits() };

export function run(task: ForecastTask): Forecast {
  return kept[task.share].forecast(task);
}
