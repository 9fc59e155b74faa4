// Points: read in pages, watched as they come.

import { readPointFilter } from '../engine/point-filter.ts';
import type { FeedGap, FeedUpdate } from '../feeds/feed.ts';
import type { Frequency } from '../feeds/frequency.ts';
import { compilePath } from '../points/field-path.ts';
import type { PointMetadata, StoredPoint } from '../points/point.ts';
import { pointBytes } from '../points/point-bytes.ts';
import { builder } from './builder.ts';
import { ConditionInputType, FilterInputType } from './conditions.ts';
import { FrequencyEnum } from './enums.ts';
import { TimeSpanInput } from './time-spans.ts';

const Metadata = builder.objectRef<PointMetadata>('PointMetadata').implement({
  description: 'What the producer says about a point.',
  fields: (t) => ({
    source: t.string({ nullable: true, description: 'Where it comes from.', resolve: ({ source }) => source ?? null }),
    confidence: t.float({
      nullable: true,
      description: 'How sure the producer is.',
      resolve: ({ confidence }) => confidence ?? null,
    }),
    processingTime: t.float({
      nullable: true,
      description: 'Milliseconds the producer spent.',
      resolve: ({ processingTime }) => processingTime ?? null,
    }),
  }),
});

// A longer text counts where it is selected; shorter ones are counted with their page.
const longText = 1000;

function numberAt(point: StoredPoint, field: string): number | null {
  const value = compilePath(field)(point.data);
  return typeof value === 'number' ? value : null;
}

function textAt(point: StoredPoint, field: string): string | null {
  const value = compilePath(field)(point.data);
  return typeof value === 'string' ? value : null;
}

export const DataPoint = builder.objectRef<StoredPoint>('DataPoint').implement({
  description: 'One measurement event of an entity type, reported by a service.',
  fields: (t) => ({
    cursor: t.field({
      type: 'Cursor',
      description: 'Its place in the log: resume from it.',
      resolve: ({ entityType, offset }, _, { engine }) => engine.cursorOf(entityType, offset),
    }),
    timestamp: t.expose('timestamp', {
      type: 'DateTime',
      description: 'Event time, as the producer gave it; the time of arrival where it gave none.',
    }),
    receivedAt: t.expose('receivedAt', { type: 'DateTime', description: 'When it was stored.' }),
    entityType: t.exposeString('entityType', { description: 'What kind of event it is.' }),
    serviceId: t.exposeString('serviceId', { description: 'Who reported it.' }),
    data: t.field({
      type: 'JSONObject',
      description: 'All fields as sent.',
      resolve: (point, _, { answer }, info) => {
        // Under its own name it has been counted with its page.
        if (info.path.key !== 'data') answer?.spendAgain(pointBytes(point));
        return point.data;
      },
    }),
    number: t.float({
      nullable: true,
      description: 'One numeric field by dotted path, null where it is absent or not a number.',
      args: { field: t.arg.string({ required: true, description: 'Dotted path into data.' }) },
      resolve: (point, { field }) => numberAt(point, field),
    }),
    text: t.string({
      nullable: true,
      description: 'One text field by dotted path, null where it is absent or not a string.',
      args: { field: t.arg.string({ required: true, description: 'Dotted path into data.' }) },
      resolve: (point, { field }, { answer }) => {
        const text = textAt(point, field);
        if (text !== null && text.length > longText) answer?.spendAgain(text.length);
        return text;
      },
    }),
    metadata: t.expose('metadata', { type: Metadata, nullable: true, description: 'What the producer says about it.' }),
  }),
});

const GapReason = builder.enumType('GapReason', {
  description: 'Why points cannot be replayed.',
  values: {
    RETENTION: { description: 'They were older than the server keeps points.' },
    DELETED: { description: 'They were deleted.' },
  } as const,
});

const Gap = builder.objectRef<FeedGap>('Gap').implement({
  description: 'Points that cannot be replayed any more.',
  fields: (t) => ({
    reason: t.expose('reason', { type: GapReason, description: 'Why they are gone.' }),
    skipped: t.exposeFloat('skipped', { description: 'How many points of these entity types at most.' }),
    resumesAt: t.expose('resumesAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Arrival of the oldest point that is left.',
    }),
  }),
});

