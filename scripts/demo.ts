// `npm run demo`: four years of Seattle's weather, a real series that an npm package ships, through POST /ingest as if it
// happened now, with the live values of a dashboard on it as a graphql-ws client receives them, until the data ends.
import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Client, createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { systemClock } from '../src/base/clock.ts';
import { silentLogger } from '../src/base/logger.ts';
import { httpSink, newSums } from '../src/cli/http-sink.ts';
import { progressBar } from '../src/cli/progress.ts';
import { planCsv } from '../src/points/csv-plan.ts';
import { readCsv } from '../src/points/read-csv.ts';
import { serve } from '../src/serve.ts';
import { readSettings } from '../src/settings/read-settings.ts';
import { replayPoints } from '../src/sources/replay.ts';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '15' } } });
const seconds = Number(values.seconds);
const days = 1461;
const daySeconds = 86_400;

const weather = path.resolve(createRequire(import.meta.url).resolve('vega-datasets'), '../../data/seattle-weather.csv');

const dashboard = `mutation {
  createDashboard(input: {
    name: "Seattle"
    refreshInterval: { size: 1, unit: SECOND }
    widgets: [
      { name: "days", type: NUMBER, query: { entityType: "weather", aggregation: { function: COUNT }, timeWindow: { size: 1, unit: MINUTE } } }
      { name: "warmest °C", type: NUMBER, query: { entityType: "weather", aggregation: { function: MAX, field: "temp_max" }, timeWindow: { size: 5, unit: SECOND } } }
      { name: "rain mm", type: NUMBER, query: { entityType: "weather", aggregation: { function: SUM, field: "precipitation" }, timeWindow: { size: 5, unit: SECOND } } }
      { name: "median wind", type: NUMBER, query: { entityType: "weather", aggregation: { function: QUANTILE, field: "wind", quantile: 0.5 }, timeWindow: { size: 5, unit: SECOND } } }
      { name: "kinds of days", type: PIE, query: { entityType: "weather", aggregation: { function: COUNT }, timeWindow: { size: 1, unit: MINUTE }, groupBy: ["weather"] } }
    ]
  }) { ... on Dashboard { id } ... on UserError { message } }
}`;

const updates = `subscription ($id: ID!) {
  dashboardUpdates(id: $id) { isSnapshot widgets { name value { value count groups { key { value } value } } } }
}`;

interface Widget {
  readonly name: string;
  readonly value: { value: number | null; count: number; groups: { key: { value: string }[]; value: number }[] };
}

async function makeDashboard(url: string): Promise<string> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ query: dashboard }),
  });
  const { data } = (await response.json()) as { data: { createDashboard: { id?: string; message?: string } } };
  const { id, message } = data.createDashboard;
  if (id === undefined) throw new Error(message);
  return id;
}

async function printUpdates(client: Client, id: string, begun: () => void): Promise<void> {
  const latest = new Map<string, Widget>();
  for await (const { data } of client.iterate<{ dashboardUpdates: { widgets: Widget[] } }>({
    query: updates,
    variables: { id },
  })) {
    begun();
    for (const widget of data?.dashboardUpdates.widgets ?? []) latest.set(widget.name, widget);
    console.log([...latest.values()].map(lineOf).join('   '));
  }
}

function lineOf({ name, value }: Widget): string {
  const groups = value.groups.map((group) => `${group.key[0]?.value} ${group.value}`).join(', ');
  return `${name}: ${groups || (value.value === null ? '–' : Math.round(value.value * 10) / 10)}`;
}

const { url, stop } = await serve(readSettings({ port: '0', memory: true, source: 'none' }, process.env), silentLogger);
const client = createClient({
  url: `${url.replace('http', 'ws')}/graphql`,
  webSocketImpl: WebSocket,
  retryAttempts: 0,
});
const begun = Promise.withResolvers<void>();
const printing = printUpdates(client, await makeDashboard(url), begun.resolve);
await begun.promise;

const sums = newSums();
const progress = progressBar(days);
const sink = httpSink(url, sums);
const counted = {
  send: async (points: Parameters<typeof sink.send>[0]) => {
    await sink.send(points);
    progress.update(sums.accepted, sums.accepted);
  },
};
const openWeather = () => createReadStream(weather);
const plan = await planCsv(openWeather, { entityType: 'weather', serviceId: 'seattle' });
await replayPoints(points(), { sink: counted, clock: systemClock, speed: (days * daySeconds) / seconds });
progress.stop();

// The last values follow within the dashboard's second.
await new Promise<void>((resolve) => systemClock.after(2000, resolve));
console.log(`${sums.accepted} days accepted, ${sums.rejected} rejected`);
await client.dispose();
await printing;
await stop();

async function* points() {
  for await (const { point } of readCsv(openWeather(), plan, (row, why) => console.error(`row ${row}: ${why}`)))
    yield point;
}
