// Which fields a series' points have and of what kind: noted for every point, so the usual case (nothing new) is one
// look-up a field and no allocation.
import type { FieldKind } from './series.ts';

const maxFields = 500;
const maxDepth = 8;

/** Notes the fields of one point's data. Past 500 fields no more are remembered. */
export function noteFields(fields: Map<string, FieldKind>, data: object): void {
  noteLevel(fields, data as Record<string, unknown>, '', 0);
}

function noteLevel(fields: Map<string, FieldKind>, data: Record<string, unknown>, prefix: string, depth: number): void {
  for (const name in data) {
    const value = data[name];
    const path = prefix === '' ? name : prefix + name;
    switch (typeof value) {
      case 'number':
        noteKind(fields, path, 'NUMBER');
        break;
      case 'string':
        noteKind(fields, path, 'TEXT');
        break;
      case 'boolean':
        noteKind(fields, path, 'BOOLEAN');
        break;
      default:
        if (value === null || value === undefined) break;
        if (Array.isArray(value)) noteKind(fields, path, 'MIXED');
        else if (depth < maxDepth) noteLevel(fields, value as Record<string, unknown>, `${path}.`, depth + 1);
    }
  }
}

function noteKind(fields: Map<string, FieldKind>, path: string, kind: FieldKind): void {
  const known = fields.get(path);
  if (known === kind || known === 'MIXED') return;
  if (known !== undefined) fields.set(path, 'MIXED');
  else if (fields.size < maxFields) fields.set(path, kind);
}