const DataUpdate = builder.objectRef<FeedUpdate>('DataUpdate').implement({
  description: 'What has come since the last update.',
  fields: (t) => ({
    points: t.field({
      type: [DataPoint],
      description:
        'The points since the last update, oldest first, at most 50 by default (--batch-size): the latest ones where there were more.',
      resolve: ({ points }) => points as StoredPoint[],
    }),
    skipped: t.exposeFloat('skipped', {
      description: 'How many matching points this update leaves out (fetch them with Query.points); 0 while replaying.',
    }),
    cursor: t.field({
      type: 'Cursor',
      description: 'The cursor of the last point covered, also where a heartbeat brings no point; resume from it.',
      resolve: ({ partition, offset }, _, { engine }) => engine.cursor(partition, offset),
    }),
    gap: t.expose('gap', {
      type: Gap,
      nullable: true,
      description: 'Set where points after the given cursor are gone for good; the update goes on with what is left.',
    }),
  }),
});

builder.queryField('points', (t) =>
  t.connection(
    {
      type: DataPoint,
      description:
        "Stored points in the order of their arrival; from and to bound their own time. An edge's cursor is DataPoint.cursor and serves Subscription.dataUpdates too.",
      args: {
        entityType: t.arg.string({ required: true, description: 'What kind of events.' }),
        serviceId: t.arg.string({ description: 'Of one service; null: of all.' }),
        filters: t.arg({ type: [FilterInputType], description: 'Only points for which all of these hold.' }),
        where: t.arg({ type: ConditionInputType, description: 'Only points for which this holds.' }),
        from: t.arg({ type: 'DateTime', description: 'Only points with a later timestamp.' }),
        to: t.arg({ type: 'DateTime', description: 'Only points with this timestamp or an earlier one.' }),
      },
      resolve: async (
        _,
        { entityType, serviceId = null, filters, where, from = null, to = null, ...page },
        context,
      ) => {
        const { first = null, after = null, last = null, before = null } = page;
        const query = {
          entityType,
          serviceId,
          filter: readPointFilter(filters, where),
          from,
          to,
          first,
          after,
          last,
          before,
        };
        const { points, ...pageInfo } = await context.engine.points(
          context.viewer,
          query,
          context.signal,
          context.answer,
        );
        return { pageInfo, edges: points.map(({ point, cursor }) => ({ node: point, cursor })) };
      },
    },
    { name: 'DataPointConnection', description: 'A page of points.' },
    { name: 'DataPointEdge', description: 'A point with its place.' },
  ),
);

builder.subscriptionField('dataUpdates', (t) =>
  t.field({
    type: DataUpdate,
    description:
      'Points as they come. `after` replays what came since and goes on live; `last` starts with that many of the newest (at most 1,000); ' +
      '`heartbeat` sends an update without points where nothing came for so long.',
    args: {
      entityType: t.arg.string({ required: true, description: 'What kind of events.' }),
      serviceId: t.arg.string({ description: 'Of one service; null: of all.' }),
      filters: t.arg({ type: [FilterInputType], description: 'Only points for which all of these hold.' }),
      where: t.arg({ type: ConditionInputType, description: 'Only points for which this holds.' }),
      frequency: t.arg({ type: FrequencyEnum, defaultValue: 'MEDIUM' as Frequency, description: 'How often.' }),
      after: t.arg({ type: 'Cursor', description: 'Replay what came behind this cursor, then go on live.' }),
      last: t.arg.int({ description: 'Start with so many of the newest points.' }),
      heartbeat: t.arg({ type: TimeSpanInput, description: 'Say where things stand after so long without a point.' }),
    },
    subscribe: (
      _,
      { entityType, serviceId = null, filters = null, where = null, frequency, ...rest },
      { engine, viewer },
    ) => {
      const { after = null, last = null, heartbeat = null } = rest;
      const input = { entityType, serviceId, filters, where, frequency: frequency ?? 'MEDIUM', after, last, heartbeat };
      return engine.watchPoints(viewer, input);
    },
    resolve: (update) => update,
  }),
);
