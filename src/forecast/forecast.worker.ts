// A forecast in a thread of its own.
import { type Forecast, type ForecastOptions, forecast } from './auto.ts';

export interface ForecastTask {
  readonly values: Float64Array;
  readonly options: ForecastOptions;
}

export function run({ values, options }: ForecastTask): Forecast {
  return forecast(values, options);
}
