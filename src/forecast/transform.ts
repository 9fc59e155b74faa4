// The scale on which a series is forecast: logarithms where all is positive, else a scale that is one far from nothing and straight near it;
// and the way back, which goes no farther than a multiple of what has been. Plain data, so that it can be sent and kept.

import { rangeOf } from './arithmetic.ts';

export interface Transform {
  readonly kind: 'LOG' | 'ASINH';
  /** Of ASINH: below it is near to nothing. */
  readonly scale: number;
  /** On the scale of the forecast: what is beyond is held. */
  readonly floor: number;
  readonly ceiling: number;
  /** No value was negative. */
  readonly isNeverNegative: boolean;
}

// So many ranges beyond the greatest, a value is one that cannot be meant.
const mostBeyond = 3;
// Nor one that is so many times as great: logarithms have a wide range.
const mostTimes = 10;
// What is less of the greatest is nothing.
const leastShare = 1e-12;
const most = Number.MAX_VALUE / 4;

/** For values of which some may be no numbers. */
export function transformOf(values: Float64Array): Transform {
  const known = values.filter((value) => !Number.isNaN(value));
  const { least, greatest } = rangeOf(known);
  const isNeverNegative = least >= 0;
  const kind = least > 0 ? 'LOG' : 'ASINH';
  const scale = kind === 'LOG' ? 1 : Math.max(medianSize(known), leastShare * Math.max(-least, greatest)) || 1;
  const unbound = { kind, scale, floor: 0, ceiling: 0, isNeverNegative } as const;
  const [low, high] = [toScale(unbound, least), toScale(unbound, greatest)];
  const range = Math.max(high - low, 1e-9 * Math.max(Math.abs(low), Math.abs(high)));
  const size = mostTimes * Math.max(-least, greatest);
  const [lowest, highest] =
    kind === 'LOG'
      ? [Number.NEGATIVE_INFINITY, Math.log(size)]
      : ([-1, 1].map((sign) => toScale(unbound, sign * size)) as [number, number]);
  return {
    ...unbound,
    floor: Math.max(lowest, low - mostBeyond * range),
    ceiling: Math.min(highest, high + mostBeyond * range),
  };
}

export function toScale({ kind, scale }: Transform, value: number): number {
  return kind === 'LOG' ? Math.log(value) : Math.asinh(value / scale);
}

export function fromScale({ kind, scale, floor, ceiling, isNeverNegative }: Transform, value: number): number {
  const held = Math.max(floor, Math.min(ceiling, value));
  const back = kind === 'LOG' ? Math.exp(held) : scale * Math.sinh(held);
  return Math.max(isNeverNegative ? 0 : -most, Math.min(most, back));
}

function medianSize(values: Float64Array): number {
  const sizes = values
    .map(Math.abs)
    .filter((size) => size > 0)
    .sort();
  return sizes[Math.floor(sizes.length / 2)] ?? 1;
}
