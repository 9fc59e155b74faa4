// Fits that are kept, so that a series that has gone on a little is forecast without being fitted again; those asked for longest ago go.
import { type Fit, type Forecast, type ForecastOptions, fitTo, forecastWith } from './auto.ts';

export interface ForecastTask {
  readonly values: Float64Array;
  /** Number of the first value among all steps since 1970. */
  readonly first: number;
  readonly options: ForecastOptions;
  /** Who keeps it: those who asked, or rules that ask again and again. */
  readonly share: 'ASKED' | 'RULES';
  /** What is forecast: the same for the same series in the same steps. */
  readonly key: string;
  /** Fits that a thread keeps. */
  readonly mostKept: number;
}

interface Kept {
  readonly fit: Fit;
  readonly first: number;
  /** From `first` on: those that it was fitted to, and what has come since. */
  readonly values: Float64Array;
}

// What has grown by more is fitted anew.
const mostGrown = 0.05;
// As a share of the range that it was fitted to.
const mostBeyond = 0.05;

export class KeptFits {
  // The one that was asked for last is last.
  readonly #kept = new Map<string, Kept>();

  forecast(task: ForecastTask): Forecast {
    const { key, mostKept } = task;
    const before = this.#kept.get(key);
    const kept = (before === undefined ? null : grown(before, task)) ?? fitted(task);
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    for (const oldest of this.#kept.keys()) if (this.#kept.size > mostKept) this.#kept.delete(oldest);
    return forecastWith(kept.fit, kept.values);
  }
}

function fitted({ values, first, options }: ForecastTask): Kept {
  return { fit: fitTo(values, options), first, values };
}

/** With what has come since; null where that is too much, or nothing the fit could go on with. */
function grown({ fit, first, values: before }: Kept, { values, first: asked }: ForecastTask): Kept | null {
  const older = asked - first;
  if (older < 0 || older > before.length) return null;
  const length = older + values.length;
  if (length < fit.length || length > fit.length + Math.max(1, mostGrown * fit.length)) return null;
  // A level that has moved is for a new fit.
  const { least, greatest } = fit.range;
  const margin = mostBeyond * (greatest - least);
  const suits = (value: number) => Number.isNaN(value) || (value >= least - margin && value <= greatest + margin);
  if (!values.every(suits)) return null;
  // What is older than is asked for is what it was fitted to; the rest may have changed by late values.
  const whole = new Float64Array(length);
  whole.set(before.subarray(0, older));
  whole.set(values, older);
  return { fit, first, values: whole };
}
