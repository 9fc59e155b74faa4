// Predictions: made, listed, watched, measured against what came.
import {
  badUserInput,
  InsufficientDataError,
  InvalidInputError,
  LimitExceededError,
  NotFoundError,
} from '../base/errors.ts';
import { predictedBounds, predictedValues, type Realized, type StoredPrediction } from '../engine/predictions.ts';
import type { Accuracy } from '../forecast/accuracy.ts';
import { builder } from './builder.ts';
import { ConditionInputType, FilterInputType } from './conditions.ts';
import { AggregationFunctionEnum, PredictionAlgorithmEnum } from './enums.ts';
import { latestFirst, pageOf } from './page-of.ts';
import { TimeSpanInput, TimeSpanType } from './time-spans.ts';

const PredictionInputType = builder.inputType('PredictionInput', {
  description: 'What is predicted, how far ahead.',
  fields: (t) => ({
    entityType: t.string({ required: true, description: 'Whose points.' }),
    serviceId: t.string({ required: true, description: 'Of which service.' }),
    targetMetric: t.string({ required: true, description: 'Dotted path of the numeric field to predict.' }),
    forecastPeriod: t.field({
      type: TimeSpanInput,
      required: true,
      description: 'How far ahead; at most 400 steps.',
    }),
    step: t.field({
      type: TimeSpanInput,
      description: "Length of one step; null: chosen from the data's own spacing.",
    }),
    aggregation: t.field({
      type: AggregationFunctionEnum,
      defaultValue: 'AVG',
      description: 'How points in one step become one value.',
    }),
    algorithm: t.field({
      type: PredictionAlgorithmEnum,
      defaultValue: 'AUTO',
      description: 'AUTO combines those that suit the series, by how they would have done before.',
    }),
    confidenceLevel: t.float({ defaultValue: 0.95, description: 'Coverage of the bounds, in (0.5, 0.999).' }),
    filters: t.field({ type: [FilterInputType], description: 'Only points for which all of these hold.' }),
    where: t.field({ type: ConditionInputType, description: 'Only points for which this holds.' }),
  }),
});

const Bounds = builder.objectRef<{ lower: number; upper: number }>('Bounds').implement({
  description: 'Where a value will be, with the probability asked for.',
  fields: (t) => ({
    lower: t.exposeFloat('lower', { description: 'Not below this; never negative where no value was.' }),
    upper: t.exposeFloat('upper', { description: 'Not above this.' }),
  }),
});

interface StepView {
  readonly prediction: StoredPrediction;
  readonly index: number;
  readonly value: number;
  /** Of all steps, made once a level. */
  boundsAt(level: number): ReturnType<typeof predictedBounds>;
}

function stepsOf(prediction: StoredPrediction): StepView[] {
  const made = new Map<number, ReturnType<typeof predictedBounds>>();
  const boundsAt = (level: number) => {
    const known = made.get(level) ?? predictedBounds(prediction, level);
    made.set(level, known);
    return known;
  };
  return [...predictedValues(prediction)].map((value, index) => ({ prediction, index, value, boundsAt }));
}

const PredictedValue = builder.objectRef<StepView>('PredictedValue').implement({
  description: 'One step ahead.',
  fields: (t) => ({
    timestamp: t.field({
      type: 'DateTime',
      description: 'End of the step.',
      resolve: ({ prediction: { from, step }, index }) => from + (index + 1) * step.ms,
    }),
    value: t.exposeFloat('value', { description: 'Expected: as likely above as below.' }),
    bounds: t.field({
      type: Bounds,
      description: "At the prediction's own level where none is given.",
      args: { level: t.arg.float({ description: 'From 0.01 to 0.9999.' }) },
      resolve: ({ prediction, index, boundsAt }, { level }) => {
        const { lower, upper } = boundsAt(readLevel(level ?? prediction.confidenceLevel));
        return { lower: lower[index] as number, upper: upper[index] as number };
      },
    }),
    confidence: t.float({
      description:
        'Coverage of the bounds measured by backtest at this step, or the nominal level where there was no backtest.',
      resolve: ({ prediction, index }) => prediction.coverages?.[index] ?? prediction.confidenceLevel,
    }),
  }),
});

