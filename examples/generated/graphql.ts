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

/** A dashboard to make. */
export type CreateDashboardInput = {
  /** Up to 10,000 characters. */
  description?: string | null | undefined;
  /** The grid. */
  layout?: LayoutInput | null | undefined;
  /** 1 to 200 characters. */
  name: string;
  /** How often watchers hear of changed values; 5 s where it is left out. */
  refreshInterval?: TimeSpanInput | null | undefined;
  /** Up to 20. */
  widgets: Array<WidgetInput>;
};

/** What kind of failure it is. */
export type ErrorCode =
  /** Somebody else was quicker, or the version given is old. */
  | 'CONFLICT'
  /** The input breaks a rule; `issues` names every place. */
  | 'INVALID_INPUT'
  /** There would be more than the limit. */
  | 'LIMIT_EXCEEDED'
  /** There is nothing with this id. */
  | 'NOT_FOUND';

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
  /** How far back the window reaches; it begins at the edge of a 60th of it, so up to that much earlier. */
  timeWindow: TimeSpanInput;
  /** Only the largest groups by value; the rest becomes one group with isOther. */
  top?: number | null | undefined;
  /** Only points for which this holds. */
  where?: ConditionInput | null | undefined;
};

/** The grid; what is left out stays as it is, or is 12 × 8, responsive and light. */
export type LayoutInput = {
  /** 1 to 48. */
  columns?: number | null | undefined;
  /** Whether it adapts to the width of the screen. */
  responsive?: boolean | null | undefined;
  /** 1 to 1,000; widgets may lie below, where the page scrolls. */
  rows?: number | null | undefined;
  /** Its colours. */
  theme?: Theme | null | undefined;
};

/** In cells of the dashboard's grid. */
export type PositionInput = {
  /** Rows. */
  height: number;
  /** Columns; x + width is within the grid. */
  width: number;
  /** Columns from the left, from 0. */
  x: number;
  /** Rows from the top, from 0. */
  y: number;
};

/** The colours of a dashboard. */
export type Theme =
  /** Light on dark. */
  | 'DARK'
  /** Dark on light. */
  | 'LIGHT';

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

/** A widget to make, or what a widget becomes. */
export type WidgetInput = {
  /** 1 to 200 characters. */
  name: string;
  /** Where it lies; null: the first free place. */
  position?: PositionInput | null | undefined;
  /** What it shows. */
  query: KpiQueryInput;
  /** How it is drawn. */
  type: WidgetType;
  /** How it is drawn in detail; kept as it comes. */
  visualization?: Record<string, unknown> | null | undefined;
};

/** How a widget is drawn. */
export type WidgetType =
  /** The history as an area. */
  | 'AREA'
  /** The groups, or the history, as bars. */
  | 'BAR'
  /** The value between two ends. */
  | 'GAUGE'
  /** The history of the groups as shades. */
  | 'HEATMAP'
  /** The history as a line. */
  | 'LINE'
  /** The value, large. */
  | 'NUMBER'
  /** The groups as parts of a whole. */
  | 'PIE'
  /** The groups as rows. */
  | 'TABLE';

export type KpiSubscriptionVariables = Exact<{
  query: KpiQueryInput;
}>;


export type KpiSubscription = { kpi: { isSnapshot: boolean, at: string, value: { value: number | null, count: number, changePercent: number | null, groups: Array<{ value: number | null, isOther: boolean, key: Array<{ field: string, value: string | null }> }> } } };

export type MakeDashboardMutationVariables = Exact<{
  input: CreateDashboardInput;
}>;


export type MakeDashboardMutation = { createDashboard:
    | { __typename: 'Dashboard', id: string, name: string, widgets: Array<{ name: string }> }
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string }
    | { __typename: 'LimitExceededError', code: ErrorCode, message: string }
   };

export type PointsSubscriptionVariables = Exact<{
  entityType: string;
  after?: string | null | undefined;
}>;


export type PointsSubscription = { dataUpdates: { skipped: number, cursor: string, points: Array<{ timestamp: string, serviceId: string, data: Record<string, unknown> }>, gap: { reason: GapReason, skipped: number } | null } };

export type SeriesQueryVariables = Exact<{ [key: string]: never; }>;


export type SeriesQuery = { series: Array<{ entityType: string, serviceId: string, pointCount: number }> };


export const KpiDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"Kpi"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"query"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"KpiQueryInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"kpi"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"query"},"value":{"kind":"Variable","name":{"kind":"Name","value":"query"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"isSnapshot"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"value"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"count"}},{"kind":"Field","name":{"kind":"Name","value":"changePercent"}},{"kind":"Field","name":{"kind":"Name","value":"groups"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"key"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","name":{"kind":"Name","value":"value"}}]}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"isOther"}}]}}]}}]}}]}}]} as unknown as DocumentNode<KpiSubscription, KpiSubscriptionVariables>;
export const MakeDashboardDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"MakeDashboard"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"CreateDashboardInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"createDashboard"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Dashboard"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"widgets"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"UserError"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<MakeDashboardMutation, MakeDashboardMutationVariables>;
export const PointsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"Points"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"entityType"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Cursor"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"dataUpdates"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"entityType"},"value":{"kind":"Variable","name":{"kind":"Name","value":"entityType"}}},{"kind":"Argument","name":{"kind":"Name","value":"frequency"},"value":{"kind":"EnumValue","value":"EVERY_POINT"}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"points"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"timestamp"}},{"kind":"Field","name":{"kind":"Name","value":"serviceId"}},{"kind":"Field","name":{"kind":"Name","value":"data"}}]}},{"kind":"Field","name":{"kind":"Name","value":"skipped"}},{"kind":"Field","name":{"kind":"Name","value":"cursor"}},{"kind":"Field","name":{"kind":"Name","value":"gap"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"skipped"}}]}}]}}]}}]} as unknown as DocumentNode<PointsSubscription, PointsSubscriptionVariables>;
export const SeriesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Series"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"series"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"entityType"}},{"kind":"Field","name":{"kind":"Name","value":"serviceId"}},{"kind":"Field","name":{"kind":"Name","value":"pointCount"}}]}}]}}]} as unknown as DocumentNode<SeriesQuery, SeriesQueryVariables>;