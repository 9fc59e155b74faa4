// What a forecasting model is: fitted to a series as far as it is known, it says how the series goes on.

import type { Family } from './models.ts';

/** A series on the scale on which it is forecast: a value a step, none missing. */
export type Series = Float64Array;

export interface Fitted {
  /** The next `steps` values behind the first `end` values of the series: those it was fitted to, or fewer, or more that have come since. */
  forecast(series: Series, end: number, steps: number): Float64Array;
}

export interface Model {
  readonly name: string;
  readonly family: Family;
  /** Fitted to the first `end` values; null where they are too few, or say nothing that it could use. */
  fit(series: Series, end: number): Fitted | null;
}
