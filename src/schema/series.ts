// Series: what can be subscribed to and charted.
import type { SeriesView } from '../series/series.ts';
import { builder } from './builder.ts';
import { FieldKindEnum } from './enums.ts';

const SeriesField = builder.objectRef<SeriesView['fields'][number]>('SeriesField').implement({
  description: 'A field that points of a series have.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Dotted path into data.' }),
    kind: t.expose('kind', { type: FieldKindEnum, description: 'What it has been so far.' }),
  }),
});

const SeriesType = builder.objectRef<SeriesView>('Series').implement({
  description: 'A known series: what can be subscribed to, charted and predicted.',
  fields: (t) => ({
    entityType: t.exposeString('entityType', { description: 'What kind of events.' }),
    serviceId: t.exposeString('serviceId', { description: 'Who reports them.' }),
    fields: t.field({ type: [SeriesField], description: 'In order of name.', resolve: ({ fields }) => [...fields] }),
    pointCount: t.exposeFloat('pointCount', { description: 'Points that were ever accepted.' }),
    firstPointAt: t.expose('firstPointAt', {
      type: 'DateTime',
      nullable: true,
      description: 'The earliest event time.',
    }),
    lastPointAt: t.expose('lastPointAt', { type: 'DateTime', nullable: true, description: 'The latest event time.' }),
  }),
});

builder.queryField('series', (t) =>
  t.field({
    type: [SeriesType],
    description: 'Known series, in order of entity type and service.',
    args: {
      entityType: t.arg.string({ description: 'Of one entity type; null: of all.' }),
      serviceId: t.arg.string({ description: 'Of one service; null: of all.' }),
    },
    resolve: (_, { entityType, serviceId }, { engine, viewer }) =>
      engine.series(viewer, entityType ?? null, serviceId ?? null),
  }),
);
