// What came of a metric in one second, or of a KPI in one pane: what analyzers see of it.

export interface Observation {
  /** Event time of the last value, and when it arrived, in milliseconds since 1970. */
  readonly at: number;
  readonly arrivedAt: number;
  /** Place of the last value in the log. */
  readonly offset: number;
  /** How many values there were. */
  readonly count: number;
  readonly mean: number;
  readonly least: number;
  readonly greatest: number;
}
