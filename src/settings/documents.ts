// What one GraphQL document may ask, and how large its request may be.
import { bytes, count } from './kinds.ts';
import type { Setting } from './setting.ts';

export const documentsSettings = [
  {
    name: 'max-body-bytes',
    placeholder: 'BYTES',
    schema: bytes,
    default: 1_048_576,
    help: 'body of a request to /graphql',
    past: '413',
  },
  {
    name: 'max-answer-bytes',
    placeholder: 'BYTES',
    schema: bytes,
    default: 8_388_608,
    help: 'one answer, and what waits of points for a slow reader; an update has at most 1 MiB',
    past: 'pages end early with hasNextPage, updates are split, else LIMIT_EXCEEDED',
  },
  {
    name: 'max-total-answer-bytes',
    placeholder: 'BYTES',
    schema: bytes,
    default: 134_217_728,
    help: 'answers over HTTP that have not been read yet, all together',
    past: '503; a client that does not read is cut after --stall-seconds',
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
