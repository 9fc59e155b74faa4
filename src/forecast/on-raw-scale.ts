// A model on the scale of the values themselves, among others that are on another.
import type { Model, Series } from './model.ts';
import { fromScale, type Transform, toScale } from './transform.ts';

export function onRawScale(model: Model, transform: Transform): Model {
  const raw = (series: Series, end: number) => series.subarray(0, end).map((value) => fromScale(transform, value));
  return {
    name: model.name,
    family: model.family,
    fit(series, end) {
      const fitted = model.fit(raw(series, end), end);
      if (fitted === null) return null;
      return {
        forecast: (past, last, steps) =>
          fitted.forecast(raw(past, last), last, steps).map((value) => toScale(transform, value)),
      };
    },
  };
}
