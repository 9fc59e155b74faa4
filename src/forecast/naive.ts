// The last value, or the one a season ago, goes on: what every other model has to beat.
import type { Model } from './model.ts';

/** `season` in steps; 1: the last value. */
export function naive(name: 'NAIVE' | 'SEASONAL_NAIVE', season: number): Model {
  return {
    name,
    family: name,
    fit: (_, fitted) =>
      fitted < season
        ? null
        : {
            forecast: (series, end, steps) =>
              Float64Array.from({ length: steps }, (__, k) => series[end - season + (k % season)] as number),
          },
  };
}
