// Points in through GraphQL.
import type { IngestResult } from '../engine/ingest.ts';
import type { PointInput } from '../points/point.ts';
import type { Rejection } from '../points/read-points.ts';
import { builder } from './builder.ts';

const MetadataInput = builder.inputType('PointMetadataInput', {
  description: 'What the producer says about a point.',
  fields: (t) => ({
    source: t.string({ description: 'Where it comes from.' }),
    confidence: t.float({ description: 'How sure the producer is.' }),
    processingTime: t.float({ description: 'Milliseconds the producer spent.' }),
  }),
});

const DataPointInput = builder.inputType('DataPointInput', {
  description: 'A point to store.',
  fields: (t) => ({
    entityType: t.string({ required: true, description: 'What kind of event it is; 1 to 256 characters.' }),
    serviceId: t.string({ required: true, description: 'Who reports it; 1 to 256 characters.' }),
    timestamp: t.field({ type: 'DateTime', description: 'Event time; null: the time of arrival.' }),
    data: t.field({
      type: 'JSONObject',
      required: true,
      description: 'The fields, numbers, texts and anything JSON has.',
    }),
    metadata: t.field({ type: MetadataInput, description: 'What the producer says about it.' }),
    key: t.string({
      description:
        'Idempotency key: a point whose key was already accepted within the dedupe window is acknowledged and not stored again.',
    }),
  }),
});

const RejectedPoint = builder.objectRef<Rejection>('RejectedPoint').implement({
  description: 'A point that was not taken.',
  fields: (t) => ({
    index: t.exposeInt('index', { description: 'Which of the points, from 0.' }),
    message: t.exposeString('message', {
      description: 'Where it breaks a rule, with the value and what would be right.',
    }),
  }),
});

const IngestResultType = builder.objectRef<IngestResult>('IngestResult').implement({
  description: 'What became of the points.',
  fields: (t) => ({
    accepted: t.exposeInt('accepted', { description: 'Points that were stored.' }),
    duplicates: t.exposeInt('duplicates', { description: 'Points whose key had been accepted before.' }),
    rejected: t.field({
      type: [RejectedPoint],
      description: 'Points that were not taken, each with its reason.',
      resolve: ({ rejected }) => [...rejected],
    }),
    cursor: t.expose('cursor', {
      type: 'Cursor',
      nullable: true,
      description: 'Cursor of the last accepted point; durable once this is returned.',
    }),
  }),
});

type SentPoint = typeof DataPointInput.$inferInput;

function toInput({ entityType, serviceId, timestamp, data, metadata, key }: SentPoint): PointInput {
  const time = timestamp == null ? null : new Date(timestamp).toISOString();
  return {
    entityType,
    serviceId,
    timestamp: time,
    data: data as PointInput['data'],
    metadata: metadata ?? null,
    key: key ?? null,
  };
}

builder.mutationField('ingest', (t) =>
  t.field({
    type: IngestResultType,
    description: '`batchId` makes the whole call safe to repeat: the second time it answers as the first.',
    args: {
      points: t.arg({
        type: [DataPointInput],
        required: true,
        description: 'In the order in which they are to be stored.',
      }),
      batchId: t.arg.string({ description: 'An id of your own for exactly these points; kept for a day.' }),
    },
    resolve: (_, { points, batchId }, { engine, viewer }) =>
      engine.ingest(viewer, points.map(toInput), batchId ?? null),
  }),
);
