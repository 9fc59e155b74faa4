// Healthy clients in a process of their own: they measure how long an update and an answer of /health/live take while others attack.
import http from 'node:http';
import WebSocket from 'ws';

export interface WitnessFigures {
  /** Milliseconds from the sending of a point to its arrival at a subscriber; those still missing count as long as they have waited. */
  readonly updatesMs: readonly number[];
  /** Milliseconds that /health/live took; one that is still awaited counts as long as it has taken so far. */
  readonly liveMs: readonly number[];
  readonly failures: number;
}

export interface WitnessOptions {
  readonly url: string;
  readonly subscribers: number;
  /** Between two points; 0: none are sent. */
  readonly pointEveryMs: number;
  /** Between the answer of /health/live and the next request. */
  readonly liveEveryMs: number;
}

const subscription =
  'subscription { dataUpdates(entityType: "healthy", frequency: EVERY_POINT) { points { data } skipped } }';
const agent = new http.Agent({ keepAlive: true, maxSockets: 60 });
const maxWaitingPoints = 2000;

/** When each point was sent, and how many subscribers have it. */
const sent = new Map<number, { readonly at: number; missing: number }>();
let updatesMs: number[] = [];
let liveMs: number[] = [];
let failures = 0;
let liveSince: number | null = null;
let nextPoint = 1;

function subscribe({ url }: WitnessOptions): Promise<void> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('close', () => {
      failures += 1;
    });
    socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init' })));
    socket.on('message', (bytes) => {
      const { type, payload } = JSON.parse(String(bytes)) as { type: string; payload?: Update };
      if (type === 'ping') socket.send('{"type":"pong"}');
      if (type === 'connection_ack') {
        socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: subscription } }));
        resolve();
      }
      if (type === 'next') take(payload);
    });
  });
}

interface Update {
  readonly data?: { readonly dataUpdates?: { readonly points: readonly { readonly data: { readonly n: number } }[] } };
}

function take(update: Update | undefined): void {
  const now = performance.now();
  for (const { data } of update?.data?.dataUpdates?.points ?? []) {
    const point = sent.get(data.n);
    if (point === undefined) continue;
    updatesMs.push(now - point.at);
    point.missing -= 1;
    if (point.missing === 0) sent.delete(data.n);
  }
}

function sendPoint({ url, subscribers }: WitnessOptions): void {
  if (sent.size >= maxWaitingPoints) return;
  const n = nextPoint;
  nextPoint += 1;
  sent.set(n, { at: performance.now(), missing: subscribers });
  const headers = { 'content-type': 'application/x-ndjson' };
  const request = http.request(`${url}/ingest`, { method: 'POST', agent, headers }, (response) => response.resume());
  request.on('error', () => {
    failures += 1;
  });
  request.end(`${JSON.stringify({ entityType: 'healthy', serviceId: 'w', data: { n } })}\n`);
}

function askLive({ url, liveEveryMs }: WitnessOptions, next: () => void): void {
  liveSince = performance.now();
  const done = () => {
    if (liveSince !== null) liveMs.push(performance.now() - liveSince);
    liveSince = null;
    setTimeout(next, liveEveryMs);
  };
  const request = http.get(`${url}/health/live`, { agent }, (response) => response.resume().on('end', done));
  request.on('error', () => {
    failures += 1;
    done();
  });
}

function figures(): WitnessFigures {
  const now = performance.now();
  for (const { at, missing } of sent.values()) for (let i = 0; i < missing; i += 1) updatesMs.push(now - at);
  if (liveSince !== null) liveMs.push(now - liveSince);
  const found = { updatesMs, liveMs, failures };
  sent.clear();
  [updatesMs, liveMs, failures] = [[], [], 0];
  if (liveSince !== null) liveSince = now;
  return found;
}

async function start(options: WitnessOptions): Promise<void> {
  await Promise.all(Array.from({ length: options.subscribers }, () => subscribe(options)));
  if (options.pointEveryMs > 0) setInterval(() => sendPoint(options), options.pointEveryMs);
  const live = () => askLive(options, live);
  live();
}

process.on('message', (message: WitnessOptions | 'figures') => {
  if (message === 'figures') process.send?.(figures());
  else start(message).then(() => process.send?.('ready'));
});
process.on('SIGTERM', () => process.exit(0));
