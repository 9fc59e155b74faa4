// Figures of a server in a process of its own, as they are seen from outside.
import { readFileSync } from 'node:fs';
import type { ServerProcess } from './start-server.ts';

/** Resident memory in megabytes. */
export function residentMegabytes({ child }: ServerProcess): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

/** The highest resident memory until `stop` is called, looked at often. */
export function watchMemory(server: ServerProcess): { stop(): number } {
  let peak = residentMegabytes(server);
  const look = () => {
    peak = Math.max(peak, residentMegabytes(server));
  };
  const timer = setInterval(look, 20);
  return {
    stop() {
      clearInterval(timer);
      look();
      return peak;
    },
  };
}

/** A figure of /metrics. */
export async function metric({ url }: ServerProcess, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const value = new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1];
  if (value === undefined) throw new Error(`/metrics has no ${name}`);
  return Number(value);
}