const Training = builder.objectRef<StoredPrediction['training']>('TrainingSummary').implement({
  description: 'What it was made from.',
  fields: (t) => ({
    points: t.exposeFloat('points', { description: 'Points.' }),
    steps: t.exposeInt('steps', { description: 'Steps, gaps included.' }),
    from: t.expose('from', { type: 'DateTime', description: 'Begin of the first step.' }),
    to: t.expose('to', { type: 'DateTime', description: 'End of the last step.' }),
  }),
});

const BacktestType = builder.objectRef<Accuracy>('Backtest').implement({
  description:
    'Forecasts from earlier places of the same series, against what came (rolling origins). The models’ weights were chosen on these too.',
  fields: (t) => ({
    folds: t.exposeInt('folds', { description: 'From how many places.' }),
    mase: t.exposeFloat('mase', {
      description: 'Mean absolute scaled error; below 1 beats the naive forecast one step, or one season, ahead.',
    }),
    smape: t.exposeFloat('smape', { description: 'Symmetric mean absolute percentage error, in percent.' }),
    coverage: t.exposeFloat('coverage', { description: 'Share of the values within their bounds.' }),
  }),
});

const ModelType = builder.objectRef<StoredPrediction['forecast']['members'][number]>('PredictionModel').implement({
  description: 'A model that has a part in a prediction.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What it is.' }),
    algorithm: t.field({ type: PredictionAlgorithmEnum, description: 'Its family.', resolve: ({ family }) => family }),
    weight: t.exposeFloat('weight', { description: 'Its part, in [0, 1].' }),
    error: t.exposeFloat('error', {
      nullable: true,
      description:
        'Mean absolute error of its backtests on the scale on which it is fitted, the logarithm where all values are positive; null: there were none.',
    }),
  }),
});

const RealizedStep = builder.objectRef<Realized>('RealizedStep').implement({
  description: 'A step that is over: what came.',
  fields: (t) => ({
    timestamp: t.expose('at', { type: 'DateTime', description: 'End of the step.' }),
    observed: t.exposeFloat('observed', { description: 'What came.' }),
    predicted: t.exposeFloat('predicted', { description: 'What was expected.' }),
    error: t.exposeFloat('error', { description: 'Observed less predicted.' }),
    isInside: t.exposeBoolean('isInside', { description: 'Whether it was within the bounds.' }),
  }),
});

const RealizedType = builder.objectRef<readonly Realized[]>('PredictionRealized').implement({
  description: 'What came of a prediction so far.',
  fields: (t) => ({
    steps: t.field({
      type: [RealizedStep],
      description: 'Steps that are over and have a value.',
      resolve: (all) => [...all],
    }),
    coverage: t.float({
      nullable: true,
      description: 'Share of them within the bounds; null: none is over.',
      resolve: (all) => (all.length === 0 ? null : all.filter(({ isInside }) => isInside).length / all.length),
    }),
    meanAbsoluteError: t.float({
      nullable: true,
      description: 'Of them; null: none is over.',
      resolve: (all) =>
        all.length === 0 ? null : all.reduce((sum, { error }) => sum + Math.abs(error), 0) / all.length,
    }),
  }),
});

const predictionRef = builder.objectRef<StoredPrediction>('Prediction');

