// Insights: read, watched, acknowledged.
import { NotFoundError } from '../base/errors.ts';
import type { Engine } from '../engine/engine.ts';
import type { StoredInsight } from '../engine/insights.ts';
import type { EvidenceStep } from '../insights/evidence.ts';
import {
  confidenceOf,
  expiryOf,
  type Insight,
  isOpen,
  leading,
  lifeOf,
  occurrencesOf,
  type Part,
  severityOf,
  typeOf,
} from '../insights/insight.ts';
import type { LifeEvent } from '../insights/situation.ts';
import { changeOf, descriptionOf, directionOf, recommendationsOf, titleOf } from '../insights/words.ts';
import { builder } from './builder.ts';
import { InsightEventKindEnum, InsightStateEnum, InsightTypeEnum, SeverityEnum, TrendDirectionEnum } from './enums.ts';
import { GroupKeyType } from './kpis.ts';
import { latestFirst, pageOf } from './page-of.ts';
import { DataPoint } from './points.ts';

const mostRelated = 50;

const EvidencePoint = builder.objectRef<EvidenceStep>('EvidencePoint').implement({
  description: 'One step of what was seen and what was expected.',
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime', description: 'When.' }),
    observed: t.exposeFloat('observed', {
      nullable: true,
      description: 'What was seen: the mean of a second, or the value farthest from what was expected.',
    }),
    expected: t.exposeFloat('expected', { nullable: true, description: 'What was expected; null: not known yet.' }),
    lower: t.exposeFloat('lower', { nullable: true, description: 'Lower edge of the band.' }),
    upper: t.exposeFloat('upper', { nullable: true, description: 'Upper edge of the band.' }),
    isAnomalous: t.exposeBoolean('isAnomalous', { description: 'Whether it was part of what is unusual.' }),
  }),
});

/** A part with the insight that it is of. */
interface PartView {
  readonly insight: Insight;
  readonly part: Part;
}

const InsightEvidence = builder.objectRef<PartView>('InsightEvidence').implement({
  description: 'What was seen and what was expected in one field.',
  fields: (t) => ({
    series: t.field({
      type: [EvidencePoint],
      description:
        'Observed, expected and the band around the situation, at most 200 steps: what a picture of it needs.',
      resolve: ({ part }) => [...part.steps],
    }),
    observed: t.float({
      nullable: true,
      description: 'The value that was farthest from what was usual; of silence the last one.',
      resolve: ({ part }) => part.situation.peak.observed,
    }),
    expected: t.float({
      nullable: true,
      description: 'What was expected there.',
      resolve: ({ part }) => part.situation.peak.expectation?.expected,
    }),
    lower: t.float({
      nullable: true,
      description: 'Lower edge of the band there.',
      resolve: ({ part }) => part.situation.peak.expectation?.lower,
    }),
    upper: t.float({
      nullable: true,
      description: 'Upper edge of the band there.',
      resolve: ({ part }) => part.situation.peak.expectation?.upper,
    }),
    direction: t.field({
      type: TrendDirectionEnum,
      nullable: true,
      description: 'Which way it went.',
      resolve: ({ part }) => directionOf(part.situation),
    }),
    changePercent: t.float({
      nullable: true,
      description:
        'How far, in percent of the level before, or of what was expected; null where that is next to nothing.',
      resolve: ({ part }) => changeOf(part.situation),
    }),
    from: t.field({
      type: 'DateTime',
      description: 'Of the first value that was unusual.',
      resolve: ({ part }) => part.situation.from,
    }),
    to: t.field({
      type: 'DateTime',
      description: 'Of the last value that was unusual.',
      resolve: ({ part }) => part.situation.to,
    }),
    point: t.field({
      type: DataPoint,
      nullable: true,
      description: 'The last point of the second with that value; null where retention has taken it, and of a KPI.',
      resolve: ({ insight, part }, _, { engine, viewer }) => {
        const { offset } = part.situation.peak;
        return offset === null || insight.subject.widgetId !== null
          ? null
          : engine.pointAt(viewer, insight.subject.entityType, offset);
      },
    }),
  }),
});

