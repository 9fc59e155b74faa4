// Partial aggregates side by side: what is known of the points of one stretch of time, in all and for each group.
import type { ByteReader, ByteWriter } from '../base/bytes.ts';
import type { Aggregation } from './aggregation.ts';

/** The slot of all points. */
export const totalSlot = 0;
/** The slot of points whose group has none of its own. */
export const otherSlot = 1;
export const firstGroupSlot = 2;

/**
 * Cells by slot, all empty at first. Fed value by value in any order, merged with others of their kind; the result does
 * not depend on the order.
 */
export interface Cells {
  /** One above the highest slot that may have points. */
  readonly size: number;
  /** Memory that it holds, about. */
  readonly bytes: number;
  /** Takes in a field's value (undefined where it is absent), with its event time in milliseconds and its offset. */
  add(slot: number, value: unknown, time: number, offset: number): void;
  /** Points, whether or not their value counts. */
  count(slot: number): number;
  /** Takes in all that another one's slot has; that one stays as it is. */
  merge(slot: number, from: this, fromSlot: number): void;
  /** Null where no value counts. `seconds` is the length of the stretch. */
  value(slot: number, aggregation: Aggregation, seconds: number): number | null;
  /** Becomes the same as another one, which stays as it is. */
  copy(from: this): void;
  clear(slot: number): void;
  clearAll(): void;
  /** Writes all of it, for `load` of another one of its kind, which is empty. */
  save(writer: ByteWriter): void;
  load(reader: ByteReader): void;
}

/** Slot by slot. */
export function mergeAll(into: Cells, from: Cells): void {
  for (let slot = 0; slot < from.size; slot += 1) if (from.count(slot) > 0) into.merge(slot, from, slot);
}

/** A number that counts as one. */
export function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}

/** A result as a client can be given it: null where it is past what a double can hold. */
export function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
