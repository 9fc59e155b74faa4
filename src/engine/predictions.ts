// Predictions: made from stored points in a thread of their own, kept, and measured against what came.
import { type InputIssue, invalidInput, notFound, PulseError } from '../base/errors.ts';
import { randomId } from '../base/ids.ts';
import { LiveIterator } from '../base/live-iterator.ts';
import type { Sharing } from '../base/sharing.ts';
import { readTimeSpan, type TimeSpan, type TimeSpanInput, timeSpan } from '../base/time-span.ts';
import { ChangeLog, type ChangeLogOptions } from '../changes/change-log.ts';
import type { Stored } from '../changes/stored.ts';
import { type Accuracy, accuracyOf, coveragesOf } from '../forecast/accuracy.ts';
import type { Bounds, Forecast, ForecastOptions } from '../forecast/auto.ts';
import { boundsOf, valuesOf } from '../forecast/auto.ts';
import type { Family } from '../forecast/models.ts';
import type { ConditionInput, FilterInput } from '../points/condition.ts';
import { type HistoryLimits, readKpiHistory } from '../windows/kpi-history.ts';
import { readWindowQuery, type WindowQuery, type WindowQueryInput } from '../windows/window-query.ts';
import { readEvery } from './every.ts';
import type { ForecastLimits, ForecastPool } from './forecast-pool.ts';
import type { Reads } from './reads.ts';
import type { EngineState } from './state.ts';
import { mostSteps, readTraining, seasonLengths, stepValue, type Training } from './training.ts';
import { assertMayRead, mayRead, type Viewer } from './viewer.ts';

export interface PredictionInput {
  readonly entityType: string;
  readonly serviceId: string;
  /** Dotted path of a numeric field. */
  readonly targetMetric: string;
  readonly forecastPeriod: TimeSpanInput;
  readonly step?: TimeSpanInput | null | undefined;
  readonly aggregation?: NonNullable<WindowQueryInput['aggregation']>['function'] | null | undefined;
  readonly algorithm?: Family | 'AUTO' | null | undefined;
  readonly confidenceLevel?: number | null | undefined;
  readonly filters?: readonly FilterInput[] | null | undefined;
  readonly where?: ConditionInput | null | undefined;
}

/** As it is kept: what was forecast, from what, and how it did before. */
export interface Prediction {
  readonly id: string;
  readonly entityType: string;
  readonly serviceId: string;
  readonly targetMetric: string;
  readonly forecastPeriod: TimeSpan;
  readonly step: TimeSpan;
  readonly confidenceLevel: number;
  readonly query: WindowQuery;
  /** Begin of the first step that is forecast, in milliseconds since 1970. */
  readonly from: number;
  readonly forecast: Omit<Forecast, 'path' | 'errors' | 'backtests'> & {
    readonly path: readonly number[];
    readonly errors: readonly number[];
  };
  readonly training: { readonly points: number; readonly steps: number; readonly from: number; readonly to: number };
  readonly backtest: Accuracy | null;
  /** By step: the share of backtests that lay within the bounds; null: there were none. */
  readonly coverages: readonly number[] | null;
  readonly generatedAt: number;
  readonly isTold: true;
}

/** What came of a step. */
export interface Realized {
  readonly at: number;
  readonly observed: number;
  readonly predicted: number;
  readonly error: number;
  readonly isInside: boolean;
}

export type StoredPrediction = Stored<Prediction>;

export interface PredictionLimits extends ForecastLimits, HistoryLimits {
  readonly trainingMs: number;
}

export interface PredictionsOptions
  extends Pick<ChangeLogOptions<Prediction>, 'store' | 'lease' | 'clock' | 'onError'> {
  readonly state: EngineState;
  readonly limits: PredictionLimits;
  readonly pool: Pick<ForecastPool, 'inTurn'>;
  readonly reads: Reads;
}

