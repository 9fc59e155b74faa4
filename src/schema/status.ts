// What the engine says of itself.

import type { InsightFigures } from '../engine/insights.ts';
import type { EngineStatus, PerformanceMetrics } from '../engine/status.ts';
import { builder } from './builder.ts';
import { Clock } from './server-clock.ts';
import { TimeSpanInput } from './time-spans.ts';

const Performance = builder.objectRef<PerformanceMetrics>('PerformanceMetrics').implement({
  description: 'Measured figures: totals since the start, rates and times over the last minute.',
  fields: (t) => ({
    processedEvents: t.exposeFloat('processedEvents', {
      description: 'Points that were stored and went through the engine.',
    }),
    rejectedEvents: t.exposeFloat('rejectedEvents', { description: 'Points that broke a rule.' }),
    duplicateEvents: t.exposeFloat('duplicateEvents', { description: 'Points whose key had been accepted before.' }),
    lateEvents: t.exposeFloat('lateEvents', { description: 'Points older than one of their series that came before.' }),
    generatedInsights: t.exposeFloat('generatedInsights', { description: 'Insights that were told.' }),
    deliveredMessages: t.exposeFloat('deliveredMessages', { description: 'Updates handed to subscribers.' }),
    eventRate: t.exposeFloat('eventRate', { description: 'Points a second over the last minute.' }),
    averageProcessingTime: t.exposeFloat('averageProcessingTime', {
      description: 'Milliseconds from acceptance to the end of processing, over the last minute.',
    }),
    p99ProcessingTime: t.exposeFloat('p99ProcessingTime', {
      description:
        'The time within which 99 of 100 points were processed, in milliseconds, over the last minute; within 20 %.',
    }),
    errorRate: t.exposeFloat('errorRate', { description: 'Failed over processed, over the last minute, in [0, 1].' }),
    eventLoopDelayP99: t.exposeFloat('eventLoopDelayP99', {
      description:
        'Milliseconds by which the event loop is late at the 99th percentile, over the last 30 to 60 seconds.',
    }),
    memoryBytes: t.exposeFloat('memoryBytes', { description: 'Memory of the whole process.' }),
    lastUpdate: t.expose('lastUpdate', { type: 'DateTime', description: 'When these figures were read.' }),
  }),
});

const Analysis = builder.objectRef<InsightFigures>('AnalysisStatus').implement({
  description: 'What is watched for insights, and what was held back.',
  fields: (t) => ({
    metrics: t.exposeInt('metrics', { description: 'Numeric fields of series that are watched.' }),
    metricsWatchedLess: t.exposeInt('metricsWatchedLess', {
      description: 'Those of them past the limit, which are watched for shifts and silence alone.',
    }),
    metricsNotWatched: t.exposeInt('metricsNotWatched', { description: 'Past ten times the limit: not watched.' }),
    heldBack: t.exposeInt('heldBack', {
      description: 'Insights since the start that were more than may open in an hour, and were not shown.',
    }),
  }),
});

const Status = builder.objectRef<EngineStatus>('EngineStatus').implement({
  description: 'The state of the engine.',
  fields: (t) => ({
    version: t.exposeString('version', { description: 'Of PulseQL.' }),
    startedAt: t.expose('startedAt', { type: 'DateTime', description: 'When the engine was started.' }),
    uptimeSeconds: t.exposeFloat('uptimeSeconds', { description: 'How long it has run.' }),
    ready: t.exposeBoolean('ready', { description: 'Whether it takes points.' }),
    notReadyReason: t.exposeString('notReadyReason', {
      nullable: true,
      description:
        'Why points are not taken, the error code first, such as `STORAGE_FULL: the disk is full`; null while they are.',
    }),
    connections: t.exposeInt('connections', { description: 'Open WebSocket connections.' }),
    subscriptions: t.exposeInt('subscriptions', { description: 'Open subscriptions, over all transports.' }),
    dashboards: t.exposeInt('dashboards', { description: 'How many there are.' }),
    series: t.exposeInt('series', { description: 'How many are known.' }),
    insights: t.int({ description: 'Insights that are open.', resolve: ({ insights }) => insights.open }),
    analysis: t.expose('insights', { type: Analysis, description: 'What is watched for insights.' }),
    alertsFiring: t.exposeInt('alertsFiring', { description: 'Alerts that fire now, or have no data.' }),
    storage: t.exposeString('storage', { description: 'What kind of store, and where.' }),
    clock: t.expose('clock', { type: Clock, description: "The server's clock, and whether it can be trusted." }),
    performance: t.expose('performance', { type: Performance, description: 'Measured figures.' }),
  }),
});

builder.queryField('status', (t) =>
  t.field({
    type: Status,
    description: 'The state of the engine now.',
    resolve: (_, _args, { engine }) => engine.status(),
  }),
);

builder.subscriptionField('status', (t) =>
  t.field({
    type: Status,
    description: 'The state of the engine, at once and again every so often.',
    args: { every: t.arg({ type: TimeSpanInput, description: 'How often; 5 s where it is left out.' }) },
    subscribe: (_, { every }, { engine }) => engine.watchStatus(every ?? null),
    resolve: (status) => status,
  }),
);
