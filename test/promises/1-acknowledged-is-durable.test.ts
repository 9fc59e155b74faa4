// Promise 1: an acknowledged point is durable. A server process is killed while points are being acknowledged, again and
// again on one file. PULSEQL_KILLS sets how often, PULSEQL_POINTS how many points a round has at least (2,000; 10,000 where
// the number of kills is set).
import { expect, test } from 'vitest';
import type { PointInput } from '../../src/points/point.ts';
import { ask, ndjson, post, query, type ReadPoint, readAll } from '../support/graphql.ts';
import { repeats } from '../support/repeats.ts';
import { report } from '../support/report.ts';
import { startServer, startServerProcess } from '../support/start-server.ts';
import { tempFolder } from '../support/temp-folder.ts';

const kills = process.env['PULSEQL_KILLS'];
const rounds = repeats({ quick: 2, long: 4, variable: 'PULSEQL_KILLS' });
const pointsPerRound = Number(process.env['PULSEQL_POINTS'] ?? (kills === undefined ? 2000 : 10_000));
const mostPointsPerBatch = 120;
const mostBatchesAfter = 20;

interface Batch {
  readonly id: string;
  readonly lane: Lane;
  readonly points: readonly PointInput[];
}

interface Answered {
  readonly accepted: number;
  readonly duplicates: number;
  readonly cursor: string | null;
}

/** One connection with its way of sending; null: the server is gone. */
interface Lane {
  readonly name: string;
  send(url: string, batch: Batch): Promise<Answered | null>;
}

const mutation = `mutation ($points: [DataPointInput!]!, $batchId: String) {
  ingest(points: $points, batchId: $batchId) { accepted duplicates cursor }
}`;

const gone = () => null;
const byHttp = async (url: string, { id, points }: Batch) =>
  (await post(url, ndjson(points), { 'idempotency-key': id }).catch(gone))?.answer ?? null;
const byMutation = async (url: string, { id, points }: Batch) =>
  (await ask<{ ingest: Answered }>(url, mutation, { points, batchId: id }).catch(gone))?.data.ingest ?? null;

const lanes: readonly Lane[] = [
  { name: 'http-1', send: byHttp },
  { name: 'http-2', send: byHttp },
  { name: 'http-3', send: byHttp },
  { name: 'mutation', send: byMutation },
];

class Producer {
  /** By batch id, with the cursor that acknowledged it. */
  readonly acknowledged = new Map<string, { readonly batch: Batch; readonly cursor: string | null }>();
  /** Sent when the server died: whether they were taken is not known. */
  unanswered: Batch[] = [];
  acknowledgedPoints = 0;
  #batches = 0;

  /** Sends over all lanes until the server is gone, which `killAt` points on it is told to be. */
  async sendUntilGone(url: string, killAt: number, kill: () => void): Promise<void> {
    const end = this.acknowledgedPoints + killAt;
    let isKilled = false;
    const sendOn = async (lane: Lane) => {
      for (;;) {
        const batch = this.#next(lane);
        const answer = await lane.send(url, batch);
        if (answer === null) {
          this.unanswered.push(batch);
          return;
        }
        this.#note(batch, answer);
        if (this.acknowledgedPoints < end || isKilled) continue;
        isKilled = true;
        kill();
      }
    };
    await Promise.all(lanes.map(sendOn));
  }

  /** Sends a batch again; it must be answered as if nothing had happened. */
  async repeat(url: string, batch: Batch): Promise<void> {
    const answer = await batch.lane.send(url, batch);
    if (answer === null) throw new Error('the server is gone');
    const before = this.acknowledged.get(batch.id);
    if (before === undefined) this.#note(batch, answer);
    else expect(answer).toMatchObject({ accepted: batch.points.length, duplicates: 0, cursor: before.cursor });
  }

  newestOfEachLane(): Batch[] {
    const newest = new Map([...this.acknowledged.values()].map(({ batch }) => [batch.lane, batch]));
    return [...newest.values()];
  }

