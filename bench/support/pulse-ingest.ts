// The doors of PulseQL as contestants: POST /ingest with lines or with an array, and the mutation.
import type { Contestant } from './contestant.ts';
import { type Endpoint, HttpClient } from './http-client.ts';
import { temporaryFolder } from './leftovers.ts';
import { entityTypes, jsonLine, type MadePoint } from './made-points.ts';
import { ask, type PulseServerOptions, startPulseServer } from './pulse-server.ts';

export interface Door {
  readonly name: string;
  readonly path: string;
  readonly contentType: string;
  body(batch: readonly MadePoint[]): Buffer;
}

export const ndjsonDoor: Door = {
  name: 'POST /ingest, NDJSON',
  path: '/ingest',
  contentType: 'application/x-ndjson',
  body: (batch) => Buffer.from(`${batch.map(jsonLine).join('\n')}\n`),
};

export const arrayDoor: Door = {
  name: 'POST /ingest, JSON array',
  path: '/ingest',
  contentType: 'application/json',
  body: (batch) => Buffer.from(`[${batch.map(jsonLine).join(',')}]`),
};

const mutation = 'mutation ($points: [DataPointInput!]!) { ingest(points: $points) { accepted cursor } }';

export const mutationDoor: Door = {
  name: 'Mutation.ingest',
  path: '/graphql',
  contentType: 'application/json',
  body: (batch) =>
    Buffer.from(`{"query":${JSON.stringify(mutation)},"variables":{"points":[${batch.map(jsonLine).join(',')}]}}`),
};

export function pulseThrough(door: Door, options: Omit<PulseServerOptions, 'data'>): Contestant {
  return {
    name: door.name,
    async start({ connections, warmUp, measured }) {
      const folder = temporaryFolder();
      const server = await startPulseServer({ ...options, data: folder.path });
      const bodies = { warmUp: warmUp.map(door.body), measured: measured.map(door.body) };
      const client = new HttpClient(connections);
      return {
        pid: server.pid,
        run: (part) => client.sendAll(endpointOf(door, server.url), bodies[part]),
        count: () => countStored(server.url),
        [Symbol.asyncDispose]: async () => {
          client[Symbol.dispose]();
          await server[Symbol.asyncDispose]();
          folder[Symbol.dispose]();
        },
      };
    },
  };
}

export function endpointOf({ path, contentType }: Door, url: string): Endpoint {
  const faultOf = (status: number, answer: string) =>
    status === 200 && !answer.includes('"errors"') ? undefined : 'not all was taken';
  return { url: `${url}${path}`, contentType, faultOf };
}

const countQuery = `query ($from: DateTime!) {
  status { performance { processedEvents } }
  ${entityTypes.map((name) => `${name}: ${countOf(name)}`).join('\n  ')}
}`;

function countOf(entityType: string): string {
  const query = `{ entityType: "${entityType}", timeWindow: { size: 1, unit: DAY }, aggregation: { function: COUNT } }`;
  return `kpiHistory(query: ${query}, from: $from, step: { size: 1, unit: DAY }) { count }`;
}

/** What is in the log, counted out of it; an error where the status says something else. */
async function countStored(url: string): Promise<number> {
  const from = new Date(Date.now() - 300 * 86_400_000).toISOString();
  const { status, ...counts } = await ask<CountAnswer>(url, countQuery, { from });
  const stored = Object.values(counts as Record<string, { count: number }[]>)
    .flat()
    .reduce((sum, { count }) => sum + count, 0);
  const { processedEvents } = status.performance;
  if (processedEvents !== stored) throw new Error(`the status says ${processedEvents} points, the log has ${stored}`);
  return stored;
}

interface CountAnswer {
  readonly status: { readonly performance: { readonly processedEvents: number } };
}
