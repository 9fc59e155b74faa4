// What one GraphQL document may ask, and how large its request may be.
import { count } from './kinds.ts';
import type { Setting } from './setting.ts';

export const documentsSettings = [
  {
    name: 'max-body-bytes',
    placeholder: 'BYTES',
    schema: count,
    default: 1_048_576,
    help: 'body of a request to /graphql',
    past: '413',
  },
  {
    name: 'max-tokens',
    placeholder: 'N',
    schema: count,
    default: 2000,
    help: 'tokens of a GraphQL document',
    past: 'a syntax error',
  },
  {
    name: 'max-depth',
    placeholder: 'N',
    schema: count,
    default: 12,
    help: 'fields within fields of a document; introspection has a rule of its own',
    past: 'LIMIT_EXCEEDED, before anything is run',
  },
  {
    name: 'max-aliases',
    placeholder: 'N',
    schema: count,
    default: 30,
    help: 'aliases in a document, and fields written again beside their like',
    past: 'LIMIT_EXCEEDED, before anything is run',
  },
  {
    name: 'max-directives',
    placeholder: 'N',
    schema: count,
    default: 50,
    help: 'directives in a document',
    past: 'LIMIT_EXCEEDED, before anything is run',
  },
  {
    name: 'max-cost',
    placeholder: 'N',
    schema: count,
    default: 100_000,
    help: 'fields that a document may give, with the sizes of its lists',
    past: 'LIMIT_EXCEEDED, before anything is run',
  },
] as const satisfies readonly Setting[];