const InsightField = builder.objectRef<PartView>('InsightField').implement({
  description: 'One field that took part.',
  fields: (t) => ({
    field: t.string({
      nullable: true,
      description: 'Its dotted path; null: the value of a widget.',
      resolve: ({ part }) => part.field,
    }),
    evidence: t.field({ type: InsightEvidence, description: 'What was seen of it.', resolve: (view) => view }),
  }),
});

const InsightEvent = builder.objectRef<LifeEvent>('InsightEvent').implement({
  description: 'Something that happened to an insight.',
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime', description: 'When.' }),
    kind: t.expose('kind', { type: InsightEventKindEnum, description: 'What.' }),
    severity: t.expose('severity', { type: SeverityEnum, description: 'How bad it was then.' }),
    observed: t.exposeFloat('observed', { nullable: true, description: 'The value then, where there was one.' }),
  }),
});

const insightRef = builder.objectRef<StoredInsight>('Insight');

const InsightObject = builder.node(insightRef, {
  description:
    'Something the engine found in a metric, with the evidence. One ongoing situation is one insight: it is updated, not repeated.',
  id: { resolve: ({ id }) => id },
  loadOne: (id, { engine, viewer }) => engine.insights.get(viewer, id) ?? null,
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'revision' in value && 'parts' in value,
  fields: (t) => ({
    type: t.field({ type: InsightTypeEnum, description: 'What kind of situation it is.', resolve: typeOf }),
    severity: t.field({ type: SeverityEnum, description: 'How bad it is; it never falls.', resolve: severityOf }),
    state: t.field({
      type: InsightStateEnum,
      description: 'Whether it goes on.',
      resolve: (insight) => (isOpen(insight) ? 'OPEN' : 'RESOLVED'),
    }),
    title: t.string({
      description: 'What it is, in a line.',
      resolve: (insight, _, { engine }) => titleOf(named(insight, engine)),
    }),
    description: t.string({ description: 'What was seen, what was expected and since when.', resolve: descriptionOf }),
    confidence: t.float({
      description:
        'In [0, 1]: one minus how rare it is, or how far apart two levels are. It knows nothing of how many metrics are looked at.',
      resolve: confidenceOf,
    }),
    entityType: t.string({ description: 'Whose points it is about.', resolve: ({ subject }) => subject.entityType }),
    serviceId: t.string({
      nullable: true,
      description: 'Null: of a KPI over all services.',
      resolve: ({ subject }) => subject.serviceId,
    }),
    field: t.string({
      nullable: true,
      description: 'The field that it opened with; null: the value of a widget.',
      resolve: (insight) => leading(insight).field,
    }),
    dashboardId: t.id({
      nullable: true,
      description: 'The dashboard of the widget whose value it is about.',
      resolve: ({ subject }) => subject.dashboardId,
    }),
    widgetId: t.id({
      nullable: true,
      description: 'The widget whose value it is about; null for a metric of a series.',
      resolve: ({ subject }) => subject.widgetId,
    }),
    group: t.field({
      type: [GroupKeyType],
      description: 'Which group of the widget; empty for the whole, and for a metric of a series.',
      resolve: ({ subject }) => [...subject.group],
    }),
    evidence: t.field({
      type: InsightEvidence,
      description: 'What was seen and what was expected, of the field that it opened with.',
      resolve: (insight) => ({ insight, part: leading(insight) }),
    }),
    fields: t.field({
      type: [InsightField],
      description: 'All fields that left their band together, the one that it opened with first.',
      resolve: (insight) => insight.parts.map((part) => ({ insight, part })),
    }),
    recommendations: t.stringList({
      description: 'What to look at next.',
      resolve: (insight, _, { engine }) => recommendationsOf(named(insight, engine)),
    }),
    generatedAt: t.expose('generatedAt', { type: 'DateTime', description: 'When it was found.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it last changed.' }),
    expiresAt: t.field({
      type: 'DateTime',
      description:
        'When it is over at the latest: 72 h after it began, of a level that has moved 24 h after it last did.',
      resolve: expiryOf,
    }),
    occurrences: t.int({ description: 'How many values were unusual.', resolve: occurrencesOf }),
    acknowledgedBy: t.string({
      nullable: true,
      description: 'Who has seen it first.',
      resolve: ({ acknowledged }) => acknowledged?.by,
    }),
    life: t.field({ type: [InsightEvent], description: 'What happened to it, oldest first.', resolve: lifeOf }),
    related: t.field({
      type: [insightRef],
      description: 'What else left its band within 15 minutes of when this did, closest first; at most 50.',
      args: { first: t.arg.int({ defaultValue: 5, description: 'At most so many.' }) },
      resolve: (insight, { first }, { engine, viewer }) =>
        engine.insights.related(viewer, insight, Math.max(0, Math.min(mostRelated, first ?? 5))),
    }),
    cursor: t.field({
      type: 'Cursor',
      description: 'Place of the last change; resume Subscription.insights from it.',
      resolve: (insight, _, { engine }) => engine.insights.cursorOf(insight),
    }),
  }),
});

