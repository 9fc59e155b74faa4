// Groups: the values of the groupBy fields of a point, as a key and back.
import { hash53 } from '../base/hash.ts';
import type { ReadField } from '../points/field-path.ts';
import { compilePath } from '../points/field-path.ts';

/** One groupBy field and its value in a group; null where points have none. */
export interface GroupKey {
  readonly field: string;
  readonly value: string | null;
}

export interface Named {
  readonly entityType: string;
  readonly serviceId: string;
}

/** Reads the values of the groupBy fields: the words entityType and serviceId of the point, else paths of its data. */
export function compileGroupBy(groupBy: readonly string[]): readonly ((data: object, of: Named) => unknown)[] {
  return groupBy.map((field) => {
    if (field === 'entityType') return (_: object, of: Named) => of.entityType;
    if (field === 'serviceId') return (_: object, of: Named) => of.serviceId;
    const read: ReadField = compilePath(field);
    return (data: object) => read(data);
  });
}

/** Equal for equal groups. Numbers and booleans go by their text; lists and objects have none. */
export function groupText(values: readonly unknown[]): string {
  if (values.length === 1) {
    const text = valueText(values[0]);
    return text === null ? '' : `=${text}`;
  }
  return JSON.stringify(values.map(valueText));
}

export function groupKeyOf(groupBy: readonly string[], text: string): readonly GroupKey[] {
  if (groupBy.length === 1) return [{ field: groupBy[0] ?? '', value: text === '' ? null : text.slice(1) }];
  const values = JSON.parse(text) as (string | null)[];
  return groupBy.map((field, i) => ({ field, value: values[i] ?? null }));
}

/** Longer values of a group are cut to their beginning and a hash of the whole. */
export const maxGroupValueLength = 256;
const hashLength = 14;

function valueText(value: unknown): string | null {
  switch (typeof value) {
    case 'string':
      return shortText(value);
    case 'number':
    case 'boolean':
      return String(value);
    default:
      return null;
  }
}

/** A text as groups have it; the same again for what it gives. */
export function shortText(value: string): string {
  return value.length <= maxGroupValueLength ? value : shortened(value);
}

// Two long values with the same beginning stay two groups. The hash is no secret: a client that makes two values collide merges
// its own groups.
function shortened(value: string): string {
  const hash = hash53(value).toString(16).padStart(hashLength, '0');
  return `${value.slice(0, maxGroupValueLength - hashLength - 1)}…${hash}`;
}
