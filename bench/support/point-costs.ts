// What a point costs the engine with more widgets, with longer windows, and with widgets that have nothing to do with it.
import { systemClock } from '../../src/base/clock.ts';
import { allRights, createEngine, type Engine, type KpiQueryInput } from '../../src/index.ts';
import { median, spread, table } from './summary.ts';

const me = { id: 'bench', rights: allRights };
const pointsARound = 20_000;
const pointsABatch = 500;

interface Setting {
  readonly name: string;
  readonly widgets: readonly KpiQueryInput[];
}

interface Question {
  readonly name: string;
  readonly base: Setting;
  readonly other: Setting;
  readonly most: number;
}

type Span = KpiQueryInput['timeWindow'];

const minute: Span = { size: 1, unit: 'MINUTE' };
const hour: Span = { size: 1, unit: 'HOUR' };
const day: Span = { size: 1, unit: 'DAY' };

/** So many different questions about points of the type. */
function questions(entityType: string, count: number, timeWindow: Span): KpiQueryInput[] {
  return Array.from({ length: count }, (_, i) => ({
    entityType,
    aggregation: { function: 'SUM', field: 'amount' },
    timeWindow,
    filters: [{ field: 'amount', op: 'GTE', values: [i] }],
  }));
}

/** The questions again and again, each with another function over the same field. */
function widgetsOver(all: readonly KpiQueryInput[], count: number): KpiQueryInput[] {
  const functions = ['SUM', 'AVG', 'MIN', 'MAX', 'STDDEV', 'FIRST', 'LAST', 'DELTA'] as const;
  return Array.from({ length: count }, (_, i) => {
    const query = all[i % all.length] as KpiQueryInput;
    const name = functions[Math.floor(i / all.length) % functions.length] ?? 'SUM';
    return { ...query, aggregation: { function: name, field: 'amount' } };
  });
}

const fifty = questions('order', 50, hour);

const asked: readonly Question[] = [
  {
    name: '1,000 widgets over 50 questions, against 50',
    base: { name: '50', widgets: widgetsOver(fifty, 50) },
    other: { name: '1,000', widgets: widgetsOver(fifty, 1000) },
    most: 1.2,
  },
  {
    name: '50 windows of 24 h, against 1 min',
    base: { name: '1 min', widgets: questions('order', 50, minute) },
    other: { name: '24 h', widgets: questions('order', 50, day) },
    most: 1.1,
  },
  {
    name: '1,000 widgets on other series, against none',
    base: { name: 'none', widgets: [] },
    other: { name: '1,000', widgets: questions('visit', 1000, hour) },
    most: 1.1,
  },
];

/** Each pair in turns, so that the machine's moods meet both; a ratio is of two rounds that follow one another. */
export async function costsOfPoints(rounds: number): Promise<string> {
  const rows: string[][] = [];
  for (const { name, base, other, most } of asked) {
    const [a, b] = [await open(base), await open(other)];
    const ratios: number[] = [];
    const costs: number[] = [];
    for (let round = -1; round < rounds; round += 1) {
      const isSwapped = round % 2 === 0;
      const [first, second] = isSwapped ? [b, a] : [a, b];
      const [x, y] = [await costOf(first), await costOf(second)];
      const [own, others] = isSwapped ? [y, x] : [x, y];
      if (round < 0) continue;
      costs.push(own);
      ratios.push(others / own);
    }
    await Promise.all([a.engine.stop(), b.engine.stop()]);
    rows.push([name, spread(costs, 2), spread(ratios, 2), `${most}`, median(ratios) <= most ? 'reached' : 'missed']);
  }
  const heads = ['what a point costs', 'µs CPU', '× that', 'at most', ''];
  return `\nPoints of one series through the whole engine, ${rounds} rounds of ${pointsARound}:\n\n${table(heads, rows)}`;
}

interface Open {
  readonly engine: Engine;
  readonly release: readonly unknown[];
}

async function open({ widgets }: Setting): Promise<Open> {
  const settings = { 'max-memory-bytes': 50_000_000, 'max-windows': 5000 };
  const engine = await createEngine({ clock: systemClock, settings });
  const watches = widgets.map((query) => engine.watchKpi(me, { query, every: hour, history: null }));
  await Promise.all(watches.map((watch) => watch.next()));
  return { engine, release: watches };
}

let made = 0;

async function costOf({ engine }: Open): Promise<number> {
  const batches = Array.from({ length: pointsARound / pointsABatch }, () =>
    Array.from({ length: pointsABatch }, () => {
      made += 1;
      return { entityType: 'order', serviceId: 'shop', data: { amount: made % 100, country: 'DE' } };
    }),
  );
  const before = process.cpuUsage();
  for (const batch of batches) await engine.ingest(me, batch, null);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / pointsARound;
}
