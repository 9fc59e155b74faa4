// Insights and forecasts.
import { count, number } from './kinds.ts';
import type { Setting } from './setting.ts';

export const analysisSettings = [
  {
    name: 'insight-retention-days',
    placeholder: 'N',
    schema: number({ least: 0.0001, most: 36_500, whole: false }),
    default: 7,
    help: 'how long insights are kept once they are resolved',
    past: 'they go',
  },
  {
    name: 'max-insights-an-hour',
    placeholder: 'N',
    schema: count,
    default: 12,
    help: 'insights that open in an hour, over all metrics',
    past: 'held back and counted, the least severe first: a quarter of them may be LOW, half up to MEDIUM, three quarters up to HIGH',
  },
  {
    name: 'max-metrics',
    placeholder: 'N',
    schema: count,
    default: 10_000,
    help: 'metrics, each a numeric field of a series, that all analyzers watch, at about 25 KiB each',
    past: 'watched for shifts and silence alone; past ten times as many not at all; `status` counts both',
  },
  {
    name: 'max-analyzers',
    placeholder: 'N',
    schema: count,
    default: 10,
    help: 'settings of analyzers',
    past: 'LimitExceededError',
  },
  {
    name: 'training-days',
    placeholder: 'N',
    schema: number({ least: 0.01, most: 366, whole: false }),
    default: 30,
    help: 'how far back before its last point a series is looked at for a prediction',
  },
  {
    name: 'max-queued-forecasts',
    placeholder: 'N',
    schema: count,
    default: 20,
    help: 'predictions that wait for one of two threads',
    past: 'LimitExceededError',
  },
  {
    name: 'max-kept-fits',
    placeholder: 'N',
    schema: count,
    default: 5,
    help: 'predictions whose fitted models are kept, so that more points update them; after 5 % more they are fitted anew',
    past: 'the one asked for longest ago goes, and is fitted when it is asked for again',
  },
  {
    name: 'forecast-timeout-seconds',
    placeholder: 'N',
    schema: count,
    default: 10,
    help: 'how long a prediction may take once its points are read, the wait for a thread included',
    past: 'TIMEOUT',
  },
] as const satisfies readonly Setting[];