/** A widget as it is called now. */
function named(insight: StoredInsight, { dashboards }: Engine): StoredInsight {
  const { subject } = insight;
  if (subject.widgetId === null) return insight;
  const widgets = dashboards.ofWidget(subject.widgetId)?.dashboard.widgets;
  const name = widgets?.find(({ id }) => id === subject.widgetId)?.name;
  return name === undefined ? insight : { ...insight, subject: { ...subject, name } };
}

builder.queryField('insights', (t) =>
  t.connection(
    {
      type: InsightObject,
      description:
        'Insights that are open, or resolved in the last days, 7 by default (--insight-retention-days); those that changed last first.',
      args: {
        entityType: t.arg.string({ description: 'Only those of this entity type.' }),
        serviceId: t.arg.string({ description: 'Only those of this service.' }),
        type: t.arg({ type: InsightTypeEnum, description: 'Only those of this type.' }),
        minSeverity: t.arg({ type: SeverityEnum, description: 'Only those that are at least so bad.' }),
        state: t.arg({ type: InsightStateEnum, description: 'Only those in this state.' }),
      },
      resolve: (_, { entityType, serviceId, type, minSeverity, state, ...page }, { engine, viewer }) => {
        const found = engine.insights.list(viewer, {
          entityType: entityType ?? null,
          serviceId: serviceId ?? null,
          types: type == null ? [] : [type],
          minSeverity: minSeverity ?? null,
          state: state ?? null,
        });
        return pageOf(found, latestFirst, page, engine.limits);
      },
    },
    {
      name: 'InsightConnection',
      description: 'A page of insights.',
      fields: (f) => ({ totalCount: f.exposeInt('totalCount', { description: 'On all pages.' }) }),
    },
    { name: 'InsightEdge', description: 'An insight with its place.' },
  ),
);

builder.subscriptionField('insights', (t) =>
  t.field({
    type: InsightObject,
    description:
      'Each new insight, and each change of one; with `after` first what changed since. Changes are kept for 7 days: from further back it begins with ' +
      'the insights there are.',
    args: {
      entityType: t.arg.string({ description: 'Only those of this entity type.' }),
      serviceId: t.arg.string({ description: 'Only those of this service.' }),
      types: t.arg({ type: [InsightTypeEnum], description: 'Only those of these types.' }),
      minSeverity: t.arg({ type: SeverityEnum, description: 'Only those that are at least so bad.' }),
      after: t.arg({ type: 'Cursor', description: 'Every change behind this cursor, then what comes.' }),
    },
    subscribe: (_, { entityType, serviceId, types, minSeverity, after }, { engine, viewer }) => {
      const filter = {
        entityType: entityType ?? null,
        serviceId: serviceId ?? null,
        types: types ?? [],
        minSeverity: minSeverity ?? null,
        state: null,
      };
      return engine.watchInsights(viewer, filter, after ?? null);
    },
    resolve: (insight) => insight,
  }),
);

const AcknowledgeInsightResult = builder.errorUnion('AcknowledgeInsightResult', {
  description: 'The insight with who has seen it, or that there is none.',
  types: [InsightObject, NotFoundError],
});

builder.mutationField('acknowledgeInsight', (t) =>
  t.field({
    type: AcknowledgeInsightResult,
    description: 'Says that you have seen an insight; whoever does so first stays.',
    args: { id: t.arg.id({ required: true, description: 'Which one.' }) },
    resolve: (_, { id }, { engine, viewer }) => engine.insights.acknowledge(viewer, id),
  }),
);
