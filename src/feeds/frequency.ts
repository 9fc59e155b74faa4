// How often a subscription hears of new points.

export const frequencies = ['EVERY_POINT', 'REALTIME', 'HIGH', 'MEDIUM', 'LOW'] as const;
export type Frequency = (typeof frequencies)[number];

/** At most one update in so many milliseconds; 0: one a commit. */
export const intervalMs: Readonly<Record<Frequency, number>> = {
  EVERY_POINT: 0,
  REALTIME: 1000,
  HIGH: 5000,
  MEDIUM: 15_000,
  LOW: 60_000,
};
