// Scalars: how times, JSON, cursors and filter values are read and printed.
import { GraphQLError, GraphQLScalarType, Kind, type ValueNode, valueFromASTUntyped } from 'graphql';
import { isoTime } from '../base/iso-time.ts';
import { isJsonObject, shown } from '../base/json.ts';
import type { FilterValue } from '../points/condition.ts';
import { readTimestamp } from '../points/timestamp.ts';
import { builder } from './builder.ts';

function bad(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });
}

function parseTime(value: unknown): number {
  const time = typeof value === 'string' ? readTimestamp(value) : Number.NaN;
  if (Number.isNaN(time)) {
    throw bad(`DateTime must be RFC 3339 text with an offset, such as "2026-11-24T16:38:52.123Z", not ${shown(value)}`);
  }
  return time;
}

function parseObject(value: unknown): Record<string, unknown> {
  if (!isJsonObject(value)) throw bad(`JSONObject must be an object, not ${shown(value)}`);
  return value;
}

function parseCursor(value: unknown): string {
  if (typeof value !== 'string') throw bad(`Cursor must be text as this API gave it, not ${shown(value)}`);
  return value;
}

function parseFilterValue(value: unknown): FilterValue {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw bad(`FilterValue must be a text, a number or a boolean, not ${shown(value)}`);
}

// A literal in a document goes the way of a value in the variables; only the simple kinds can be filter values.
function fromLiteral<T>(parse: (value: unknown) => T) {
  return (node: ValueNode, variables?: Record<string, unknown> | null) => parse(valueFromASTUntyped(node, variables));
}

builder.addScalarType(
  'DateTime',
  new GraphQLScalarType<number, string>({
    name: 'DateTime',
    description: 'RFC 3339 timestamp, printed in UTC with milliseconds. Input accepts any RFC 3339 offset.',
    specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
    serialize: (value) => isoTime(Number(value)),
    parseValue: parseTime,
    parseLiteral: (node) => parseTime(node.kind === Kind.STRING ? node.value : valueFromASTUntyped(node)),
  }),
);

builder.addScalarType(
  'JSONObject',
  new GraphQLScalarType<Record<string, unknown>, object>({
    name: 'JSONObject',
    description: 'A JSON object.',
    serialize: (value) => value as object,
    parseValue: parseObject,
    parseLiteral: fromLiteral(parseObject),
  }),
);

builder.addScalarType(
  'Cursor',
  new GraphQLScalarType<string, string>({
    name: 'Cursor',
    description:
      'Opaque place in the event log of the entity types it came from; pass it back as `after` to resume without a gap. One of ' +
      'another log, or that cannot be read, is a BAD_USER_INPUT error; one whose successors retention has taken is answered with a `gap`.',
    serialize: (value) => String(value),
    parseValue: parseCursor,
    parseLiteral: fromLiteral(parseCursor),
  }),
);

builder.addScalarType(
  'FilterValue',
  new GraphQLScalarType<FilterValue, FilterValue>({
    name: 'FilterValue',
    description: 'A string, a number or a boolean.',
    serialize: (value) => value as FilterValue,
    parseValue: parseFilterValue,
    parseLiteral: fromLiteral(parseFilterValue),
  }),
);
