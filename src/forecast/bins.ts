// A model of a series in coarse bins, for seasons too long to be learnt step by step: what it says is a curve through the bins' middles, and
// what the steps are beside that curve is forecast by a model of its own.
import type { Fitted, Model, Series } from './model.ts';

export interface BinOptions {
  /** Steps a bin. */
  readonly size: number;
  /** For what is beside the curve: fitted to so many of the newest steps, it goes on from so many. */
  readonly within: Model;
  readonly fittedTo: number;
  readonly goesOnFrom: number;
}

/** The bins begin with the series; one that is not full at its end is none. */
export function binned(series: Series, size: number): Float64Array {
  return Float64Array.from({ length: Math.floor(series.length / size) }, (_, b) => {
    let sum = 0;
    for (let t = b * size; t < (b + 1) * size; t += 1) sum += series[t] as number;
    return sum / size;
  });
}

export function ofBins(model: Model, options: BinOptions): Model {
  return {
    name: `${model.name}_OF_BINS`,
    family: model.family,
    fit: (series, end) => {
      const bins = binned(series.subarray(0, end), options.size);
      const fitted = model.fit(bins, bins.length);
      return fitted === null ? null : new BinsFitted(series, end, fitted, options);
    },
  };
}

class BinsFitted implements Fitted {
  readonly #ofBins: Fitted;
  readonly #within: Fitted | null;
  readonly #options: BinOptions;
  /** Bins of the series that was last asked about. */
  #known: { readonly series: Series; readonly bins: Float64Array };

  constructor(series: Series, end: number, ofBins: Fitted, options: BinOptions) {
    this.#ofBins = ofBins;
    this.#options = options;
    this.#known = { series, bins: binned(series, options.size) };
    const full = Math.floor(end / options.size);
    const beside = besideOf(series, this.#known.bins.subarray(0, full), end, options.fittedTo, options.size);
    this.#within = options.within.fit(beside, beside.length);
  }

  forecast(series: Series, end: number, steps: number): Float64Array {
    const { size, goesOnFrom } = this.#options;
    const full = Math.floor(end / size);
    const known = this.#binsOf(series);
    // One more than is asked for: the curve goes through middles.
    const ahead = Math.ceil((end + steps) / size) - full + 1;
    const coming = this.#ofBins.forecast(known, full, ahead);
    const bins = new Float64Array(full + ahead);
    bins.set(known.subarray(0, full));
    bins.set(coming, full);
    const beside = besideOf(series, bins, end, goesOnFrom, size);
    const within = this.#within?.forecast(beside, beside.length, steps);
    return Float64Array.from({ length: steps }, (_, k) => curveAt(bins, end + k, size) + (within?.[k] ?? 0));
  }

  #binsOf(series: Series): Float64Array {
    if (this.#known.series !== series) this.#known = { series, bins: binned(series, this.#options.size) };
    return this.#known.bins;
  }
}

/** What the newest `count` steps are beside the curve. */
function besideOf(series: Series, bins: Float64Array, end: number, count: number, size: number): Float64Array {
  const begin = Math.max(0, end - count);
  return Float64Array.from(
    { length: end - begin },
    (_, i) => (series[begin + i] as number) - curveAt(bins, begin + i, size),
  );
}

/** Straight from middle to middle; level before the first and behind the last. */
function curveAt(bins: Float64Array, t: number, size: number): number {
  const at = Math.max(0, Math.min(bins.length - 1, (t + 0.5) / size - 0.5));
  const b = Math.min(Math.floor(at), Math.max(0, bins.length - 2));
  const [left, right] = [bins[b] as number, bins[b + 1] ?? (bins[b] as number)];
  return left + (at - b) * (right - left);
}
