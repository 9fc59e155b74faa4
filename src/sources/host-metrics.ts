// This machine as a source: one point each two seconds, of the entity type `host` and the machine's own name.
import { hostname } from 'node:os';
import { type HostReader, openHostReader } from './read-host.ts';
import type { Source, SourceOptions } from './sink.ts';
import { startTicks } from './ticks.ts';

const intervalMs = 2_000;

/** Measures until it is stopped. */
export function startHostMetrics(options: SourceOptions, reader: HostReader = openHostReader()): Source {
  const { sink, clock, onError } = options;
  const serviceId = hostname();
  const ticks = startTicks({ clock, intervalMs, onError }, async () => {
    const data = await reader.read();
    await sink.send([{ entityType: 'host', serviceId, timestamp: new Date(clock.now()).toISOString(), data }]);
  });
  return {
    async stop() {
      await ticks.stop();
      reader.close();
    },
  };
}
