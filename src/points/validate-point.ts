// What a point must be: each rule gives the path, the value and what would be right. By hand, for it runs for every
// point (a schema library cost twice the whole ingest).
import { isJsonObject, shown } from '../base/json.ts';
import type { Point, PointMetadata } from './point.ts';
import { readTimestamp } from './timestamp.ts';

export interface PointRules {
  /** How far ahead of the log's clock a point may be, in milliseconds. */
  readonly maxAheadMs: number;
  /** How deep `data` may nest. */
  readonly maxDepth: number;
  /** Fields of a point, counted at all depths. */
  readonly maxFields: number;
}

export const defaultPointRules: PointRules = { maxAheadMs: 10_000, maxDepth: 16, maxFields: 500 };

const oldestMs = Date.UTC(2000, 0, 1);
export const maxNameLength = 256;
export const maxKeyLength = 256;
const fieldNames = new Set(['entityType', 'serviceId', 'timestamp', 'data', 'metadata', 'key']);
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters in a name are what is looked for
const controlCharacter = /[\u0000-\u001f\u007f]/;

/** The point, or why it is none: `path: what is wrong`. `now` is the log's clock. */
export function validatePoint(value: unknown, now: number, rules: PointRules): Point | string {
  if (!isJsonObject(value)) {
    return `a point is an object with entityType, serviceId and data, not ${described(value)}`;
  }
  const { entityType, serviceId, data } = value;
  const names = nameIssue('entityType', entityType) ?? nameIssue('serviceId', serviceId) ?? strangerIssue(value);
  if (names !== undefined) return names;
  const timestamp = value['timestamp'] ?? null;
  const time = timestamp === null ? Number.NaN : timeOf(timestamp);
  const when = timestamp === null ? undefined : timeIssue(timestamp, time, now, rules);
  if (when !== undefined) return when;
  if (data === undefined) return 'data: is missing; it must be an object of fields';
  if (!isJsonObject(data)) return `data: must be an object of fields, not ${described(data)}`;
  const budget = { left: rules.maxFields };
  const wrong = fieldsIssue(data, 'data', rules.maxDepth, budget, rules);
  if (wrong !== undefined) return wrong;
  const metadata = value['metadata'] ?? null;
  const about = metadata === null ? undefined : metadataIssue(metadata);
  if (about !== undefined) return about;
  const key = value['key'] ?? null;
  if (key !== null && !(typeof key === 'string' && key !== '' && key.length <= maxKeyLength && key.isWellFormed())) {
    return `key: must be a text of 1 to ${maxKeyLength} characters without lone surrogates, not ${described(key)}`;
  }
  return {
    entityType: entityType as string,
    serviceId: serviceId as string,
    timestamp: time,
    data: data as Point['data'],
    metadata: metadata as PointMetadata | null,
    key: key as string | null,
  };
}

/** A point out of a stored line, which was valid when it was stored; one without a timestamp gets its arrival. */
export function revivePoint(value: unknown, receivedAt: number): Omit<Point, 'key'> {
  const { entityType, serviceId, timestamp, data, metadata } = value as Record<string, unknown>;
  return {
    entityType: entityType as string,
    serviceId: serviceId as string,
    timestamp: timestamp === undefined || timestamp === null ? receivedAt : timeOf(timestamp),
    data: data as Point['data'],
    metadata: (metadata ?? null) as PointMetadata | null,
  };
}

function timeOf(timestamp: unknown): number {
  return typeof timestamp === 'string' ? readTimestamp(timestamp) : Number.NaN;
}

function nameIssue(path: string, name: unknown): string | undefined {
  if (typeof name === 'string' && name !== '' && name.length <= maxNameLength) {
    // Stored as UTF-8, two different lone surrogates would become one name.
    if (!controlCharacter.test(name) && name.isWellFormed()) return undefined;
    return `${path}: must have no control characters or lone surrogates, not ${shown(name)}`;
  }
  if (name === undefined) return `${path}: is missing; it must be a text of 1 to ${maxNameLength} characters`;
  return `${path}: must be a text of 1 to ${maxNameLength} characters, not ${described(name)}`;
}

