// Opens everything in order (store, engine, server, sources) and gives back one stop() that closes it in reverse.
import path from 'node:path';
import { type Clock, systemClock, withNow } from './base/clock.ts';
import type { Logger } from './base/logger.ts';
import { endDemoSource, startDemoSource } from './demo-source.ts';
import { type Engine, startEngine } from './engine/engine.ts';
import { engineLimits, maxClockStepMs, serverLimits, version } from './options.ts';
import { createServer } from './server/create-server.ts';
import type { Settings } from './settings/read-settings.ts';
import type { Sink, Source } from './sources/sink.ts';
import { openMemoryStore } from './store/memory-store.ts';
import { openSqliteStore } from './store/sqlite/sqlite-store.ts';
import type { Storage } from './store/store.ts';

export interface Running {
  readonly url: string;
  readonly engine: Engine;
  /** What a person should know, a sentence each. */
  readonly notes: readonly string[];
  stop(): Promise<void>;
}

/** Serves until stop(). Errors: those of the store, and of listening; nothing is left open then. */
export async function serve(settings: Settings, logger: Logger, clock: Clock = systemClock): Promise<Running> {
  const storage = await openStorage(settings, logger, clock);
  const engine = await openEngine(storage, settings, logger, clock);
  const server = createServer({ engine, limits: serverLimits(settings) });
  let source: Source | undefined;
  const stop = async () => {
    await source?.stop();
    const stopped = server.stop();
    // Ends every subscription, so that streams of SSE finish and the server can.
    await engine.stop();
    await stopped;
  };
  try {
    // Before anybody can send: what a source fills in comes first.
    const started = await startSource(settings, engine, logger, clock);
    source = started.source;
    const url = await server.listen(settings.port, settings.host);
    return { url, engine, notes: started.notes, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function openStorage(settings: Settings, logger: Logger, clock: Clock): Promise<Storage> {
  const steps = { clock, maxClockStepMs: maxClockStepMs(settings) };
  if (settings.memory) return openMemoryStore({ ...steps, maxBytes: settings['max-memory-bytes'] });
  const file = path.join(settings.data, 'pulseql.db');
  return openSqliteStore({
    ...steps,
    file,
    onWarning: (error) => logger.warn({ error }, 'the store has something to say'),
  });
}

async function openEngine(storage: Storage, settings: Settings, logger: Logger, clock: Clock): Promise<Engine> {
  try {
    return await startEngine({ storage, clock, logger, version, limits: engineLimits(settings), random: Math.random });
  } catch (error) {
    await storage.close();
    throw error;
  }
}

async function startSource({ source }: Settings, engine: Engine, logger: Logger, machine: Clock) {
  // Its points are of the time that windows go by, also where the wall clock is wrong.
  const clock = withNow(machine, () => engine.now());
  const sink: Sink = { send: (points) => engine.ingestOwn(points) };
  const onError = (error: unknown) => logger.warn({ error }, 'a point of the source was not taken');
  let running: Source | undefined;
  const notes: string[] = [];
  if (source === 'host') {
    // Loading it takes a while, which those who do not ask for it need not wait.
    const { startHostMetrics } = await import('./sources/host-metrics.ts');
    running = startHostMetrics({ sink, clock, onError });
    notes.push("this machine's own figures come in as entity type host, every 2 seconds");
  }
  if (source !== 'demo') await endDemoSource(engine);
  else {
    const demo = await startDemoSource(engine, { sink, clock, onError });
    running = demo?.source;
    if (demo !== undefined) notes.push(...demo.notes);
  }
  return { source: running, notes };
}
