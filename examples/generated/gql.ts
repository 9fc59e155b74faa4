/* eslint-disable */
import * as types from './graphql.ts';
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';

/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "subscription Kpi($query: KpiQueryInput!) {\n  kpi(query: $query) {\n    isSnapshot\n    at\n    value {\n      value\n      count\n      changePercent\n      groups {\n        key {\n          field\n          value\n        }\n        value\n        isOther\n      }\n    }\n  }\n}": typeof types.KpiDocument,
    "mutation MakeDashboard($input: CreateDashboardInput!) {\n  createDashboard(input: $input) {\n    __typename\n    ... on Dashboard {\n      id\n      name\n      widgets {\n        name\n      }\n    }\n    ... on UserError {\n      code\n      message\n    }\n  }\n}": typeof types.MakeDashboardDocument,
    "subscription Points($entityType: String!, $after: Cursor) {\n  dataUpdates(entityType: $entityType, frequency: EVERY_POINT, after: $after) {\n    points {\n      timestamp\n      serviceId\n      data\n    }\n    skipped\n    cursor\n    gap {\n      reason\n      skipped\n    }\n  }\n}": typeof types.PointsDocument,
    "query Series {\n  series {\n    entityType\n    serviceId\n    pointCount\n  }\n}": typeof types.SeriesDocument,
};
const documents: Documents = {
    "subscription Kpi($query: KpiQueryInput!) {\n  kpi(query: $query) {\n    isSnapshot\n    at\n    value {\n      value\n      count\n      changePercent\n      groups {\n        key {\n          field\n          value\n        }\n        value\n        isOther\n      }\n    }\n  }\n}": types.KpiDocument,
    "mutation MakeDashboard($input: CreateDashboardInput!) {\n  createDashboard(input: $input) {\n    __typename\n    ... on Dashboard {\n      id\n      name\n      widgets {\n        name\n      }\n    }\n    ... on UserError {\n      code\n      message\n    }\n  }\n}": types.MakeDashboardDocument,
    "subscription Points($entityType: String!, $after: Cursor) {\n  dataUpdates(entityType: $entityType, frequency: EVERY_POINT, after: $after) {\n    points {\n      timestamp\n      serviceId\n      data\n    }\n    skipped\n    cursor\n    gap {\n      reason\n      skipped\n    }\n  }\n}": types.PointsDocument,
    "query Series {\n  series {\n    entityType\n    serviceId\n    pointCount\n  }\n}": types.SeriesDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 *
 *
 * @example
 * ```ts
 * const query = graphql(`query GetUser($id: ID!) { user(id: $id) { name } }`);
 * ```
 *
 * The query argument is unknown!
 * Please regenerate the types.
 */
export function graphql(source: string): unknown;

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "subscription Kpi($query: KpiQueryInput!) {\n  kpi(query: $query) {\n    isSnapshot\n    at\n    value {\n      value\n      count\n      changePercent\n      groups {\n        key {\n          field\n          value\n        }\n        value\n        isOther\n      }\n    }\n  }\n}"): (typeof documents)["subscription Kpi($query: KpiQueryInput!) {\n  kpi(query: $query) {\n    isSnapshot\n    at\n    value {\n      value\n      count\n      changePercent\n      groups {\n        key {\n          field\n          value\n        }\n        value\n        isOther\n      }\n    }\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation MakeDashboard($input: CreateDashboardInput!) {\n  createDashboard(input: $input) {\n    __typename\n    ... on Dashboard {\n      id\n      name\n      widgets {\n        name\n      }\n    }\n    ... on UserError {\n      code\n      message\n    }\n  }\n}"): (typeof documents)["mutation MakeDashboard($input: CreateDashboardInput!) {\n  createDashboard(input: $input) {\n    __typename\n    ... on Dashboard {\n      id\n      name\n      widgets {\n        name\n      }\n    }\n    ... on UserError {\n      code\n      message\n    }\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "subscription Points($entityType: String!, $after: Cursor) {\n  dataUpdates(entityType: $entityType, frequency: EVERY_POINT, after: $after) {\n    points {\n      timestamp\n      serviceId\n      data\n    }\n    skipped\n    cursor\n    gap {\n      reason\n      skipped\n    }\n  }\n}"): (typeof documents)["subscription Points($entityType: String!, $after: Cursor) {\n  dataUpdates(entityType: $entityType, frequency: EVERY_POINT, after: $after) {\n    points {\n      timestamp\n      serviceId\n      data\n    }\n    skipped\n    cursor\n    gap {\n      reason\n      skipped\n    }\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Series {\n  series {\n    entityType\n    serviceId\n    pointCount\n  }\n}"): (typeof documents)["query Series {\n  series {\n    entityType\n    serviceId\n    pointCount\n  }\n}"];

export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

export type DocumentType<TDocumentNode extends DocumentNode<any, any>> = TDocumentNode extends DocumentNode<  infer TType,  any>  ? TType  : never;