// Old points as if they came now: the first at once, the others at their old distances divided by the speed.
import { type Clock, sleep } from '../base/clock.ts';
import { badUserInput } from '../base/errors.ts';
import type { PointInput } from '../points/point.ts';
import { readTimestamp } from '../points/timestamp.ts';
import type { Sink } from './sink.ts';

export interface ReplayOptions {
  readonly sink: Sink;
  readonly clock: Clock;
  /** 60: an hour in a minute. */
  readonly speed: number;
  /** Ends it early: it then gives the count so far. */
  readonly signal?: AbortSignal | undefined;
}

interface Due {
  readonly point: PointInput;
  /** Milliseconds since the replay began. */
  readonly at: number;
}

// What is due within the same slot goes out together, at the slot's last point.
const slotMs = 100;
const maxBatch = 500;

/**
 * Sends the points at their new times and gives their count; a failed send ends it. A point without a readable timestamp
 * goes with the one before it, as it is. Keys are left out: what is replayed is another event than what was recorded.
 */
export async function replayPoints(points: AsyncIterable<PointInput>, options: ReplayOptions): Promise<number> {
  const { sink, clock, speed, signal } = options;
  if (!(speed > 0 && Number.isFinite(speed))) throw badUserInput(`a speed is a number above 0, not ${speed}`);
  const start = clock.now();
  const startMonotonic = clock.monotonic();
  let sent = 0;
  try {
    for await (const batch of inSlots(moved(points, start, speed))) {
      const delayMs = (batch.at(-1)?.at ?? 0) - (clock.monotonic() - startMonotonic);
      if (delayMs > 0) await sleep(clock, delayMs, signal);
      signal?.throwIfAborted();
      await sink.send(batch.map(({ point }) => point));
      sent += batch.length;
    }
  } catch (error) {
    if (!signal?.aborted || error !== signal.reason) throw error;
  }
  return sent;
}

async function* moved(points: AsyncIterable<PointInput>, start: number, speed: number): AsyncGenerator<Due> {
  let first: number | undefined;
  let latest = 0;
  for await (const { key: _, ...point } of points) {
    const time = point.timestamp ? readTimestamp(point.timestamp) : Number.NaN;
    if (Number.isNaN(time)) {
      yield { point, at: latest };
      continue;
    }
    first ??= time;
    const at = Math.round((time - first) / speed);
    // One that is older than the point before it keeps its distance, but cannot wait for a time that has passed.
    latest = Math.max(latest, at);
    yield { point: { ...point, timestamp: new Date(start + at).toISOString() }, at: latest };
  }
}

async function* inSlots(dues: AsyncIterable<Due>): AsyncGenerator<Due[]> {
  let batch: Due[] = [];
  for await (const due of dues) {
    const [first] = batch;
    if (first !== undefined && (batch.length === maxBatch || due.at >= first.at + slotMs)) {
      yield batch;
      batch = [];
    }
    batch.push(due);
  }
  if (batch.length > 0) yield batch;
}
