// What stands side by side in the bench on windows: each keeps the points of the last hour and answers all widgets, in a process of
// its own.
import type { MadeWidget, OrderPoint } from './made-widgets.ts';

/** What a widget shows, and over which points: start < time <= end. */
export interface Shown {
  readonly value: number | null;
  readonly count: number;
  readonly groups: readonly { readonly key: string | null; readonly value: number | null; readonly count: number }[];
}

export interface WidgetContestant {
  /** Takes points in; they are in the order of their times. */
  load(points: readonly OrderPoint[]): Promise<void> | void;
  /** From now on `refresh` is about these. */
  open(widgets: readonly MadeWidget[], now: number): Promise<void> | void;
  /** Computes every widget once; `bounds` is what all are about. */
  refresh(bounds: Bounds): Promise<readonly Shown[]> | readonly Shown[];
}

export interface Bounds {
  readonly start: number;
  readonly end: number;
}

export type WidgetRequest =
  | {
      readonly kind: 'start';
      readonly contestant: string;
      readonly points: number;
      readonly endsAt: number;
      readonly seconds: number;
    }
  | { readonly kind: 'second'; readonly bounds: Bounds };

/** CPU in milliseconds. */
export type WidgetReply =
  | { readonly kind: 'started'; readonly loadMs: number; readonly points: number; readonly rss: number }
  | {
      readonly kind: 'second';
      readonly points: number;
      readonly loadMs: number;
      readonly refreshMs: number;
      readonly shown: readonly Shown[];
    };