const levelBounds = { least: 0.5, most: 0.999 };
const leastSteps = 3;
const spanBounds = { leastMs: 1000, mostMs: 366 * 86_400_000 };
const usualLevel = 0.95;
// Of the query, which a history does not use.
const timeWindow = { size: 1, unit: 'HOUR' } as const;
const usualEverySeconds = 60;
export const mostKept = 1000;

export class Predictions {
  readonly #options: PredictionsOptions;
  readonly #changeLog: ChangeLog<Prediction>;
  readonly #pool: Pick<ForecastPool, 'inTurn'>;

  constructor(options: PredictionsOptions) {
    this.#options = options;
    this.#pool = options.pool;
    const { log } = options.state;
    this.#changeLog = new ChangeLog<Prediction>({
      ...options,
      stream: 'predictions',
      now: () => log.now(),
      isOld: ({ generatedAt }, before) => generatedAt < before,
      onCommitted: () => undefined,
    });
  }

  load(): Promise<void> {
    return this.#changeLog.load();
  }

  /** Errors: FORBIDDEN, INVALID_INPUT, NOT_FOUND, INSUFFICIENT_DATA, LIMIT_EXCEEDED, TIMEOUT, STOPPED, as Log.columns. */
  async predict(viewer: Viewer, input: PredictionInput, signal: AbortSignal | null = null): Promise<StoredPrediction> {
    const prediction = await this.#make(viewer, input, signal);
    this.#changeLog.add([{ body: prediction }, ...this.#tooMany()]);
    await this.#changeLog.committed();
    const stored = this.#changeLog.get(prediction.id);
    if (stored === undefined) throw new PulseError('STOPPED', 'the engine is stopping; ask the next one');
    return stored;
  }

  /** Those that the viewer may see, newest first; null: of all. */
  list(viewer: Viewer, entityType: string | null, serviceId: string | null): StoredPrediction[] {
    return this.#changeLog.list(
      (one) =>
        mayRead(viewer, one.entityType) &&
        (entityType === null || one.entityType === entityType) &&
        (serviceId === null || one.serviceId === serviceId),
    );
  }

  get(viewer: Viewer, id: string): StoredPrediction | undefined {
    const prediction = this.#changeLog.get(id);
    return prediction !== undefined && mayRead(viewer, prediction.entityType) ? prediction : undefined;
  }

  /** Made at once, and again where points have come, at most once in `every` (null: a minute). Errors: INVALID_INPUT at once. */
  watch(
    viewer: Viewer,
    input: PredictionInput,
    every: TimeSpanInput | null,
  ): LiveIterator<StoredPrediction | PulseError> {
    const { state } = this.#options;
    const everySeconds = every === null ? usualEverySeconds : readEvery(every);
    readInput(input, this.#options.limits.trainingMs);
    let stepMs = 0;
    let made: StoredPrediction | PulseError | null = null;
    let [isBusy, madeOf, nextStepEnds] = [false, -1, Number.POSITIVE_INFINITY];
    const make = () => {
      const { pointCount: points, lastPointAt } = this.#grown(input);
      // A step with points may have ended since, also where no other has come.
      const isNewStep = state.log.now() >= nextStepEnds && lastPointAt > nextStepEnds - stepMs;
      if (isBusy || (points === madeOf && !isNewStep)) return;
      [isBusy, madeOf, nextStepEnds] = [true, points, Number.POSITIVE_INFINITY];
      this.#make(viewer, input)
        .then(
          (prediction) => {
            stepMs = prediction.step.ms;
            nextStepEnds = prediction.from + stepMs;
            return { ...prediction, revision: 0 };
          },
          (error: unknown) => {
            if (!(error instanceof PulseError)) throw error;
            // What did not find a thread in time is tried again, also where nothing comes.
            if (error.code === 'LIMIT_EXCEEDED' || error.code === 'TIMEOUT') madeOf = -1;
            return error;
          },
        )
        .then(
          (result) => {
            made = result;
            isBusy = false;
            iterator.wake();
          },
          (error) => iterator.fail(error),
        );
    };
    const take = () => {
      const next = made ?? undefined;
      made = null;
      return next;
    };
    const sharing: Sharing<StoredPrediction | PulseError> = {
      kind: 'LATEST',
      isCaughtUp: () => madeOf >= 0 && !isBusy && made === null,
      keyOf: () => '',
    };
    const iterator = new LiveIterator<StoredPrediction | PulseError>({ take, close: () => leave(), sharing });
    const leave = state.tickers.add(everySeconds, { tick: make });
    make();
    return iterator;
  }

  /** What came of the steps that are over. Errors: as Log.columns. */
  async realized(prediction: Prediction, signal: AbortSignal | null = null): Promise<Realized[]> {
    const { state, limits } = this.#options;
    const { query, step, from, confidenceLevel } = prediction;
    const values = predictedValues(prediction);
    const { lower, upper } = predictedBounds(prediction, confidenceLevel);
    const over = Math.min(values.length, Math.floor((state.log.now() - from) / step.ms));
    if (over <= 0) return [];
    const range = { from, to: from + over * step.ms, stepMs: step.ms };
    const buckets = await this.#options.reads.run(signal, (read) =>
      readKpiHistory(state.log, query, range, limits, read.signal),
    );
    return buckets.flatMap((bucket, k) => {
      const observed = stepValue(bucket, query);
      if (observed === null) return [];
      const { end } = bucket;
      const predicted = values[k] as number;
      const isInside = observed >= (lower[k] as number) && observed <= (upper[k] as number);
      return [{ at: end, observed, predicted, error: observed - predicted, isInside }];
    });
  }

  async trim(before: number): Promise<void> {
    await this.#changeLog.trim(before);
  }

  async stop(): Promise<void> {
    await this.#changeLog.stop();
  }

  /** The oldest go where there would be more than are kept. */
  #tooMany(): { body: Prediction; isLast: true }[] {
    const all = this.#changeLog.decided(() => true);
    const oldest = all.sort((a, b) => a.generatedAt - b.generatedAt).slice(0, Math.max(0, all.length + 1 - mostKept));
    return oldest.map((body) => ({ body, isLast: true }));
  }

  async #make(viewer: Viewer, input: PredictionInput, signal: AbortSignal | null = null): Promise<Prediction> {
    const { state, limits } = this.#options;
    const asked = readInput(input, limits.trainingMs);
    const { query, horizon, step, level } = asked;
    assertMayRead(viewer, query.entityType);
    const { lastPointAt } = this.#series(input);
    const now = state.log.now();
    const range = { lastPointAt, now, windowMs: limits.trainingMs, horizonMs: horizon.ms, stepMs: step?.ms ?? null };
    const { training, forecast } = await this.#pool.inTurn(async (run) => {
      const read = await this.#options.reads.run(signal, (one) =>
        readTraining(state.log, query, range, limits, one.signal),
      );
      const options = forecastOptions(read, horizon.ms, input.algorithm ?? 'AUTO');
      const { values, stepMs, from } = read;
      const key = JSON.stringify([query, stepMs, options]);
      return {
        training: read,
        forecast: await run({ values, first: Math.round(from / stepMs), options, key, share: 'ASKED' }),
      };
    });
    const { path, errors, backtests, ...rest } = forecast;
    return {
      id: randomId('pred'),
      entityType: input.entityType,
      serviceId: input.serviceId,
      targetMetric: input.targetMetric,
      forecastPeriod: horizon,
      step: step ?? spanOf(training.stepMs),
      confidenceLevel: level,
      query,
      from: training.to,
      forecast: { ...rest, path: [...path], errors: [...errors] },
      training: { points: training.points, steps: training.values.length, from: training.from, to: training.to },
      backtest: accuracyOf(forecast, training.values, level),
      coverages: coveragesOf(forecast, level),
      generatedAt: state.log.now(),
      isTold: true,
    };
  }

  #grown({ entityType, serviceId }: PredictionInput): { pointCount: number; lastPointAt: number } {
    return this.#options.state.catalogue.list(entityType, serviceId)[0] ?? { pointCount: 0, lastPointAt: 0 };
  }

  #series({ entityType, serviceId, targetMetric }: PredictionInput): { lastPointAt: number } {
    const [series] = this.#options.state.catalogue.list(entityType, serviceId);
    if (series === undefined) throw notFound('series', `${entityType}/${serviceId}`);
    const field = series.fields.find(({ name }) => name === targetMetric);
    if (field?.kind === 'NUMBER' || field?.kind === 'MIXED') return series;
    const numeric = series.fields.filter(({ kind }) => kind === 'NUMBER').map(({ name }) => name);
    const message = `must be a numeric field of the series, such as ${numeric.slice(0, 5).join(', ') || 'none: it has no numbers'}`;
    throw invalidInput([{ path: ['targetMetric'], message }]);
  }
}

