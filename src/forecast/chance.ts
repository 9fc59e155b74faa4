// How likely a forecast step is to be below a value.
import type { Forecast } from './auto.ts';
import { normalBelow } from './normal.ts';
import { toScale } from './transform.ts';

/** In [0, 1]; `step` counts from 0. */
export function chanceBelow({ path, errors, transform }: Forecast, step: number, value: number): number {
  // Where all has been positive, nothing is less.
  if (value <= 0 && (transform.kind === 'LOG' || (value < 0 && transform.isNeverNegative))) return 0;
  const distance = toScale(transform, value) - (path[step] as number);
  return normalBelow(distance / (errors[step] as number));
}
