// About how many bytes a point takes in an answer: cheaper than writing it, never far below.
import type { StoredPoint } from './point.ts';

// Names, punctuation, times and the cursor.
const bytesPerPoint = 200;
const bytesPerValue = 8;

export function pointBytes({
  data,
  serviceId,
  entityType,
}: Pick<StoredPoint, 'data' | 'serviceId' | 'entityType'>): number {
  return bytesPerPoint + serviceId.length + entityType.length + fieldBytes(data);
}

function fieldBytes(fields: object): number {
  let bytes = 0;
  for (const name in fields) bytes += name.length + valueBytes((fields as Record<string, unknown>)[name]);
  return bytes;
}

function valueBytes(value: unknown): number {
  if (typeof value === 'string') return bytesPerValue + value.length;
  return typeof value === 'object' && value !== null ? bytesPerValue + fieldBytes(value) : 2 * bytesPerValue;
}
