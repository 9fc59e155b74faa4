// Analyzers: what watches metrics, as settings.
import { ConflictError, InvalidInputError, LimitExceededError, NotFoundError } from '../base/errors.ts';
import type { AnalyzerRecord } from '../engine/analyzers.ts';
import { builder } from './builder.ts';
import { AnalyzerTypeEnum, SensitivityEnum } from './enums.ts';

const analyzerRef = builder.objectRef<AnalyzerRecord>('Analyzer');

const AnalyzerObject = builder.node(analyzerRef, {
  description:
    'Watches metrics. Of each type the one that names a metric most closely decides (by its fields, then its service, then its entity type), also where it ' +
    'is not active: so a part of what another watches can be left out.',
  id: { resolve: ({ setting }) => setting.id },
  loadOne: (id, { engine }) => engine.analyzers.get(id) ?? null,
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'setting' in value,
  fields: (t) => ({
    name: t.string({ description: 'What it is called.', resolve: ({ setting }) => setting.name }),
    type: t.field({ type: AnalyzerTypeEnum, description: 'What it finds.', resolve: ({ setting }) => setting.type }),
    entityType: t.string({
      nullable: true,
      description: 'Whose metrics it watches; null: those of all.',
      resolve: ({ setting }) => setting.entityType,
    }),
    serviceId: t.string({
      nullable: true,
      description: 'Of which service; null: of all.',
      resolve: ({ setting }) => setting.serviceId,
    }),
    fields: t.stringList({
      description: 'Which numeric fields, by dotted path; empty: all.',
      resolve: ({ setting }) => [...setting.fields],
    }),
    sensitivity: t.field({
      type: SensitivityEnum,
      description: 'How readily it says something.',
      resolve: ({ setting }) => setting.sensitivity,
    }),
    isActive: t.boolean({
      description:
        'Whether it watches. One that does not keeps others that name its metrics less closely from watching them.',
      resolve: ({ setting }) => setting.isActive,
    }),
    version: t.exposeInt('version', { description: 'Greater after every change.' }),
  }),
});

const CreateAnalyzerInput = builder.inputType('CreateAnalyzerInput', {
  description: 'A new analyzer.',
  fields: (t) => ({
    type: t.field({ type: AnalyzerTypeEnum, required: true, description: 'What it finds.' }),
    name: t.string({ description: 'What it is called, in at most 256 characters; its type where it is left out.' }),
    entityType: t.string({ description: 'Whose metrics it watches; null: those of all.' }),
    serviceId: t.string({ description: 'Of which service; null: of all.' }),
    fields: t.stringList({ description: 'Which numeric fields, by dotted path, at most 100; null or empty: all.' }),
    sensitivity: t.field({ type: SensitivityEnum, description: 'MEDIUM where it is left out.' }),
    isActive: t.boolean({ description: 'True where it is left out.' }),
  }),
});

const UpdateAnalyzerInput = builder.inputType('UpdateAnalyzerInput', {
  description: 'What to change of an analyzer: what is left out stays.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Which one.' }),
    version: t.int({
      description: 'The version the change was made on; another is a conflict. Null: change what is there.',
    }),
    name: t.string({ description: 'What it is called, in at most 256 characters; null: its type.' }),
    entityType: t.string({ description: 'Whose metrics it watches; null: those of all.' }),
    serviceId: t.string({ description: 'Of which service; null: of all.' }),
    fields: t.stringList({ description: 'Which numeric fields, by dotted path, at most 100; null or empty: all.' }),
    sensitivity: t.field({ type: SensitivityEnum, description: 'How readily it says something; null: MEDIUM.' }),
    isActive: t.boolean({ description: 'Whether it watches; null: it does.' }),
  }),
});

const DeletedAnalyzer = builder.objectRef<{ id: string }>('DeletedAnalyzer').implement({
  description: 'An analyzer that is no more.',
  isTypeOf: (value) => typeof value === 'object' && value !== null && !('setting' in value) && !('code' in value),
  fields: (t) => ({ id: t.exposeID('id', { description: 'The id it had.' }) }),
});

const CreateAnalyzerResult = builder.errorUnion('CreateAnalyzerResult', {
  description: 'The new analyzer, or why there is none.',
  types: [AnalyzerObject, InvalidInputError, LimitExceededError],
});

const UpdateAnalyzerResult = builder.errorUnion('UpdateAnalyzerResult', {
  description: 'The changed analyzer, or why it is as it was.',
  types: [AnalyzerObject, InvalidInputError, NotFoundError, ConflictError],
});

const DeleteAnalyzerResult = builder.errorUnion('DeleteAnalyzerResult', {
  description: 'The id that was deleted, or why it is still there.',
  types: [DeletedAnalyzer, NotFoundError, ConflictError],
});

builder.queryField('analyzers', (t) =>
  t.field({
    type: [AnalyzerObject],
    description:
      'What watches metrics, in the order of their names. At first there is one of each type, over everything.',
    resolve: (_, _args, { engine }) => engine.analyzers.list(),
  }),
);

builder.mutationFields((t) => ({
  createAnalyzer: t.field({
    type: CreateAnalyzerResult,
    description: 'Makes an analyzer; there may be 10 by default (--max-analyzers).',
    args: { input: t.arg({ type: CreateAnalyzerInput, required: true, description: 'The analyzer.' }) },
    resolve: (_, { input }, { engine, viewer }) => engine.analyzers.create(viewer, input),
  }),
  updateAnalyzer: t.field({
    type: UpdateAnalyzerResult,
    description:
      'Changes what is given and leaves the rest. What was learnt of a metric stays while the type of what watches it does.',
    args: { input: t.arg({ type: UpdateAnalyzerInput, required: true, description: 'What to change.' }) },
    resolve: (_, { input: { id, version, ...input } }, { engine, viewer }) =>
      engine.analyzers.update(viewer, id, input, version ?? null),
  }),
  deleteAnalyzer: t.field({
    type: DeleteAnalyzerResult,
    description: 'Deletes an analyzer; insights that are open stay until they are over.',
    args: { id: t.arg.id({ required: true, description: 'Which one.' }) },
    resolve: async (_, { id }, { engine, viewer }) => {
      await engine.analyzers.delete(viewer, id);
      return { id };
    },
  }),
}));
