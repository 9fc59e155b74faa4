// What the read bench asks of a server for, each with what the answer must be.
import { type Making, nameOf, spanOf } from './made-points.ts';
import { ask } from './pulse-server.ts';

export interface Question {
  readonly name: string;
  /** Asks once; gives how many points the answer has or stands for. Errors: an answer that is wrong. */
  ask(url: string): Promise<number>;
  /** How many that must be. */
  readonly expected: number;
}

const hourMs = 3_600_000;
const pageSize = 1000;
// Whose points are asked for: one of many, in the middle.
const asked = 42;

const pointsQuery = `query ($entityType: String!, $serviceId: String, $filters: [FilterInput!], $from: DateTime,
  $to: DateTime, $first: Int, $after: String, $last: Int) {
  points(entityType: $entityType, serviceId: $serviceId, filters: $filters, from: $from, to: $to,
    first: $first, after: $after, last: $last) {
    edges { cursor node { timestamp data } }
    pageInfo { hasNextPage endCursor }
  }
}`;

const historyQuery = `query ($entityType: String!, $serviceId: String, $from: DateTime!, $to: DateTime!, $step: TimeSpanInput!) {
  kpiHistory(query: { entityType: $entityType, serviceId: $serviceId, timeWindow: { size: 1, unit: HOUR },
    aggregation: { function: AVG, field: "value" } }, from: $from, to: $to, step: $step) { end value count }
}`;

interface Page {
  readonly points: {
    readonly edges: readonly {
      readonly node: { readonly timestamp: string; readonly data: { readonly status: string } };
    }[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  };
}

/** The questions about a store that was made so. */
export function questionsOf(making: Making): Question[] {
  const span = spanOf(making);
  const [begin, end] = [making.endsAt - span, making.endsAt];
  const each = making.count / making.series;
  const hour = { from: end - Math.min(2 * hourMs, span), to: end - Math.min(hourMs, span / 2) };
  const hourPoints = (hour.to - hour.from) / 1000;
  const failed = [{ field: 'status', op: 'EQ', values: ['failed'] }];
  return [
    { name: 'points: first 1,000', expected: pageSize, ask: (url) => page(url, { first: pageSize }) },
    { name: 'points: last 1,000', expected: pageSize, ask: (url) => page(url, { last: pageSize }) },
    { name: 'points: an hour, in pages of 1,000', expected: hourPoints, ask: (url) => allPages(url, iso(hour)) },
    {
      name: 'points: last 100 with a filter that 2 % pass',
      expected: 100,
      ask: (url) => page(url, { last: 100, filters: failed }),
    },
    { name: 'kpiHistory: an hour in 60 steps', expected: hourPoints, ask: (url) => history(url, hour, one()) },
    {
      name: 'kpiHistory: all of it in 60 steps',
      expected: each,
      ask: (url) => history(url, { from: begin, to: end }, one()),
    },
    {
      name: 'kpiHistory: an hour of all services of the type',
      expected: (hourPoints * making.series) / 4,
      ask: (url) => history(url, hour, { ...one(), serviceId: null }),
    },
  ];
}

function one(): { entityType: string; serviceId: string | null } {
  return nameOf(asked);
}

async function page(url: string, variables: object): Promise<number> {
  const { points } = await ask<Page>(url, pointsQuery, { ...one(), ...variables });
  checkOrder(points.edges.map(({ node }) => node.timestamp));
  return points.edges.length;
}

async function allPages(url: string, range: object): Promise<number> {
  const times: string[] = [];
  let after: string | null = null;
  for (;;) {
    const { points }: Page = await ask<Page>(url, pointsQuery, { ...one(), ...range, first: pageSize, after });
    times.push(...points.edges.map(({ node }) => node.timestamp));
    after = points.pageInfo.endCursor;
    if (!points.pageInfo.hasNextPage) break;
  }
  checkOrder(times);
  return times.length;
}

// One point a second and series: a hole, a repeat or a stranger between them shows. A filter leaves holes.
function checkOrder(times: readonly string[]): void {
  for (const [i, time] of times.entries()) {
    const before = times[i - 1];
    if (before !== undefined && Date.parse(time) <= Date.parse(before))
      throw new Error(`${time} comes after ${before}`);
  }
}

async function history(url: string, range: { from: number; to: number }, of: object): Promise<number> {
  const step = { size: Math.ceil((range.to - range.from) / 60_000), unit: 'SECOND' };
  const { kpiHistory } = await ask<{ kpiHistory: { count: number }[] }>(url, historyQuery, {
    ...of,
    ...iso(range),
    step,
  });
  return kpiHistory.reduce((sum, { count }) => sum + count, 0);
}

function iso({ from, to }: { from: number; to: number }): { from: string; to: string } {
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
}
