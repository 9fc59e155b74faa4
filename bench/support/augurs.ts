// The forecasts of augurs (github.com/grafana/augurs): MSTL with the seasons it is told and an automatic exponential smoothing, or that alone.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { AutoETS, initSync as initEts } from '@bsull/augurs/ets';
import { initSync as initMstl, MSTL } from '@bsull/augurs/mstl';
import type { Answer } from './forecast-measures.ts';

const level = 0.95;
let isReady = false;

/** `periods`: seasons; none: smoothing alone. Null where it does not find a model. */
export function augurs(past: Float64Array, periods: readonly number[], steps: number): Answer | null {
  begin();
  const usable = periods.filter((period) => past.length >= 2 * period + 1);
  const model = usable.length === 0 ? new AutoETS(1, 'ZZN') : MSTL.ets(Uint32Array.from(usable), { impute: false });
  try {
    model.fit(past);
    const { point, intervals } = model.predict(steps, level);
    if (!point.every(Number.isFinite)) return null;
    const [lower, upper] = [intervals?.lower, intervals?.upper].map((one) =>
      one === undefined ? null : Float64Array.from(one),
    );
    return { forecast: Float64Array.from(point), lower: lower ?? null, upper: upper ?? null };
  } catch {
    // It says by throwing that it has no model for the series.
    return null;
  } finally {
    model.free();
  }
}

function begin(): void {
  if (isReady) return;
  isReady = true;
  const { resolve } = createRequire(import.meta.url);
  const wasm = (name: string) => readFileSync(resolve('@bsull/augurs').replace(/core\.js$/, `${name}_bg.wasm`));
  initMstl({ module: wasm('mstl') });
  initEts({ module: wasm('ets') });
}
