// Which test files `npm test` runs, and which ones `npm run test:long` does.

/** Files that take their number of repeats from support/repeats.ts: they run in both, with more repeats in the long run. */
export const repeating: readonly string[] = [
  'test/fanout/leaving.test.ts',
  'test/faults/flipped-bytes.test.ts',
  'test/faults/kill-store.test.ts',
  'test/forecast/forecast.test.ts',
  'test/insights/analysis.test.ts',
  'test/insights/detector.test.ts',
  'test/insights/shift.test.ts',
  'test/promises/1-acknowledged-is-durable.test.ts',
  'test/protocol/fuzz.test.ts',
  'test/store/broken-store.test.ts',
  'test/store/failing-reads.test.ts',
  'test/store/upgrade.test.ts',
];

export interface Suite {
  readonly include: string[];
  readonly exclude: string[];
}

const long = 'test/**/*.long.test.ts';

export const suites: Readonly<Record<'quick' | 'long', Suite>> = {
  quick: { include: ['test/**/*.test.ts'], exclude: [long] },
  long: { include: [long, ...repeating], exclude: [] },
};
