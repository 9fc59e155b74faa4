// Filters and conditions, in and out.
import type { Condition, ConditionInput, Filter } from '../points/condition.ts';
import { builder } from './builder.ts';
import { FilterOperatorEnum } from './enums.ts';

export const FilterInputType = builder.inputType('FilterInput', {
  description: 'All filters of a list must hold.',
  fields: (t) => ({
    field: t.string({ required: true, description: 'Dotted path into data, such as order.total.' }),
    op: t.field({ type: FilterOperatorEnum, required: true, description: 'How the field is compared.' }),
    values: t.field({
      type: ['FilterValue'],
      description:
        'One value for EQ, NE, GT, GTE, LT, LTE, CONTAINS, STARTS_WITH; several for IN, NOT_IN; none or one boolean for EXISTS.',
    }),
  }),
});

export const ConditionInputType = builder.inputRef<ConditionInput>('ConditionInput');
ConditionInputType.implement({
  description:
    'A condition with alternatives, where the flat list of filters is not enough: exactly one of all, any, not, or field with op; at most 8 ' +
    'deep with 64 parts. Where a field takes `filters` and `where`, both may be given, and both must hold.',
  fields: (t) => ({
    all: t.field({ type: [ConditionInputType], description: 'Each of these must hold.' }),
    any: t.field({ type: [ConditionInputType], description: 'One of these at least must hold.' }),
    not: t.field({ type: ConditionInputType, description: 'This must not hold.' }),
    field: t.string({ description: 'Dotted path into data.' }),
    op: t.field({ type: FilterOperatorEnum, description: 'How the field is compared.' }),
    values: t.field({ type: ['FilterValue'], description: 'As in FilterInput.' }),
  }),
});

export const FilterType = builder.objectRef<Filter>('Filter').implement({
  description: 'A filter.',
  fields: (t) => ({
    field: t.exposeString('field', { description: 'Dotted path into data.' }),
    op: t.expose('op', { type: FilterOperatorEnum, description: 'How the field is compared.' }),
    values: t.field({
      type: ['FilterValue'],
      description: 'What it is compared with.',
      resolve: ({ values }) => [...values],
    }),
  }),
});

function part<Key extends 'all' | 'any'>(condition: Condition, key: Key): Condition[] | null {
  return key in condition ? [...(condition as Record<Key, readonly Condition[]>)[key]] : null;
}

function leaf(condition: Condition): Filter | null {
  return 'op' in condition ? condition : null;
}

export const ConditionType = builder.objectRef<Condition>('Condition');
ConditionType.implement({
  description: 'A condition: one of all, any, not, or field with op and values.',
  fields: (t) => ({
    all: t.field({
      type: [ConditionType],
      nullable: true,
      description: 'Each of these must hold.',
      resolve: (condition) => part(condition, 'all'),
    }),
    any: t.field({
      type: [ConditionType],
      nullable: true,
      description: 'One of these at least must hold.',
      resolve: (condition) => part(condition, 'any'),
    }),
    not: t.field({
      type: ConditionType,
      nullable: true,
      description: 'This must not hold.',
      resolve: (condition) => ('not' in condition ? condition.not : null),
    }),
    field: t.string({
      nullable: true,
      description: 'Dotted path.',
      resolve: (condition) => leaf(condition)?.field ?? null,
    }),
    op: t.field({
      type: FilterOperatorEnum,
      nullable: true,
      description: 'How the field is compared.',
      resolve: (condition) => leaf(condition)?.op ?? null,
    }),
    values: t.field({
      type: ['FilterValue'],
      nullable: true,
      description: 'What it is compared with.',
      resolve: (condition) => leaf(condition)?.values.slice() ?? null,
    }),
  }),
});
