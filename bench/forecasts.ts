// The shipped combination over series whose end is known: forecasts with 95 % bounds, a line a series, for whoever scores them; and its
// measures beside those of others in the same run, from the end and from three earlier places.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import cliProgress from 'cli-progress';
import { boundsOf, forecast, valuesOf } from '../src/forecast/auto.ts';
import type { Bench } from './run.ts';
import { augurs } from './support/augurs.ts';
import { type Answer, type Case, measure, naive2, seasonalNaive } from './support/forecast-measures.ts';
import { table } from './support/summary.ts';

const options = {
  train: { type: 'string' },
  test: { type: 'string' },
  period: { type: 'string' },
  data: { type: 'string' },
  out: { type: 'string' },
  alone: { type: 'boolean' },
} as const;
const level = 0.95;
const earlier = 3;
const leastPast = 3;
/** What is in a folder of the M4 competition, with its period, and the seasons that others are told. */
const kinds = { Hourly: { period: 24, seasons: [24, 168] }, Weekly: { period: 1, seasons: [] } } as const;

export const bench: Bench = {
  question: 'forecasts of series whose end is known, with bounds, by the shipped combination, Naive2 and augurs',
  usage: '--train FILE.csv --test FILE.csv [--period P] --out FILE.jsonl | --data DIR --out DIR [--alone]',
  async run(words) {
    const { values } = parseArgs({ args: [...words], options, strict: true });
    const { train, test, data, out, alone: isAlone = false } = values;
    const period = values.period === undefined ? null : Number(values.period);
    if (out !== undefined && data !== undefined) {
      mkdirSync(out, { recursive: true });
      for (const [kind, { period: usual, seasons }] of Object.entries(kinds)) {
        const file = (part: string) => path.join(data, `${kind}-${part}.csv`);
        forecastAll(
          { train: file('train'), test: file('test'), out: path.join(out, `${kind}.jsonl`) },
          usual,
          seasons,
          isAlone,
        );
      }
    } else if (out !== undefined && train !== undefined && test !== undefined) {
      forecastAll({ train, test, out }, period, period === null || period < 2 ? [] : [period], isAlone);
    } else console.log(`needs series, which the project does not bring: ${bench.usage}`);
  },
};

interface Files {
  readonly train: string;
  readonly test: string;
  readonly out: string;
}

function forecastAll(files: Files, period: number | null, seasons: readonly number[], isAlone: boolean): void {
  const past = readSeries(files.train);
  const cases = [...readSeries(files.test)].flatMap(([id, actual]): (Case & { id: string })[] => {
    const before = past.get(id);
    return before === undefined ? [] : [{ id, past: before, actual }];
  });
  const times: number[] = [];
  const answers = progressed(files.out, cases, (one) => {
    const begun = performance.now();
    const answer = ours(one, period);
    times.push(performance.now() - begun);
    return answer;
  });
  const lines = answers.map(({ forecast: values, lower, upper }, i) =>
    JSON.stringify({ id: cases[i]?.id, forecast: [...values], lower: [...(lower ?? [])], upper: [...(upper ?? [])] }),
  );
  writeFileSync(files.out, `${lines.join('\n')}\n`);
  times.sort((a, b) => a - b);
  const at = (share: number) => (times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? 0).toFixed(0);
  console.log(
    `${files.out}: ${cases.length} series, ${at(0.5)} ms at the median, ${at(0.99)} ms at the 99th percentile`,
  );
  if (isAlone) return;
  const scale = Math.max(1, period ?? 1);
  const rows = [['PulseQL', cases, answers] as const, ...others(cases, scale, seasons), ...before(cases, period)];
  console.log(
    table(
      ['', 'series', 'OWA', 'sMAPE', 'MASE', 'MSIS', 'coverage'],
      rows.map(([name, all, said]) => rowOf(name, all, said, scale)),
    ),
  );
}

function ours({ past, actual }: Case, period: number | null): Answer {
  const made = forecast(past, { steps: actual.length, period });
  return { forecast: valuesOf(made), ...boundsOf(made, level) };
}

type Row = readonly [name: string, cases: readonly Case[], answers: readonly Answer[]];

function others(cases: readonly Case[], period: number, seasons: readonly number[]): Row[] {
  const plain = (values: Float64Array): Answer => ({ forecast: values, lower: null, upper: null });
  const seasonal = cases.map(({ past, actual }) => plain(seasonalNaive(past, period, actual.length)));
  const adjusted = cases.map(({ past, actual }) => plain(naive2(past, period, actual.length)));
  const known = cases.map(({ past, actual }) => augurs(past, seasons, actual.length));
  const made = cases.filter((_, i) => known[i] !== null);
  return [
    ['Naive2', cases, adjusted],
    ['seasonal naive', cases, seasonal],
    ['augurs', made, known.filter((one) => one !== null)],
  ];
}

/** From earlier places, so that one lucky window does not decide: the end is not looked at. */
function before(cases: readonly Case[], period: number | null): Row[] {
  return Array.from({ length: earlier }, (_, i): Row => {
    const cut = cases.flatMap(({ past, actual }) => {
      const end = past.length - i * actual.length;
      const begin = end - actual.length;
      return begin < leastPast * actual.length ? [] : [{ past: past.slice(0, begin), actual: past.slice(begin, end) }];
    });
    return [`PulseQL, ${i + 1} window${i === 0 ? '' : 's'} earlier`, cut, cut.map((one) => ours(one, period))];
  });
}

function rowOf(name: string, cases: readonly Case[], answers: readonly Answer[], period: number): string[] {
  const { owa, smape, mase, msis, coverage } = measure(cases, answers, period);
  const bounds =
    msis === null || coverage === null ? ['–', '–'] : [msis.toFixed(2), `${(100 * coverage).toFixed(1)} %`];
  return [name, String(cases.length), owa.toFixed(3), smape.toFixed(2), mase.toFixed(3), ...bounds];
}

function progressed<In, Out>(name: string, all: readonly In[], of: (one: In) => Out): Out[] {
  const bar = new cliProgress.SingleBar({
    format: `${path.basename(name)} {bar} {value}/{total}`,
    clearOnComplete: true,
  });
  bar.start(all.length, 0);
  const done = all.map((one) => {
    const result = of(one);
    bar.increment();
    return result;
  });
  bar.stop();
  return done;
}

function readSeries(file: string): Map<string, Float64Array> {
  const [, ...lines] = readFileSync(file, 'utf8').trim().split(/\r?\n/);
  return new Map(
    lines.map((line) => {
      const [id = '', ...cells] = line.split(',').map((cell) => cell.replaceAll('"', ''));
      return [id, Float64Array.from(cells.filter((cell) => cell !== '' && cell !== 'NA').map(Number))];
    }),
  );
}
