// What the package exports: an engine to use in a program of one's own, a server on it, and the schema alone.
import { type Clock, systemClock } from './base/clock.ts';
import { type Logger, silentLogger, withPlainErrors } from './base/logger.ts';
import { type Engine, startEngine } from './engine/engine.ts';
import { engineLimits, maxClockStepMs, serverLimits, version } from './options.ts';
import { createServer as createServerOn, type PulseServer } from './server/create-server.ts';
import { readSettings, type Settings } from './settings/read-settings.ts';
import { openMemoryStore } from './store/memory-store.ts';
import { openSqliteStore } from './store/sqlite/sqlite-store.ts';

export type { Clock } from './base/clock.ts';
export { PulseError } from './base/errors.ts';
export type { Engine } from './engine/engine.ts';
export type { KpiQueryInput } from './engine/kpis.ts';
export { allRights, type Rights, type Viewer } from './engine/viewer.ts';
export { schema } from './schema/schema.ts';
export type { PulseServer } from './server/create-server.ts';
export type { Settings } from './settings/read-settings.ts';

export interface CreateEngineOptions {
  /** The store's file; its folder is made where it is not there. Left out: everything is in memory. */
  readonly file?: string;
  /** Any of the server's settings, by the name of its flag: `{ 'max-groups': 5000 }`. */
  readonly settings?: Partial<Settings>;
  /** Such as one of pino's. Errors reach it as plain data under the key `error`: type, message, stack, code, cause. */
  readonly logger?: Logger;
  readonly clock?: Clock;
}

/** Opens an engine. Errors: those of the store, and BAD_USER_INPUT for a setting. `engine.stop()` closes it. */
export async function createEngine(options: CreateEngineOptions = {}): Promise<Engine> {
  const { file, clock = systemClock } = options;
  const logger = withPlainErrors(options.logger ?? silentLogger);
  const settings = withDefaults(options.settings);
  const onWarning = (error: Error) => logger.warn({ error }, 'the store has something to say');
  const storage =
    file === undefined
      ? openMemoryStore({ clock, maxBytes: settings['max-memory-bytes'], maxClockStepMs: maxClockStepMs(settings) })
      : await openSqliteStore({ clock, maxClockStepMs: maxClockStepMs(settings), file, onWarning });
  try {
    return await startEngine({ storage, clock, logger, version, limits: engineLimits(settings), random: Math.random });
  } catch (error) {
    await storage.close();
    throw error;
  }
}

/** The API over an engine: HTTP, WebSocket and SSE on one port once `listen` is called. `stop()` leaves the engine running. */
export function createServer(options: { readonly engine: Engine; readonly settings?: Partial<Settings> }): PulseServer {
  return createServerOn({ engine: options.engine, limits: serverLimits(withDefaults(options.settings)) });
}

function withDefaults(given: Partial<Settings> = {}): Settings {
  const texts = Object.entries(given).map(([name, value]) => [name, typeof value === 'number' ? String(value) : value]);
  return readSettings(Object.fromEntries(texts), {});
}
