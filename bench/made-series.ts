// What the insights' detectors say of series whose nature is known: how often a value of noise is an alarm, and how soon a shift is found
// that is there, or found that is not.
import { parseArgs } from 'node:util';
import { Detector } from '../src/insights/detector.ts';
import { type Sensitivity, sensitivities } from '../src/insights/sensitivity.ts';
import { ShiftDetector } from '../src/insights/shift.ts';
import { Random } from '../src/sources/random.ts';
import type { Bench } from './run.ts';
import { table } from './support/summary.ts';

const options = {
  values: { type: 'string', default: '1000000' },
  runs: { type: 'string', default: '1000' },
} as const;
const minuteMs = 60_000;
const length = 1000;
const starts = 100;
const begin = 500;
const soon = 20;
const seed = 1;

/** Gives the values of one series, one after the other. */
type Make = (random: Random) => (i: number) => number;

const stationary: Readonly<Record<string, Make>> = {
  normal: (random) => () => 100 + random.normal(),
  'Poisson, mean 3': (random) => () => poisson(random, 3),
  'heavy-tailed, Student’s t of 3': (random) => () => studentOf3(random),
  'daily season and noise': (random) => (i) => 100 + 10 * Math.sin((2 * Math.PI * i) / 1440) + random.normal(),
};

// A step is 20 % and two standard deviations.
const shifted: Readonly<Record<string, Make>> = {
  'step, noise': (random) => withNoise(random, 0, step),
  'step, neighbours correlated by 0.3': (random) => withNoise(random, 0.3, step),
  'step, by 0.5': (random) => withNoise(random, 0.5, step),
  'step, by 0.8': (random) => withNoise(random, 0.8, step),
  'ramp over 20 values': (random) => withNoise(random, 0, rampOver(20)),
  'ramp over 100 values': (random) => withNoise(random, 0, rampOver(100)),
  'ramp over 500 values': (random) => withNoise(random, 0, rampOver(500)),
  'no step, noise': (random) => withNoise(random, 0, () => 0),
  'no step, correlated by 0.5': (random) => withNoise(random, 0.5, () => 0),
  'no step, by 0.8': (random) => withNoise(random, 0.8, () => 0),
  'no step, by 0.95': (random) => withNoise(random, 0.95, () => 0),
  'no step, Poisson, mean 3': (random) => () => poisson(random, 3),
};

export const bench: Bench = {
  question: 'alarms on noise, and how soon a shift of the level is found',
  usage: '[--values 1000000] [--runs 1000]',
  async run(words) {
    const { values } = parseArgs({ args: [...words], options, strict: true });
    const count = Number(values.values);
    const alarms = Object.entries(stationary).map(([name, make]) => [
      name,
      ...sensitivities.map((sensitivity) => alarmsPer10000(make, count, sensitivity).toFixed(2)),
      earlyAlarms(make).toFixed(2),
    ]);
    const columns = ['', ...sensitivities.map((one) => `alarms in 10,000 values, ${one}`), `in the first ${length}`];
    const wanted = '0.2, 1.00 and 3 are wanted';
    console.log(`${count} values each, ${wanted}; first values of ${starts}:\n\n${table(columns, alarms)}\n`);
    const runs = Number(values.runs);
    const heads = ['', `a shift before value ${begin}`, 'from there on', `within ${soon} values`, 'median values'];
    const rows = Object.entries(shifted).map(([name, make]) => [name, ...shiftsOf(make, runs)]);
    console.log(`${runs} runs of ${length} values each, in which something is found:\n\n${table(heads, rows)}`);
  },
};

function alarmsPer10000(make: Make, count: number, sensitivity: Sensitivity): number {
  const detector = new Detector();
  const value = make(new Random(seed));
  let alarms = 0;
  for (let i = 0; i < count; i += 1) if (detector.observe(value(i), i * minuteMs, sensitivity).isAlarm) alarms += 1;
  return (10_000 * alarms) / count;
}

/** Of a series that has just begun, on average. */
function earlyAlarms(make: Make): number {
  let alarms = 0;
  for (let start = 0; start < starts; start += 1) {
    const detector = new Detector();
    const value = make(new Random(seed + start));
    for (let i = 0; i < length; i += 1) if (detector.observe(value(i), i * minuteMs).isAlarm) alarms += 1;
  }
  return alarms / starts;
}

function shiftsOf(make: Make, runs: number): string[] {
  let [early, within] = [0, 0];
  const delays: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const found = placesOfShifts(make(new Random(seed + run)));
    if (found.some((place) => place < begin)) early += 1;
    const first = found.find((place) => place >= begin);
    if (first !== undefined) delays.push(first - begin + 1);
    if (first !== undefined && first < begin + soon) within += 1;
  }
  const median = delays.sort((a, b) => a - b)[delays.length >> 1];
  const share = (count: number) => `${((100 * count) / runs).toFixed(1)} %`;
  return [share(early), share(delays.length), share(within), median === undefined ? '–' : String(median)];
}

function placesOfShifts(value: (i: number) => number): number[] {
  const detector = new ShiftDetector();
  const found: number[] = [];
  for (let i = 0; i < length; i += 1) if (detector.observe(value(i)) !== null) found.push(i);
  return found;
}

function withNoise(random: Random, correlation: number, more: (i: number) => number): (i: number) => number {
  let last = random.normal();
  return (i) => {
    last = correlation * last + Math.sqrt(1 - correlation ** 2) * random.normal();
    return 100 + 10 * last + more(i);
  };
}

function step(i: number): number {
  return i < begin ? 0 : 20;
}

function rampOver(values: number): (i: number) => number {
  return (i) => 20 * Math.max(0, Math.min(1, (i - begin) / values));
}

/** Knuth's multiplication of uniform values, for small means. */
function poisson(random: Random, mean: number): number {
  const least = Math.exp(-mean);
  let count = 0;
  for (let product = random.uniform(); product > least; product *= random.uniform()) count += 1;
  return count;
}

function studentOf3(random: Random): number {
  const squares = random.normal() ** 2 + random.normal() ** 2 + random.normal() ** 2;
  return random.normal() / Math.sqrt(squares / 3);
}
