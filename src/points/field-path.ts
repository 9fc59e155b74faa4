// Dotted paths into a point's data, compiled once: `order.total` is data.order.total, or else the field of that whole name.
import type { InputIssue } from '../base/errors.ts';
import { shown } from '../base/json.ts';

export type ReadField = (data: object) => unknown;

export const maxPathLength = 512;

/** Reads one field; undefined where it is absent. Only own properties count. */
export function compilePath(path: string): ReadField {
  if (!path.includes('.')) return (data) => own(data, path);
  const steps = path.split('.');
  return (data) => {
    let value: unknown = data;
    for (const step of steps) {
      if (typeof value !== 'object' || value === null) return own(data, path);
      value = own(value, step);
    }
    return value === undefined ? own(data, path) : value;
  };
}

function own(data: object, name: string): unknown {
  return Object.hasOwn(data, name) ? (data as Record<string, unknown>)[name] : undefined;
}

/** What is wrong with a path, or nothing. */
export function pathIssue(path: string, at: readonly string[]): InputIssue | undefined {
  if (path === '' || path.length > maxPathLength) {
    return { path: at, message: `must be a dotted path of 1 to ${maxPathLength} characters, not ${shown(path)}` };
  }
  const steps = path.split('.');
  if (steps.some((step) => step === '' || step === '__proto__')) {
    return { path: at, message: `must be names joined by dots, such as order.total, not ${shown(path)}` };
  }
  return undefined;
}
