// A store's file with many points in it, made by the store itself without a server: blocks of series side by side.
import { systemClock } from '../../src/base/clock.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { Log } from '../../src/store/store.ts';
import { inBatches, jsonLine, type MadePoint, type Making, makePoints } from './made-points.ts';

const pointsAnAppend = 500;
const appendsInFlight = 8;

/** Each point arrives when it happens, by a clock of its own; or all of them now, as an import does it. */
export type Arrival = 'live' | 'imported';

/** Fills a new file. */
export async function fillStore(file: string, making: Making, arrival: Arrival): Promise<void> {
  let now = Date.now();
  const clock = { ...systemClock, now: () => now };
  const storage = await openSqliteStore({ clock, file, onWarning: (error) => console.error(error) });
  try {
    const underWay: Promise<unknown>[] = [];
    for (const batch of inBatches(makePoints(making), pointsAnAppend)) {
      if (arrival === 'live') now = batch.at(-1)?.time ?? now;
      underWay.push(appendAll(storage.log, batch));
      if (underWay.length >= appendsInFlight) await underWay.shift();
    }
    await Promise.all(underWay);
  } finally {
    await storage.close();
  }
}

function appendAll(log: Log, batch: readonly MadePoint[]): Promise<unknown> {
  const points = batch.map(({ entityType, serviceId, time, data }) => {
    return { entityType, serviceId, timestamp: time, data, metadata: null, key: null };
  });
  const series = Uint32Array.from(batch, ({ entityType, serviceId }) => log.series.numberOf(entityType, serviceId));
  const lines = Buffer.from(batch.map(jsonLine).join('\n'));
  return log.append({ id: null, digest: '', points, series, lines, answer: '' });
}
