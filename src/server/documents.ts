// Documents, parsed and validated once however often they come: for the transports that are not Yoga's.
import { type DocumentNode, GraphQLError, parse, validate } from 'graphql';
import { schema } from '../schema/schema.ts';

const documentsRemembered = 1000;

// In order of use: the first is forgotten first.
const known = new Map<string, DocumentNode>();

/** The document, or what is wrong with it. */
export function readDocument(query: string, maxTokens?: number): DocumentNode | readonly GraphQLError[] {
  const found = known.get(query);
  if (found !== undefined) {
    known.delete(query);
    known.set(query, found);
    return found;
  }
  const document = parsed(query, maxTokens);
  if (document instanceof GraphQLError) return [coded(document, 'GRAPHQL_PARSE_FAILED')];
  const errors = validate(schema, document);
  if (errors.length > 0) return errors.map((error) => coded(error, 'GRAPHQL_VALIDATION_FAILED'));
  remember(query, document);
  return document;
}

function parsed(query: string, maxTokens: number | undefined): DocumentNode | GraphQLError {
  try {
    return parse(query, maxTokens === undefined ? {} : { maxTokens });
  } catch (error) {
    if (error instanceof GraphQLError) return error;
    throw error;
  }
}

// The codes that Yoga gives over HTTP.
function coded(error: GraphQLError, code: string): GraphQLError {
  error.extensions['code'] = code;
  return error;
}

function remember(query: string, document: DocumentNode): void {
  known.set(query, document);
  if (known.size <= documentsRemembered) return;
  for (const oldest of known.keys()) {
    known.delete(oldest);
    break;
  }
}
