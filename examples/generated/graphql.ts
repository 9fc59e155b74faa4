/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
/** COUNT counts points; RATE is points a second over windowEnd - windowStart; SUM, AVG, MIN, MAX, STDDEV (of the sample; null for fewer than two), QUANTILE are over the numeric values of the field; FIRST and LAST go by event time, then by arrival; DELTA is LAST - FIRST; DISTINCT counts different values that are not null. Null where no value counts, but 0 for COUNT, RATE and DISTINCT. */
export type AggregationFunction =
  /** The mean of the numeric values. */
  | 'AVG'
  /** How many points; 0 where there are none. */
  | 'COUNT'
  /** LAST - FIRST. */
  | 'DELTA'
  /** Different values that are not null: exact to 4,096, within 2 % past it. */
  | 'DISTINCT'
  /** The earliest numeric value, by event time, then by arrival. */
  | 'FIRST'
  /** The latest numeric value, by event time, then by arrival. */
  | 'LAST'
  /** The greatest numeric value. */
  | 'MAX'
  /** The least numeric value. */
  | 'MIN'
  /** The value below which that part of the numeric values lies, within 1 %. */
  | 'QUANTILE'
  /** Points a second over windowEnd - windowStart; 0 where there are none. */
  | 'RATE'
  /** The standard deviation of the sample; null for fewer than two values. */
  | 'STDDEV'
  /** The sum of the numeric values. */
  | 'SUM';

/** How many points become one number. */
export type AggregationInput = {
  /** Dotted path of the field; not needed for COUNT and RATE. */
  field?: string | null | undefined;
  /** The function. */
  function: AggregationFunction;
  /** For QUANTILE, in (0, 1). */
  quantile?: number | null | undefined;
};

/** A condition with alternatives, where the flat list of filters is not enough: exactly one of all, any, not, or field with op; at most 8 deep with 64 parts. Where a field takes `filters` and `where`, both may be given, and both must hold. */
export type ConditionInput = {
  /** Each of these must hold. */
  all?: Array<ConditionInput> | null | undefined;
  /** One of these at least must hold. */
  any?: Array<ConditionInput> | null | undefined;
  /** Dotted path into data. */
  field?: string | null | undefined;
  /** This must not hold. */
  not?: ConditionInput | null | undefined;
  /** How the field is compared. */
  op?: FilterOperator | null | undefined;
  /** As in FilterInput. */
  values?: Array<string | number | boolean> | null | undefined;
};

/** All filters of a list must hold. */
export type FilterInput = {
  /** Dotted path into data, such as order.total. */
  field: string;
  /** How the field is compared. */
  op: FilterOperator;
  /** One value for EQ, NE, GT, GTE, LT, LTE, CONTAINS, STARTS_WITH; several for IN, NOT_IN; none or one boolean for EXISTS. */
  values?: Array<string | number | boolean> | null | undefined;
};

/** How a field is compared. Nothing is converted: the text "1" is not the number 1. */
export type FilterOperator =
  /** Is a text with that text in it. */
  | 'CONTAINS'
  /** Is the value. */
  | 'EQ'
  /** Is there and not null; with the value false: is missing or null. */
  | 'EXISTS'
  /** Is greater: number with number, text with text. */
  | 'GT'
  /** Is greater or the same. */
  | 'GTE'
  /** Is one of the values. */
  | 'IN'
  /** Is less: number with number, text with text. */
  | 'LT'
  /** Is less or the same. */
  | 'LTE'
  /** Is not the value; holds where the field is missing. */
  | 'NE'
  /** Is none of the values; holds where the field is missing. */
  | 'NOT_IN'
  /** Is a text that begins with that text. */
  | 'STARTS_WITH';

/** Why points cannot be replayed. */
export type GapReason =
  /** They were deleted. */
  | 'DELETED'
  /** They were older than the server keeps points. */
  | 'RETENTION';

/** An aggregation over a window that slides with time. */
export type KpiQueryInput = {
  /** What is computed. */
  aggregation?: AggregationInput | null | undefined;
  /** What kind of events. */
  entityType: string;
  /** Only points for which all of these hold. */
  filters?: Array<FilterInput> | null | undefined;
  /** Dotted paths of text fields, or the words entityType and serviceId; at most 4. */
  groupBy?: Array<string> | null | undefined;
  /** Null: all services. */
  serviceId?: string | null | undefined;
  /** How far back the window reaches. */
  timeWindow: TimeSpanInput;
  /** Only the largest groups by value; the rest becomes one group with isOther. */
  top?: number | null | undefined;
  /** Only points for which this holds. */
  where?: ConditionInput | null | undefined;
};

/** A length of time, such as 5 MINUTE. */
export type TimeSpanInput = {
  /** How many units; positive. */
  size: number;
  /** The unit. */
  unit: TimeUnit;
};

/** A unit of time. */
export type TimeUnit =
  /** 24 hours. */
  | 'DAY'
  /** 60 minutes. */
  | 'HOUR'
  /** 60 seconds. */
  | 'MINUTE'
  /** 1,000 milliseconds. */
  | 'SECOND';

export type KpiSubscriptionVariables = Exact<{
  query: KpiQueryInput;
}>;


export type KpiSubscription = { kpi: { isSnapshot: boolean, at: string, value: { value: number | null, count: number, changePercent: number | null, groups: Array<{ value: number | null, isOther: boolean, key: Array<{ field: string, value: string | null }> }> } } };

export type PointsSubscriptionVariables = Exact<{
  entityType: string;
  after?: string | null | undefined;
}>;


export type PointsSubscription = { dataUpdates: { skipped: number, cursor: string, points: Array<{ timestamp: string, serviceId: string, data: Record<string, unknown> }>, gap: { reason: GapReason, skipped: number } | null } };


export const KpiDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"Kpi"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"query"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"KpiQueryInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"kpi"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"query"},"value":{"kind":"Variable","name":{"kind":"Name","value":"query"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"isSnapshot"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"value"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"count"}},{"kind":"Field","name":{"kind":"Name","value":"changePercent"}},{"kind":"Field","name":{"kind":"Name","value":"groups"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"key"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","name":{"kind":"Name","value":"value"}}]}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"isOther"}}]}}]}}]}}]}}]} as unknown as DocumentNode<KpiSubscription, KpiSubscriptionVariables>;
export const PointsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"Points"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"entityType"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Cursor"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"dataUpdates"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"entityType"},"value":{"kind":"Variable","name":{"kind":"Name","value":"entityType"}}},{"kind":"Argument","name":{"kind":"Name","value":"frequency"},"value":{"kind":"EnumValue","value":"EVERY_POINT"}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"points"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"timestamp"}},{"kind":"Field","name":{"kind":"Name","value":"serviceId"}},{"kind":"Field","name":{"kind":"Name","value":"data"}}]}},{"kind":"Field","name":{"kind":"Name","value":"skipped"}},{"kind":"Field","name":{"kind":"Name","value":"cursor"}},{"kind":"Field","name":{"kind":"Name","value":"gap"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"skipped"}}]}}]}}]}}]} as unknown as DocumentNode<PointsSubscription, PointsSubscriptionVariables>;