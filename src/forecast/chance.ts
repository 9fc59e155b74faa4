// How likely a forecast step is to be below a value, or above it: a whole number is neither where all values are whole.
import type { Forecast } from './auto.ts';
import { normalBelow } from './normal.ts';
import { toScale } from './transform.ts';

/** In [0, 1]; `step` counts from 0. */
export function chanceBelow(forecast: Forecast, step: number, value: number): number {
  return distribution(forecast, step, forecast.isWhole ? Math.ceil(value) - 0.5 : value);
}

/** As chanceBelow. */
export function chanceAbove(forecast: Forecast, step: number, value: number): number {
  return 1 - distribution(forecast, step, forecast.isWhole ? Math.floor(value) + 0.5 : value);
}

function distribution({ path, errors, transform }: Forecast, step: number, value: number): number {
  // Where all has been positive, nothing is less.
  if (value <= 0 && (transform.kind === 'LOG' || transform.isNeverNegative)) return 0;
  const distance = toScale(transform, value) - (path[step] as number);
  return normalBelow(distance / (errors[step] as number));
}
