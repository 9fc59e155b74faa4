// The doors beside the API: health, metrics, the page to try it out, and what is said to those who knock elsewhere.
import { describe, expect, test } from 'vitest';
import { somePoint, somePoints } from '../support/batches.ts';
import { ingest, post, query, watchWs } from '../support/graphql.ts';
import { waitUntil } from '../support/inbox.ts';
import { startServer } from '../support/start-server.ts';

/** Samples of the Prometheus text format by name and labels. Throws at a line that is none. */
function readMetrics(text: string) {
  const types = new Map<string, string>();
  const values = new Map<string, number>();
  for (const line of text.split('\n')) {
    const type = /^# TYPE (\w+) (counter|gauge|histogram|summary)$/.exec(line);
    const sample = /^(\w+)(\{[^}]*\})? (-?[\d.e+-]+|NaN|Nan|\+Inf)$/.exec(line);
    if (type !== null) types.set(type[1] ?? '', type[2] ?? '');
    else if (sample !== null) values.set(`${sample[1]}${sample[2] ?? ''}`, Number(sample[3]));
    else if (line !== '' && !/^# HELP \w+ \S/.test(line)) throw new Error(`not of the format: ${line}`);
  }
  return { types, values };
}

const scrape = async (url: string) => readMetrics(await (await fetch(`${url}/metrics`)).text());

describe('health', () => {
  test('is live and ready while the server takes points', async () => {
    const { url } = await startServer();
    for (const path of ['/health/live', '/health/ready']) {
      const response = await fetch(url + path);
      expect([response.status, await response.json()]).toEqual([200, { status: 'ok' }]);
    }
  });

  test('is live but not ready once the engine stops', async () => {
    const { url, engine } = await startServer();
    await engine.stop();
    const ready = await fetch(`${url}/health/ready`);
    expect([ready.status, await ready.json()]).toEqual([
      503,
      { status: 'not ready', code: 'STOPPED', reason: 'the engine is stopping' },
    ]);
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    const { status, answer } = await post(url, JSON.stringify(somePoint()));
    expect([status, answer.error?.code]).toEqual([503, 'STOPPED']);
  });
});

describe('metrics', () => {
  test('are Prometheus text whose every figure has a type', async () => {
    const { url } = await startServer();
    const response = await fetch(`${url}/metrics`);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    const { types, values } = readMetrics(await response.text());
    const typed = (name: string) =>
      types.has(name.replace(/\{.*|_(bucket|sum|count)(\{.*)?$/g, '')) || types.has(name.replace(/\{.*/, ''));
    expect([...values.keys()].filter((name) => !typed(name))).toEqual([]);
    expect(types.get('pulseql_points_processed_total')).toBe('counter');
    expect(types.get('pulseql_connections')).toBe('gauge');
    expect(values.get('process_resident_memory_bytes')).toBeGreaterThan(1_000_000);
  });

  test('move with what happens', async () => {
    const server = await startServer();
    const { url } = server;
    const before = await scrape(url);
    expect(before.values.get('pulseql_points_processed_total')).toBe(0);
    const watch = watchWs(url, 'subscription { dataUpdates(entityType: "orders", frequency: EVERY_POINT) { cursor } }');
    await server.subscriptions(1);
    await ingest(url, [...somePoints(5), { ...somePoint(5), key: 'a' }, { ...somePoint(5), key: 'a' }]);
    await ingest(url, [{ ...somePoint(6), timestamp: '2020-01-01T00:00:00Z' }]);
    await post(url, 'bad\nworse');
    await query(url, 'mutation { createDashboard(input: { name: "D", widgets: [] }) { __typename } }');
    await watch.next();
    const { values } = await scrape(url);
    expect(Object.fromEntries([...values].filter(([name]) => name.startsWith('pulseql_')))).toMatchObject({
      pulseql_points_processed_total: 7,
      pulseql_points_rejected_total: 2,
      pulseql_points_duplicate_total: 1,
      pulseql_points_late_total: 1,
      pulseql_connections: 1,
      pulseql_subscriptions: 1,
      pulseql_dashboards: 1,
      pulseql_series: 1,
    });
    expect(values.get('pulseql_updates_delivered_total')).toBeGreaterThanOrEqual(1);
    expect(values.get('pulseql_error_rate')).toBeCloseTo(2 / 9);
    await watch.leave();
    await waitUntil('the connection to be gone', () => server.engine.status().connections === 0);
    const after = await scrape(url);
    expect([after.values.get('pulseql_connections'), after.values.get('pulseql_subscriptions')]).toEqual([0, 0]);
    // Counters never go back.
    for (const [name, type] of after.types) {
      if (type === 'counter') expect(after.values.get(name) ?? 0).toBeGreaterThanOrEqual(values.get(name) ?? 0);
    }
  });
});

describe('the page to try the API out', () => {
  test('is served to a browser and fetches nothing from another machine', async () => {
    const { url } = await startServer();
    const response = await fetch(`${url}/graphql`, { headers: { accept: 'text/html,application/xhtml+xml' } });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^text\/html/);
    const html = await response.text();
    // What stands inside of a script is text of a program, not a tag.
    const tags = html.replaceAll(/(<script\b[^>]*>)[\s\S]*?<\/script>/gi, '$1');
    const addresses = tags.matchAll(
      /<(?:script|link|img|iframe|source)\b[^>]*?\b(?:src|href)\s*=\s*["']?([^"'\s>]+)/gi,
    );
    const fetched = [...addresses].map(([, address = '']) => address);
    expect(fetched.filter((address) => !address.startsWith('data:') && !address.startsWith('/'))).toEqual([]);
    expect(html).not.toMatch(/@import\s|url\(\s*["']?(?:https?:)?\/\//i);
    expect(html).not.toMatch(/\bimport\s*\(?\s*["'](?:https?:)?\/\//);
    expect(html).toContain('PulseQL');
  });

  test('is where the root leads', async () => {
    const { url } = await startServer();
    const response = await fetch(`${url}/`, { redirect: 'manual', headers: { accept: 'text/html' } });
    expect([response.status, response.headers.get('location')]).toEqual([302, '/graphql']);
  });
});

test('an unknown path is 404 and lists those that there are', async () => {
  const { url } = await startServer();
  const response = await fetch(`${url}/graphq?query=1`);
  expect(response.status).toBe(404);
  expect(await response.json()).toEqual({
    error: {
      code: 'NOT_FOUND',
      message:
        'there is nothing at /graphq; paths are /, /graphql, /graphql/stream, /ingest, /health/live, /health/ready, /metrics',
    },
  });
});

test('a body to /graphql may come in pieces whose sum nobody has told', async () => {
  const { url } = await startServer();
  expect(await sendInPieces(url, ['{"query":"{ sta', 'tus { version } }"}'])).toMatchObject({ status: 200 });
  const tooLong = await sendInPieces(
    url,
    Array.from({ length: 20 }, () => ' '.repeat(100_000)),
  );
  expect(tooLong).toMatchObject({ status: 413, body: { errors: [{ extensions: { code: 'LIMIT_EXCEEDED' } }] } });
});

async function sendInPieces(url: string, pieces: readonly string[]) {
  const body = new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(Buffer.from(piece));
      controller.close();
    },
  });
  const headers = { 'content-type': 'application/json' };
  const init: RequestInit & { duplex: 'half' } = { method: 'POST', headers, body, duplex: 'half' };
  const response = await fetch(`${url}/graphql`, init);
  return { status: response.status, body: await response.json() };
}