/** What is expected of each step. */
export function predictedValues({ forecast }: Pick<Prediction, 'forecast'>): Float64Array {
  return valuesOf(revived(forecast));
}

/** At any level in (0, 1). */
export function predictedBounds({ forecast }: Pick<Prediction, 'forecast'>, level: number): Bounds {
  return boundsOf(revived(forecast), level);
}

function revived(forecast: Prediction['forecast']): Forecast {
  const { path, errors, ...rest } = forecast;
  return { ...rest, path: Float64Array.from(path), errors: Float64Array.from(errors), backtests: [] };
}

function forecastOptions({ stepMs }: Training, horizonMs: number, algorithm: Family | 'AUTO'): ForecastOptions {
  const family = algorithm === 'AUTO' ? null : algorithm;
  return { steps: Math.ceil(horizonMs / stepMs), period: null, lengths: seasonLengths(stepMs), family };
}

function readInput(input: PredictionInput, trainingMs: number) {
  const issues: InputIssue[] = [];
  const horizon = readTimeSpan(input.forecastPeriod, ['forecastPeriod'], issues, spanBounds);
  const step = input.step == null ? null : (readTimeSpan(input.step, ['step'], issues, spanBounds) ?? null);
  const level = input.confidenceLevel ?? usualLevel;
  if (!(level > levelBounds.least && level < levelBounds.most)) {
    issues.push({ path: ['confidenceLevel'], message: `must be above 0.5 and below 0.999, not ${level}` });
  }
  if (step !== null && leastSteps * step.ms > trainingMs) {
    issues.push({
      path: ['step'],
      message: `must fit ${leastSteps} times into the days that are looked at (--training-days)`,
    });
  }
  if (input.aggregation === 'QUANTILE') {
    issues.push({
      path: ['aggregation'],
      message: 'cannot be QUANTILE, which needs to be told which; take AVG, MIN or MAX',
    });
  }
  const { entityType, serviceId, targetMetric: field, filters, where } = input;
  const name = input.aggregation ?? 'AVG';
  const aggregation = name === 'COUNT' || name === 'RATE' ? { function: name } : { function: name, field };
  const asked = { entityType, serviceId, aggregation, filters, where, timeWindow };
  const query = issues.length > 0 ? undefined : readWindowQuery(asked, [], issues);
  if (horizon !== undefined && step !== null && step.ms > horizon.ms) {
    issues.push({ path: ['step'], message: 'must not be longer than forecastPeriod' });
  }
  if (horizon !== undefined && step !== null && horizon.ms / step.ms > mostSteps) {
    const message = `makes ${Math.ceil(horizon.ms / step.ms)} steps of forecastPeriod, at most ${mostSteps} are forecast`;
    issues.push({ path: ['step'], message });
  }
  if (query === undefined || horizon === undefined || issues.length > 0) throw invalidInput(issues);
  return { query, horizon, step, level };
}

function spanOf(ms: number): TimeSpan {
  for (const unit of ['DAY', 'HOUR', 'MINUTE'] as const) {
    const { ms: length } = timeSpan(1, unit);
    if (ms % length === 0) return timeSpan(ms / length, unit);
  }
  return timeSpan(Math.round(ms / 1000), 'SECOND');
}
