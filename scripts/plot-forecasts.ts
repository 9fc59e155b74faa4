// `node scripts/plot-forecasts.ts`: the pictures of docs/forecasts.md, of made-up series whose end is known: what was, what was expected with its
// fan of 50, 80 and 95 %, and what came.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { boundsOf, forecast, valuesOf } from '../src/forecast/auto.ts';
import { Random } from '../src/sources/random.ts';
import { root } from './source-files.ts';

interface Picture {
  readonly name: string;
  readonly title: string;
  readonly past: number;
  readonly shown: number;
  readonly steps: number;
  of(i: number, random: Random): number;
}

const [width, height, margin] = [720, 200, 24];
const day = (i: number) => Math.sin((2 * Math.PI * (i - 8)) / 24);
const isWeekend = (i: number) => Math.floor(i / 24) % 7 > 4;

const pictures: readonly Picture[] = [
  {
    name: 'orders',
    title: 'Orders an hour: a day in a week, two days ahead',
    past: 24 * 35,
    shown: 24 * 7,
    steps: 48,
    of: (i, random) => Math.round((isWeekend(i) ? 40 : 90) * (1 + 0.6 * day(i)) * (1 + 0.08 * random.normal())),
  },
  {
    name: 'temperature',
    title: 'A temperature: a day that drifts, two days ahead',
    past: 24 * 30,
    shown: 24 * 5,
    steps: 48,
    of: (i, random) => 12 + 5 * day(i) + 4 * Math.sin(i / 97) + 0.5 * random.normal(),
  },
  {
    name: 'revenue',
    title: 'Revenue a week: a year with growth, a quarter ahead',
    past: 52 * 5,
    shown: 52 * 2,
    steps: 13,
    of: (i, random) => 1000 * 1.003 ** i * (1 + 0.25 * Math.sin((2 * Math.PI * i) / 52)) * (1 + 0.04 * random.normal()),
  },
];

const folder = path.join(root, 'docs', 'forecasts');
mkdirSync(folder, { recursive: true });
for (const picture of pictures) writeFileSync(path.join(folder, `${picture.name}.svg`), drawn(picture));

function drawn({ title, past, shown, steps, of }: Picture): string {
  const random = new Random(7);
  const all = Float64Array.from({ length: past + steps }, (_, i) => of(i, random));
  const made = forecast(all.slice(0, past), { steps, period: null });
  const expected = [...valuesOf(made)];
  const fans = [0.95, 0.8, 0.5].map((level) => boundsOf(made, level));
  const seen = [...all.slice(past - shown)];
  const values = [...seen, ...(fans[0]?.lower ?? []), ...(fans[0]?.upper ?? [])];
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const x = (i: number) => (margin + (i * (width - 2 * margin)) / (shown + steps)).toFixed(1);
  const y = (value: number) =>
    (height - margin - ((value - least) * (height - 2 * margin)) / (most - least)).toFixed(1);
  const line = (points: readonly number[], from: number) =>
    points.map((value, i) => `${x(from + i)},${y(value)}`).join(' ');
  const fan = fans.map(({ lower, upper }, i) => {
    const there = line([...upper], shown);
    const back = [...lower]
      .map((value, k) => `${x(shown + k)},${y(value)}`)
      .toReversed()
      .join(' ');
    return `<polygon points="${there} ${back}" fill="#3b6ea8" opacity="${0.15 + 0.1 * i}"/>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...fan,
    `<polyline points="${line(seen, 0)}" fill="none" stroke="#444444" stroke-width="1.2"/>`,
    `<polyline points="${line(expected, shown)}" fill="none" stroke="#1f4e8c" stroke-width="1.8"/>`,
    `<text x="${margin}" y="16" font-family="sans-serif" font-size="12" fill="#444444">${title}</text>`,
    '</svg>\n',
  ].join('\n');
}