  #next(lane: Lane): Batch {
    this.#batches += 1;
    const id = `batch-${this.#batches}`;
    const count = 1 + Math.floor(Math.random() * mostPointsPerBatch);
    const points = Array.from({ length: count }, (_, i) => ({
      entityType: 'orders',
      serviceId: lane.name,
      data: { batch: id, i, count },
    }));
    return { id, lane, points };
  }

  #note(batch: Batch, answer: Answered): void {
    expect(answer).toMatchObject({ accepted: batch.points.length, duplicates: 0 });
    this.acknowledged.set(batch.id, { batch, cursor: answer.cursor });
    this.acknowledgedPoints += batch.points.length;
  }
}

/** The points of each batch; an error where one is there twice, in part, or out of order. */
function wholeBatches(points: readonly ReadPoint[]): Map<string, readonly ReadPoint[]> {
  const batches = new Map<string, ReadPoint[]>();
  for (const point of points) {
    const id = String(point.data['batch']);
    const before = batches.get(id) ?? [];
    batches.set(id, before);
    if (point.data['i'] !== before.length)
      throw new Error(`${id}: ${point.data['i']} comes after ${before.length} points`);
    before.push(point);
  }
  for (const [id, found] of batches) {
    if (found.length !== found[0]?.data['count']) throw new Error(`${id} has ${found.length} points only`);
  }
  return batches;
}

test(
  'after kill -9 at a random moment every acknowledged point is there exactly once, and cursors go on',
  async () => {
    const folder = tempFolder();
    const producer = new Producer();
    let lastCursor: string | null = null;
    let server = await startServerProcess({ folder: folder.path });
    for (let round = 0; round < rounds; round += 1) {
      const known = new Set(producer.acknowledged.keys());
      const { child, kill } = server;
      const killAt = pointsPerRound + Math.floor(Math.random() * mostBatchesAfter * mostPointsPerBatch);
      await producer.sendUntilGone(server.url, killAt, () => child.kill('SIGKILL'));
      expect(await kill('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
      server = await startServerProcess({ folder: folder.path });

      // What came since the last round, found by a cursor that was given before the kill.
      const stored = await readAll(server.url, 'orders', lastCursor);
      const batches = wholeBatches(stored);
      for (const [id, { cursor }] of producer.acknowledged) {
        if (known.has(id)) expect(batches.has(id)).toBe(false);
        else expect(batches.get(id)?.at(-1)?.cursor).toBe(cursor);
      }
      // Nobody's batch is there but the acknowledged ones and those that were on their way.
      const onTheirWay = new Set(producer.unanswered.map(({ id }) => id));
      for (const id of batches.keys()) expect(producer.acknowledged.has(id) || onTheirWay.has(id)).toBe(true);

      // Both are sent again: what was on its way is taken once whatever became of it, what was acknowledged stays as it was.
      for (const batch of producer.unanswered.splice(0)) await producer.repeat(server.url, batch);
      for (const batch of producer.newestOfEachLane()) await producer.repeat(server.url, batch);
      lastCursor = (await readAll(server.url, 'orders', lastCursor)).at(-1)?.cursor ?? lastCursor;
    }
    const all = await readAll(server.url, 'orders');
    expect([...wholeBatches(all).keys()].sort()).toEqual([...producer.acknowledged.keys()].sort());
    expect(all).toHaveLength(producer.acknowledgedPoints);
    report(`${rounds} kills, ${producer.acknowledgedPoints} points acknowledged, all there once`);
    expect(await server.stop()).toEqual({ code: 0, signal: null });
    folder.remove();
  },
  60_000 + rounds * 30_000,
);

test('the same batch id sent twice counts once, over /ingest and over GraphQL, also after a restart', async () => {
  const folder = tempFolder();
  const points = [{ entityType: 'orders', serviceId: 'web', data: { n: 1 } }];
  const headers = { 'idempotency-key': 'a' };
  const send = async (url: string) => [
    await query(url, mutation, { points, batchId: 'b' }),
    await post(url, `${ndjson(points)}\nbad`, headers),
  ];
  const server = await startServer({ data: folder.path });
  const first = await send(server.url);
  expect(await send(server.url)).toEqual(first);
  await server.stop();
  const again = await startServer({ data: folder.path });
  expect(await send(again.url)).toEqual(first);
  expect(await readAll(again.url, 'orders')).toHaveLength(2);
  await again.stop();
  folder.remove();
});
