// An engine on a clock that a test moves, over a store in memory or in a file.
import { type Engine, startEngine } from '../../src/engine/engine.ts';
import type { EngineLimits } from '../../src/engine/engine-limits.ts';
import { allRights, type Rights, type Viewer } from '../../src/engine/viewer.ts';
import { engineLimits } from '../../src/options.ts';
import type { PointInput, StoredPoint } from '../../src/points/point.ts';
import { readSettings } from '../../src/settings/read-settings.ts';
import { openMemoryStore } from '../../src/store/memory-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { Storage } from '../../src/store/store.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { CollectingLogger } from './collecting-logger.ts';

export const ann: Viewer = { id: 'ann', rights: allRights };

export function viewer(rights: Partial<Rights>): Viewer {
  return { id: 'bob', rights: { ...allRights, ...rights } };
}

export interface EngineWorld {
  readonly engine: Engine;
  readonly clock: FakeClock;
  readonly storage: Storage;
  readonly logger: CollectingLogger;
  /** All points that were committed since the start. */
  readonly points: StoredPoint[];
  send(points: readonly PointInput[]): Promise<void>;
}

/** `file`: of the store; without it all is in memory. */
export async function startWorld(
  asked: Partial<EngineLimits> = {},
  options: { readonly file?: string; readonly clock?: FakeClock; readonly storage?: Storage } = {},
): Promise<EngineWorld> {
  const { file, clock = new FakeClock() } = options;
  const storage = options.storage ?? (await openStorage(clock, file));
  const logger = new CollectingLogger();
  const points: StoredPoint[] = [];
  storage.log.onBlock((block) => points.push(...block.points));
  const limits = { ...engineLimits(readSettings({}, {})), ...asked };
  const engine = await startEngine({ storage, clock, logger, version: '1.2.3', limits, random: () => 0.5 });
  const send = async (sent: readonly PointInput[]) => {
    await engine.ingest(ann, sent, null);
    await clock.advance(0);
  };
  return { engine, clock, storage, logger, points, send };
}

function openStorage(clock: FakeClock, file: string | undefined): Promise<Storage> | Storage {
  if (file === undefined) return openMemoryStore({ clock, maxBytes: 1e9 });
  const onWarning = (error: Error) => {
    throw error;
  };
  return openSqliteStore({ clock, file, onWarning });
}
