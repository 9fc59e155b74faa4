// A model of the newest part of a long series: further back costs time, and says little of how it goes on.
import type { Fitted, Model, Series } from './model.ts';

/** `most` values, from a place that is whole seasons away from any other it is asked to forecast from. */
export function ofNewest(model: Model, most: number, season: number): Model {
  return {
    name: model.name,
    family: model.family,
    fit(series, end) {
      const start = Math.max(0, end - most);
      const fitted = model.fit(series.subarray(start, end), end - start);
      return fitted === null ? null : new NewestFitted(fitted, start, most, season);
    },
  };
}

class NewestFitted implements Fitted {
  readonly #fitted: Fitted;
  readonly #start: number;
  readonly #most: number;
  readonly #season: number;

  constructor(fitted: Fitted, start: number, most: number, season: number) {
    this.#fitted = fitted;
    this.#start = start;
    this.#most = most;
    this.#season = season;
  }

  forecast(series: Series, end: number, steps: number): Float64Array {
    const season = this.#season;
    const earlier = Math.max(0, Math.ceil((this.#start - Math.max(0, end - this.#most)) / season));
    const begin = Math.max(this.#start % season, this.#start - earlier * season);
    return this.#fitted.forecast(series.subarray(begin), end - begin, steps);
  }
}
