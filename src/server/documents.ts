// Documents, parsed and validated once however often they come, on whatever transport.
import { type DocumentNode, GraphQLError, parse } from 'graphql';
import { schema } from '../schema/schema.ts';
import { countIssue, type DocumentLimits } from './document-limits.ts';
import { validateDocument } from './validate-document.ts';

// What is known of a document takes up to a hundred times its text.
const charactersRemembered = 500_000;

export class Documents {
  readonly #limits: DocumentLimits;
  // In order of use: the first is forgotten first.
  readonly #known = new Map<string, DocumentNode>();
  #characters = 0;

  constructor(limits: DocumentLimits) {
    this.#limits = limits;
  }

  /** The document, or what is wrong with it. */
  read(query: string): DocumentNode | readonly GraphQLError[] {
    const found = this.#known.get(query);
    if (found !== undefined) {
      this.#known.delete(query);
      this.#known.set(query, found);
      return found;
    }
    const document = parsed(query, this.#limits.maxTokens);
    if (document instanceof GraphQLError) return [coded(document, 'GRAPHQL_PARSE_FAILED')];
    const issue = countIssue(document, this.#limits);
    if (issue !== undefined) return [issue];
    const errors = validateDocument(schema, document, this.#limits.isDevelopment);
    if (errors.length > 0) return errors.map((error) => coded(error, 'GRAPHQL_VALIDATION_FAILED'));
    this.#remember(query, document);
    return document;
  }

  #remember(query: string, document: DocumentNode): void {
    this.#known.set(query, document);
    this.#characters += query.length;
    for (const oldest of this.#known.keys()) {
      if (this.#characters <= charactersRemembered) return;
      this.#known.delete(oldest);
      this.#characters -= oldest.length;
    }
  }
}

function parsed(query: string, maxTokens: number): DocumentNode | GraphQLError {
  try {
    return parse(query, { maxTokens });
  } catch (error) {
    if (error instanceof GraphQLError) return error;
    throw error;
  }
}

// The codes that Yoga has for them.
function coded(error: GraphQLError, code: string): GraphQLError {
  error.extensions['code'] = code;
  return error;
}
