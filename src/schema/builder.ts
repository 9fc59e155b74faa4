// The one schema builder: its plugins, scalars and defaults. Ids are plain strings with a type prefix, the same everywhere.
import SchemaBuilder from '@pothos/core';
import ErrorsPlugin from '@pothos/plugin-errors';
import RelayPlugin from '@pothos/plugin-relay';
import { idPrefix } from '../base/ids.ts';
import type { FilterValue } from '../points/condition.ts';
import type { Context } from './context.ts';
import { liveSources } from './live-sources.ts';

export interface SchemaTypes {
  Context: Context;
  Scalars: {
    ID: { Input: string; Output: string };
    /** Milliseconds since 1970. */
    DateTime: { Input: number; Output: number };
    JSONObject: { Input: Record<string, unknown>; Output: object };
    Cursor: { Input: string; Output: string };
    FilterValue: { Input: FilterValue; Output: FilterValue };
  };
  DefaultFieldNullability: false;
  DefaultNodeNullability: false;
  DefaultEdgesNullability: { list: false; items: false };
}

/** Which type an id is of, by its prefix. */
const typeOfPrefix: Readonly<Record<string, string>> = {
  dash: 'Dashboard',
  wid: 'Widget',
  sim: 'Simulation',
  alert: 'Alert',
  insight: 'Insight',
  pred: 'Prediction',
  analyzer: 'Analyzer',
};

export const builder = new SchemaBuilder<SchemaTypes>({
  plugins: [liveSources, RelayPlugin, ErrorsPlugin],
  defaultFieldNullability: false,
  errors: { directResult: true },
  relay: {
    cursorType: 'String',
    nodesQueryOptions: false,
    nodeTypeOptions: { description: 'Something with an id, which Query.node finds.' },
    nodeQueryOptions: {
      description: 'What has this id; null where nothing has.',
      args: { id: { description: 'As the API gave it.' } },
      // An id of no known type is nobody's: null, not an error.
      resolve: (_, { id }, _context, _info, resolveNode) => (id.typename === '' ? null : resolveNode(id)),
    },
    idFieldOptions: { description: 'Opaque; unique among all types.' },
    edgesFieldOptions: { nullable: { list: false, items: false }, description: 'The page.' },
    nodeFieldOptions: { nullable: false, description: 'The item.' },
    cursorFieldOptions: { description: 'Place of the item: pass it as `after` or `before`.' },
    pageInfoTypeOptions: { description: 'Where a page lies in the whole.' },
    pageInfoFieldOptions: { description: 'Where the page lies in the whole.' },
    hasNextPageFieldOptions: { description: 'Whether there is more behind the page.' },
    hasPreviousPageFieldOptions: { description: 'Whether there is more before the page.' },
    startCursorFieldOptions: { description: 'Of the first item; go backwards from it with `before`.' },
    endCursorFieldOptions: { description: 'Of the last item; go on from it with `after`.' },
    firstArgOptions: {
      description:
        'So many from the front, at most 1,000 by default (--max-page); where neither first nor last is given, 50 by default (--default-page).',
    },
    lastArgOptions: { description: 'So many from the end, at most 1,000 by default (--max-page).' },
    afterArgOptions: { description: 'Only what comes behind this cursor.' },
    beforeArgOptions: { description: 'Only what comes before this cursor.' },
    encodeGlobalID: (_, id) => String(id),
    decodeGlobalID: (id) => ({ typename: typeOfPrefix[idPrefix(id)] ?? '', id }),
  },
});

builder.queryType({ description: 'What can be asked.' });
builder.mutationType({ description: 'What can be changed.' });
builder.subscriptionType({ description: 'What can be watched.' });