function strangerIssue(value: Record<string, unknown>): string | undefined {
  for (const name in value) {
    if (!fieldNames.has(name)) {
      return `${name}: is no field of a point; measurements belong in data, the fields are ${[...fieldNames].join(', ')}`;
    }
  }
  return undefined;
}

function timeIssue(timestamp: unknown, time: number, now: number, rules: PointRules): string | undefined {
  if (typeof timestamp === 'number') return numericTimeIssue(timestamp);
  if (Number.isNaN(time)) {
    return `timestamp: must be RFC 3339 with an offset, such as 2026-11-24T16:38:52.123Z, not ${described(timestamp)}`;
  }
  if (time < oldestMs) {
    return `timestamp: ${shown(timestamp)} is before 2000; were seconds taken for milliseconds?`;
  }
  if (time > now + rules.maxAheadMs) {
    const ahead = `${shown(timestamp)} is ${Math.round((time - now) / 1000)} s ahead of this server's clock`;
    return `timestamp: ${ahead}; at most ${rules.maxAheadMs / 1000} s are taken`;
  }
  return undefined;
}

function numericTimeIssue(timestamp: number): string {
  const hint = Math.abs(timestamp) < 1e11 ? timestamp * 1000 : timestamp;
  const date = new Date(hint);
  const right = Number.isNaN(date.getTime()) ? '2026-11-24T16:38:52.123Z' : date.toISOString();
  return `timestamp: must be RFC 3339 text, not the number ${timestamp}; "${right}" perhaps`;
}

function fieldsIssue(
  fields: Record<string, unknown>,
  path: string,
  depth: number,
  budget: { left: number },
  rules: PointRules,
): string | undefined {
  // for-in sees inherited names too, of which JSON has none; Object.keys would make an array for each point.
  for (const name in fields) {
    if (name === '' || name === '__proto__' || name.length > maxNameLength) {
      return `${path}.${name.slice(0, maxNameLength)}: is no name a field may have: 1 to ${maxNameLength} characters, not __proto__`;
    }
    budget.left -= 1;
    if (budget.left < 0) return `data: has more than ${rules.maxFields} fields`;
    const issue = valueIssue(fields[name], path, name, depth, budget, rules);
    if (issue !== undefined) return issue;
  }
  return undefined;
}

function valueIssue(
  value: unknown,
  path: string,
  name: string,
  depth: number,
  budget: { left: number },
  rules: PointRules,
): string | undefined {
  if (typeof value === 'number') {
    return Number.isFinite(value) ? undefined : `${path}.${name}: must be a finite number, not ${value}`;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth === 0) return `${path}.${name}: nests more than ${rules.maxDepth} deep`;
  return fieldsIssue(value as Record<string, unknown>, `${path}.${name}`, depth - 1, budget, rules);
}

function metadataIssue(metadata: unknown): string | undefined {
  if (!isJsonObject(metadata)) return `metadata: must be an object, not ${described(metadata)}`;
  for (const name in metadata) {
    const value = metadata[name] ?? null;
    if (name === 'source') {
      if (value !== null && (typeof value !== 'string' || value.length > maxNameLength)) {
        return `metadata.source: must be a text of at most ${maxNameLength} characters, not ${described(value)}`;
      }
    } else if (name === 'confidence' || name === 'processingTime') {
      if (value !== null && (typeof value !== 'number' || !Number.isFinite(value))) {
        return `metadata.${name}: must be a finite number, not ${described(value)}`;
      }
    } else {
      return `metadata.${name}: is not known; metadata has source, confidence and processingTime`;
    }
  }
  return undefined;
}

// Without what an object or an array holds: that may nest deeper than JSON.stringify can go.
function described(value: unknown): string {
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (isJsonObject(value)) return 'an object';
  return typeof value === 'number' ? String(value) : shown(value);
}
