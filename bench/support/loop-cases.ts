// What may hold the event loop: each case with what it needs before, and what is then measured.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import WebSocket from 'ws';
import { previewField } from '../../test/faults/cpu/alert-previews.ts';
import { containsQuery, slowPoint } from '../../test/faults/cpu/slow-contains.ts';
import { AttackSocket, ask as askOrError, ingestLines } from '../../test/faults/support/clients.ts';
import { groupedPoints } from '../../test/faults/support/made-points.ts';
import { ask } from './pulse-server.ts';

export interface LoopCase {
  readonly name: string;
  readonly flags?: readonly string[];
  /** Gives what is measured; it settles when the case is over, with a word on it. */
  prepare(url: string): Promise<() => Promise<string>>;
}

const [points, groups, days] = [200_000, 1000, 20];
const [dashboards, widgets, rules] = [20, 20, 20];
const cycles = 100_000;
const watchedMs = 15_000;
const deliveries = 10_000;
const deliveredWithinMs = 60_000;
const previewWithinMs = 30_000;
const alertPoints = 20_000;
const secret = `whsec_${Buffer.from('a secret of twenty-four bytes').toString('base64')}`;

const sumByGroup = {
  entityType: 'orders',
  aggregation: { function: 'SUM', field: 'value' },
  timeWindow: { size: 1, unit: 'HOUR' },
  groupBy: ['group'],
};

export const loopCases: readonly LoopCase[] = [
  firstReading('SUM', 'function: SUM, field: "value"'),
  firstReading('DISTINCT', 'function: DISTINCT, field: "value"'),
  firstReading('QUANTILE', 'function: QUANTILE, field: "value", quantile: 0.9'),
  { name: `alerts: ${dashboards * widgets} widgets × ${rules} rules × ${groups} groups`, prepare: prepareAlerts },
  {
    name: `${deliveries} webhooks in the outbox`,
    flags: ['--webhook-private-addresses', '--webhook-secret', secret],
    prepare: prepareWebhooks,
  },
  {
    name: `${cycles} times subscribe and complete on a socket`,
    prepare: async (url) => () => subscribeAndComplete(url),
  },
  { name: 'eight slow CONTAINS parts and a point of 1 MB', prepare: prepareContains },
  { name: `alertPreview over ${points} points`, prepare: preparePreview },
];

function firstReading(name: string, aggregation: string): LoopCase {
  const query = `{ kpi(query: { entityType: "orders", aggregation: { ${aggregation} },
    timeWindow: { size: ${days + 1}, unit: DAY }, groupBy: ["group"] }) { count groups { count } } }`;
  return {
    name: `first reading: ${name}, ${groups} groups, ${points} points`,
    prepare: async (url) => {
      await ingestLines(url, groupedPoints(points, groups, days));
      return async () => {
        const { kpi } = await ask<{ kpi: { count: number; groups: unknown[] } }>(url, query);
        return `${kpi.count} points in ${kpi.groups.length} groups`;
      };
    },
  };
}

/** Rules that nothing reaches, over as many windows as a dashboard has widgets. */
async function prepareAlerts(url: string): Promise<() => Promise<string>> {
  await ingestLines(url, groupedPoints(alertPoints, groups, 1 / 48));
  const alerts = Array.from({ length: rules }, (_, i) => ({ condition: 'ABOVE', threshold: (i + 1) * 1e200 }));
  const widget = (i: number) => ({
    name: 'w',
    type: 'NUMBER',
    alerts,
    query: { ...sumByGroup, filters: [{ field: 'value', op: 'GT', values: [-1 - i] }] },
  });
  return async () => {
    for (let i = 0; i < dashboards; i += 1)
      await create(
        url,
        Array.from({ length: widgets }, (_, at) => widget(at)),
      );
    const end = performance.now() + watchedMs;
    while (performance.now() < end) {
      // Every value is another one at the next evaluation.
      await ingestLines(url, groupedPoints(groups, groups, 1e-6));
      await pause(500);
    }
    return `${dashboards} dashboards made, then all groups changed for ${watchedMs / 1000} s`;
  };
}

/** With its widgets as a variable, for a document of all of them has too many tokens. */
async function create(url: string, all: readonly object[]): Promise<void> {
  const query = `mutation ($input: CreateDashboardInput!) {
    createDashboard(input: $input) { ... on Dashboard { id } ... on UserError { message } } }`;
  const input = { name: 'd', widgets: all };
  const { createDashboard } = await ask<{ createDashboard: { id?: string; message?: string } }>(url, query, { input });
  if (createDashboard.id === undefined) throw new Error(`no dashboard: ${createDashboard.message}`);
}

/** Ten rules that every group meets at once, each with a webhook. */
async function prepareWebhooks(url: string): Promise<() => Promise<string>> {
  let taken = 0;
  const receiver = createServer((request, response) => {
    taken += 1;
    request.resume();
    response.end('thanks');
  });
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const hook = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  const alerts = Array.from({ length: deliveries / groups }, (_, i) => ({
    condition: 'ABOVE',
    threshold: -1 - i,
    webhooks: [hook],
  }));
  await ingestLines(url, groupedPoints(alertPoints, groups, 1 / 48));
  return async () => {
    await create(url, [{ name: 'w', type: 'NUMBER', query: sumByGroup, alerts }]);
    const end = performance.now() + deliveredWithinMs;
    while (taken < deliveries && performance.now() < end) await pause(50);
    receiver.closeAllConnections();
    receiver.close();
    return `${taken} delivered`;
  };
}

async function subscribeAndComplete(url: string): Promise<string> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  await once(socket, 'open');
  socket.send('{"type":"connection_init"}');
  await once(socket, 'message');
  const query = 'subscription { dataUpdates(entityType: "nothing") { cursor } }';
  const over = new Promise<string>((resolve) => {
    socket.on('close', (code) => resolve(`closed with ${code}`));
    socket.on('message', (bytes: Buffer) => {
      if (bytes.includes('"id":"last"')) resolve('all taken');
    });
  });
  for (let i = 0; i < cycles && socket.readyState === WebSocket.OPEN; i += 1) {
    socket.send(JSON.stringify({ id: `s${i}`, type: 'subscribe', payload: { query } }));
    const complete = JSON.stringify({ id: `s${i}`, type: 'complete' });
    if (i % 100 === 99) await new Promise((resolve) => socket.send(complete, resolve));
    else socket.send(complete);
  }
  socket.send(JSON.stringify({ id: 'last', type: 'subscribe', payload: { query: '{ status { version } }' } }));
  const end = await over;
  socket.terminate();
  return end;
}

async function prepareContains(url: string): Promise<() => Promise<string>> {
  const socket = await AttackSocket.open(url);
  void socket?.subscribe('1', containsQuery());
  await pause(1000);
  return async () => {
    await ingestLines(url, [slowPoint()]);
    socket?.leave();
    return 'one point';
  };
}

async function preparePreview(url: string): Promise<() => Promise<string>> {
  await ingestLines(url, groupedPoints(points, groups, days));
  return async () => {
    const answer = await Promise.race([askOrError(url, `{ ${previewField()} }`), pause(previewWithinMs)]);
    return answer === undefined ? `no answer in ${previewWithinMs / 1000} s` : 'answered';
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
