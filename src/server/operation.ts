// An operation as a client sends it, checked and ready to run: the same for every transport that is not Yoga's own.
import { type ExecutionArgs, GraphQLError, getOperationAST, type OperationTypeNode } from 'graphql';
import type { Engine } from '../engine/engine.ts';
import type { Viewer } from '../engine/viewer.ts';
import { schema } from '../schema/schema.ts';
import { type DocumentLimits, limitIssue } from './document-limits.ts';
import { readDocument } from './documents.ts';
import { depthIssue } from './variables-depth.ts';

export interface OperationRequest {
  readonly query?: unknown;
  readonly operationName?: unknown;
  readonly variables?: unknown;
  readonly extensions?: unknown;
}

/** What can be run, or every reason why not. */
export function readOperation(
  { query, operationName, variables }: OperationRequest,
  { engine, viewer, limits }: { readonly engine: Engine; readonly viewer: Viewer; readonly limits: DocumentLimits },
): ExecutionArgs | readonly GraphQLError[] {
  if (typeof query !== 'string' || query === '') return [bad('query must be the text of a GraphQL document')];
  if (operationName != null && typeof operationName !== 'string') return [bad('operationName must be text')];
  if (variables != null && (typeof variables !== 'object' || Array.isArray(variables))) {
    return [bad('variables must be an object')];
  }
  const tooDeep = depthIssue(variables as Record<string, unknown> | null | undefined);
  if (tooDeep !== undefined) return [tooDeep];
  const document = readDocument(query, limits.maxTokens);
  if ('length' in document) return document;
  const values = (variables ?? {}) as Record<string, unknown>;
  const issue = limitIssue({ schema, document, operationName: operationName ?? null, variables: values }, limits);
  if (issue !== undefined) return [issue];
  return {
    schema,
    document,
    ...(operationName == null ? {} : { operationName }),
    variableValues: values,
    contextValue: { engine, viewer },
  };
}

/** What kind of operation it is; undefined where the document has none of that name. */
export function kindOf({ document, operationName }: ExecutionArgs): OperationTypeNode | undefined {
  return getOperationAST(document, operationName)?.operation;
}

function bad(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });
}
