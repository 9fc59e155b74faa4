// Regression of a series on its own past: long lags around the multiples of its season, hardly any ridge, forecast step by step. In effect the
// calibration regression of Doornik, Castle and Hendry, "Card forecasts for M4", International Journal of Forecasting 36 (2020), with richer lags.
import type { Fitted, Model, Series } from './model.ts';
import { NormalEquations } from './ridge.ts';

export interface AutoregressionOptions {
  readonly name: string;
  readonly lags: readonly number[];
  /** A level for each step of so long a season instead of one; 1: one. */
  readonly levels: number;
  /** The series minus itself so many steps before is regressed; 0: the series. */
  readonly difference: number;
  readonly lagRidge: number;
  readonly levelRidge: number;
  /** Values count half after so many steps; infinity: all the same. */
  readonly halfLife: number;
}

// Rows that there must be more than coefficients.
const leastRows = 10;

export function autoregression(options: AutoregressionOptions): Model {
  return { name: options.name, family: 'ARIMA', fit: (series, end) => fitted(options, series, end) };
}

function fitted(options: AutoregressionOptions, series: Series, end: number): Fitted | null {
  const { levels, difference, lagRidge, levelRidge, halfLife } = options;
  const length = end - difference;
  const lags = options.lags.filter((lag) => lag < 0.55 * length);
  const greatest = lags.at(-1);
  const size = lags.length + levels;
  if (greatest === undefined || length - greatest < size + leastRows) return null;
  const at =
    difference === 0
      ? (t: number) => series[t] as number
      : (t: number) => (series[t] as number) - (series[t - difference] as number);
  const centre = difference === 0 ? meanOf(series, end) : 0;
  const equations = new NormalEquations(size);
  const row = new Float64Array(size);
  const decay = 0.5 ** (1 / halfLife);
  for (let t = end - 1, weight = 1; t >= greatest + difference; t -= 1, weight *= decay) {
    for (let l = 0; l < lags.length; l += 1) row[l] = at(t - (lags[l] as number)) - centre;
    row.fill(0, lags.length);
    row[lags.length + (t % levels)] = 1;
    equations.add(row, at(t) - centre, weight);
  }
  const ridge = new Float64Array(size).fill(lagRidge);
  ridge.fill(levelRidge, lags.length);
  const coefficients = equations.solve(ridge);
  return coefficients === null ? null : new Autoregression(lags, coefficients, levels, difference, centre);
}

class Autoregression implements Fitted {
  readonly #lags: readonly number[];
  readonly #coefficients: Float64Array;
  readonly #levels: number;
  readonly #difference: number;
  readonly #centre: number;
  // The last values before a forecast, and then the forecast.
  #path = new Float64Array(0);

  constructor(lags: readonly number[], coefficients: Float64Array, levels: number, difference: number, centre: number) {
    this.#lags = lags;
    this.#coefficients = coefficients;
    this.#levels = levels;
    this.#difference = difference;
    this.#centre = centre;
  }

  forecast(series: Series, end: number, steps: number): Float64Array {
    const lags = this.#lags;
    const difference = this.#difference;
    const before = Math.min(end, (lags.at(-1) ?? 0) + difference);
    if (this.#path.length < before + steps) this.#path = new Float64Array(before + steps);
    const path = this.#path;
    path.set(series.subarray(end - before, end));
    for (let k = 0; k < steps; k += 1) {
      const t = before + k;
      let value = this.#coefficients[lags.length + ((end + k) % this.#levels)] as number;
      for (let l = 0; l < lags.length; l += 1) {
        const place = t - (lags[l] as number);
        const past =
          difference === 0
            ? (path[place] as number) - this.#centre
            : (path[place] as number) - (path[place - difference] as number);
        value += (this.#coefficients[l] as number) * past;
      }
      path[t] = difference === 0 ? value + this.#centre : value + (path[t - difference] as number);
    }
    return path.slice(before, before + steps);
  }
}

function meanOf(series: Series, end: number): number {
  let sum = 0;
  for (let t = 0; t < end; t += 1) sum += series[t] as number;
  return sum / end;
}