const PredictionType = builder.node(predictionRef, {
  description: 'How a metric is expected to go on, with bounds; kept for 7 days and measured against what comes.',
  id: { resolve: ({ id }) => id },
  loadOne: (id, { engine, viewer }) => engine.predictions.get(viewer, id) ?? null,
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'forecast' in value,
  fields: (t) => ({
    targetMetric: t.exposeString('targetMetric', { description: 'Dotted path of the field.' }),
    entityType: t.exposeString('entityType', { description: 'Whose points.' }),
    serviceId: t.exposeString('serviceId', { description: 'Of which service.' }),
    forecastPeriod: t.expose('forecastPeriod', { type: TimeSpanType, description: 'How far ahead.' }),
    step: t.expose('step', { type: TimeSpanType, description: 'Length of one step.' }),
    algorithm: t.field({
      type: PredictionAlgorithmEnum,
      description: 'The family of the model that weighs most; AUTO is never printed here.',
      resolve: ({ forecast }) => forecast.members[0]?.family ?? 'NAIVE',
    }),
    models: t.field({
      type: [ModelType],
      description: 'All models that have a part, the one that weighs most first.',
      resolve: ({ forecast }) => [...forecast.members],
    }),
    confidenceLevel: t.exposeFloat('confidenceLevel', { description: 'Coverage that the bounds are made for.' }),
    predictedValues: t.field({
      type: [PredictedValue],
      description: 'Step by step.',
      resolve: stepsOf,
    }),
    seasonality: t.int({
      nullable: true,
      description: 'Season length in steps, null where none was found.',
      resolve: ({ forecast: { seasons, slowPeriod } }) => [seasons.short, slowPeriod].find((one) => one > 1) ?? null,
    }),
    training: t.expose('training', { type: Training, description: 'What it was made from.' }),
    backtest: t.expose('backtest', {
      type: BacktestType,
      nullable: true,
      description: 'Accuracy on held-out data of the same series; null where the series is too short to hold any out.',
    }),
    realized: t.field({
      type: RealizedType,
      description: 'What came of it so far.',
      resolve: (prediction, _, { engine, signal }) => engine.predictions.realized(prediction, signal),
    }),
    generatedAt: t.expose('generatedAt', { type: 'DateTime', description: 'When it was made.' }),
  }),
});

const PredictResult = builder.errorUnion('PredictResult', {
  description: 'The prediction, or why there is none.',
  types: [PredictionType, InvalidInputError, NotFoundError, InsufficientDataError, LimitExceededError],
});

builder.mutationField('predict', (t) =>
  t.field({
    type: PredictResult,
    description:
      'Predicts how a metric goes on, from the points of the days before its last one, 30 by default (--training-days).',
    args: { input: t.arg({ type: PredictionInputType, required: true, description: 'What, and how far.' }) },
    resolve: (_, { input }, { engine, viewer, signal }) => engine.predictions.predict(viewer, input, signal),
  }),
);

builder.queryField('predictions', (t) =>
  t.connection(
    {
      type: PredictionType,
      description: 'Predictions of the last 7 days, newest first.',
      args: {
        entityType: t.arg.string({ description: 'Only those of this entity type.' }),
        serviceId: t.arg.string({ description: 'Only those of this service.' }),
      },
      resolve: (_, { entityType, serviceId, ...page }, { engine, viewer }) => {
        const found = engine.predictions.list(viewer, entityType ?? null, serviceId ?? null);
        return pageOf(found, latestFirst, page, engine.limits);
      },
    },
    {
      name: 'PredictionConnection',
      description: 'A page of predictions.',
      fields: (f) => ({ totalCount: f.exposeInt('totalCount', { description: 'On all pages.' }) }),
    },
    { name: 'PredictionEdge', description: 'A prediction with its place.' },
  ),
);

builder.subscriptionField('predictionUpdates', (t) =>
  t.field({
    type: PredictResult,
    description: 'A prediction that is made again as the series grows, at most once in `every`; it is not kept.',
    args: {
      input: t.arg({ type: PredictionInputType, required: true, description: 'What, and how far.' }),
      every: t.arg({ type: TimeSpanInput, description: 'At most one in so long; a minute where it is left out.' }),
    },
    subscribe: (_, { input, every }, { engine, viewer }) => engine.watchPrediction(viewer, input, every ?? null),
    resolve: (result) => {
      if (result instanceof Error) throw result;
      return result;
    },
  }),
);

const [leastLevel, mostLevel] = [0.01, 0.9999];

function readLevel(level: number): number {
  if (level >= leastLevel && level <= mostLevel) return level;
  throw badUserInput(`level must be from ${leastLevel} to ${mostLevel}, not ${level}`);
}
