// What a window shows: its value, count and groups, and the value of the window before.
import type { GroupKey } from './group-key.ts';

export interface GroupValue {
  readonly key: readonly GroupKey[];
  readonly value: number | null;
  readonly count: number;
  /** Of the window before; null where it had no such group. */
  readonly previous: number | null;
  readonly changePercent: number | null;
  /** The rest, with an empty key. */
  readonly isOther: boolean;
}

/** Which part of a window's bounds all points are stored of: retention has deleted older ones. */
export interface Covered {
  readonly from: number;
  readonly to: number;
  /** All of the window. */
  readonly isComplete: boolean;
}

/** Over all points with windowStart < timestamp <= windowEnd (milliseconds). */
export interface WindowValue {
  readonly covered: Covered;
  readonly value: number | null;
  readonly count: number;
  readonly groups: readonly GroupValue[];
  readonly previous: number | null;
  readonly changePercent: number | null;
  readonly windowStart: number;
  readonly windowEnd: number;
}

/** A value on its way to those who show it; of two, the one with the greater (epoch, sequence) is newer. */
export interface ValueFrame {
  readonly epoch: number;
  readonly sequence: number;
  readonly asOf: number;
  readonly value: WindowValue;
}

/** One step of a window's past: start < timestamp <= end. */
export interface WindowBucket {
  readonly start: number;
  readonly end: number;
  readonly value: number | null;
  readonly count: number;
  readonly groups: readonly GroupValue[];
}

export function changePercent(value: number | null, previous: number | null): number | null {
  if (value === null || previous === null || previous === 0) return null;
  const percent = (100 * (value - previous)) / Math.abs(previous);
  return Number.isFinite(percent) ? percent : null;
}

/** Whether a client would see a difference: bounds that move are none. */
export function isChanged(before: WindowValue, after: WindowValue): boolean {
  return (
    before.value !== after.value ||
    before.count !== after.count ||
    before.previous !== after.previous ||
    !sameGroups(before.groups, after.groups)
  );
}

export function isBucketChanged(before: WindowBucket | undefined, after: WindowBucket): boolean {
  if (before === after) return false;
  if (before === undefined) return true;
  return before.value !== after.value || before.count !== after.count || !sameGroups(before.groups, after.groups);
}

function sameGroups(a: readonly GroupValue[], b: readonly GroupValue[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  return a.every((group, i) => {
    const other = b[i];
    return (
      other !== undefined &&
      group.value === other.value &&
      group.count === other.count &&
      group.previous === other.previous &&
      sameKey(group, other)
    );
  });
}

function sameKey(a: GroupValue, b: GroupValue): boolean {
  return a.isOther === b.isOther && a.key.every(({ value }, i) => b.key[i]?.value === value);
}
