// An operation as a client sends it, checked and ready to run: the same for every transport.
import { type DocumentNode, type ExecutionArgs, GraphQLError, getOperationAST, type OperationTypeNode } from 'graphql';
import { AnswerBudget } from '../base/answer-budget.ts';
import { isJsonObject, shown } from '../base/json.ts';
import type { Engine } from '../engine/engine.ts';
import type { Viewer } from '../engine/viewer.ts';
import type { Context } from '../schema/context.ts';
import { schema } from '../schema/schema.ts';
import { costIssue, type DocumentLimits } from './document-limits.ts';
import { Documents } from './documents.ts';
import { errorFormatter, type FormatError } from './format-error.ts';
import { HiddenNames } from './hidden-names.ts';
import { depthIssue } from './variables-depth.ts';

export interface OperationRequest {
  readonly query?: unknown;
  readonly operationName?: unknown;
  readonly variables?: unknown;
  readonly extensions?: unknown;
}

interface CheckedRequest {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
}

export class OperationReader {
  /** Errors of operations as clients see them. */
  readonly formatError: FormatError;
  readonly #engine: Engine;
  readonly #limits: DocumentLimits;
  readonly #documents: Documents;
  readonly #shownOf: (error: GraphQLError) => GraphQLError;

  constructor(engine: Engine, limits: DocumentLimits) {
    this.#engine = engine;
    this.#limits = limits;
    this.#documents = new Documents(limits);
    const names = new HiddenNames(schema);
    this.#shownOf = (error) => (limits.isDevelopment ? error : names.without(error));
    this.formatError = errorFormatter(engine, this.#shownOf);
  }

  /** What can be run, or every reason why not. */
  read(request: OperationRequest, viewer: Viewer): ExecutionArgs | readonly GraphQLError[] {
    const issue = shapeIssue(request);
    if (issue !== undefined) return [bad(issue)];
    const { query, operationName, variables } = request as CheckedRequest;
    const document = this.document({ query, operationName, variables });
    if ('length' in document) return document;
    return {
      schema,
      document,
      ...(operationName == null ? {} : { operationName }),
      variableValues: variables ?? {},
      contextValue: { engine: this.#engine, viewer },
      hideSuggestions: !this.#limits.isDevelopment,
    };
  }

  /** The document of a request, valid and within the limits. */
  document({ query, operationName, variables }: CheckedRequest): DocumentNode | readonly GraphQLError[] {
    const tooDeep = depthIssue(variables);
    if (tooDeep !== undefined) return [tooDeep];
    const document = this.#documents.read(query);
    if ('length' in document) return document.map(this.#shownOf);
    const unnamed = operationIssue(document, operationName);
    if (unnamed !== undefined) return [bad(unnamed)];
    const issue = costIssue({ schema, document, operationName, variables, now: this.#engine.now() }, this.#limits);
    return issue === undefined ? document : [issue];
  }
}

function operationIssue(document: DocumentNode, name: string | null | undefined): string | undefined {
  if (getOperationAST(document, name) != null) return undefined;
  if (name != null) return `the document has no operation ${shown(name)}`;
  return 'the document must have one operation, or operationName say which is run';
}

function shapeIssue({ query, operationName, variables }: OperationRequest): string | undefined {
  if (typeof query !== 'string' || query === '') return 'query must be the text of a GraphQL document';
  if (operationName != null && typeof operationName !== 'string') return 'operationName must be text';
  if (variables != null && !isJsonObject(variables)) return 'variables must be an object';
  return undefined;
}

/** What kind of operation it is; undefined where the document has none of that name. */
export function kindOf({ document, operationName }: ExecutionArgs): OperationTypeNode | undefined {
  return getOperationAST(document, operationName)?.operation;
}

/** Of the operation; empty: it has none. */
export function nameOf({ document, operationName }: ExecutionArgs): string {
  return getOperationAST(document, operationName)?.name?.value ?? '';
}

function bad(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });
}

/** The same for one answer: its resolvers have a signal that is aborted when nobody wants it any more, and what it may hold. */
export function forAnswer(args: ExecutionArgs, signal: AbortSignal, maxAnswerBytes: number): ExecutionArgs {
  const answer = new AnswerBudget(maxAnswerBytes);
  return { ...args, contextValue: { ...(args.contextValue as Context), signal, answer } };
}
