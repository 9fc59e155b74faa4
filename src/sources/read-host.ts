// One reading of this machine. CPU, load and disk come from Node itself: systeminformation starts a process for each of
// them and waits for it on our thread (20 to 30 ms, measured); it reads what Node has not, memory in use and the network.
import { statfs } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { type ELDHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import systeminformation from 'systeminformation';
import type { Json, JsonObject } from '../base/json.ts';

export interface HostReader {
  /** What is known since the reading before; what the machine does not say is left out. */
  read(): Promise<JsonObject>;
  close(): void;
}

interface CpuTimes {
  readonly busy: number;
  readonly total: number;
}

const delayResolutionMs = 10;
/** The folder whose disk is read: the one the process runs in. */
const diskPath = '.';

export function openHostReader(): HostReader {
  const delays = monitorEventLoopDelay({ resolution: delayResolutionMs });
  delays.enable();
  let before: CpuTimes | undefined;
  let networkInterface: Promise<string> | undefined;
  return {
    async read() {
      const times = cpuTimes();
      const cpu = before && cpuLoad(before, times);
      before = times;
      const eventLoop = readDelays(delays);
      networkInterface ??= systeminformation.networkInterfaceDefault();
      const [memory, disk, network] = await Promise.all([
        readMemory(),
        readDisk(),
        readNetwork(await networkInterface),
      ]);
      return known({ cpu, memory, load: readLoad(), disk, network, eventLoop }) ?? {};
    },
    close: () => {
      delays.disable();
    },
  };
}

function cpuTimes(): CpuTimes {
  let busy = 0;
  let total = 0;
  for (const { times } of cpus()) {
    const all = times.user + times.nice + times.sys + times.irq + times.idle;
    busy += all - times.idle;
    total += all;
  }
  return { busy, total };
}

function cpuLoad(before: CpuTimes, after: CpuTimes): JsonObject | undefined {
  return known({ percent: percent(after.busy - before.busy, after.total - before.total) });
}

async function readMemory(): Promise<JsonObject | undefined> {
  const { active, total } = await systeminformation.mem();
  return known({ usedBytes: active, percent: percent(active, total) });
}

function readLoad(): JsonObject | undefined {
  // Windows has no load and says zero to all three.
  const [one = 0, five = 0, fifteen = 0] = loadavg();
  return process.platform === 'win32' ? undefined : known({ one, five, fifteen });
}

async function readDisk(): Promise<JsonObject | undefined> {
  const { bsize, blocks, bfree, bavail } = await statfs(diskPath);
  const usedBytes = (blocks - bfree) * bsize;
  // As df has it: of what can be had without being root.
  return known({ usedBytes, percent: percent(usedBytes, usedBytes + bavail * bsize) });
}

async function readNetwork(networkInterface: string): Promise<JsonObject | undefined> {
  if (networkInterface === '') return undefined;
  const [stats] = await systeminformation.networkStats(networkInterface);
  return known({ receivedBytesPerSecond: stats?.rx_sec, sentBytesPerSecond: stats?.tx_sec });
}

function readDelays(delays: ELDHistogram): JsonObject | undefined {
  if (delays.count === 0) return undefined;
  // It measures from timer to timer, the wait that was asked for included.
  const [p99Ms, maxMs] = [delays.percentile(99), delays.max].map((ns) => Math.max(0, ns / 1e6 - delayResolutionMs));
  delays.reset();
  return known({ p99Ms, maxMs });
}

function percent(part: number, whole: number): number {
  return (100 * part) / whole;
}

/** The fields that have a value, numbers rounded to hundredths; undefined where none has. */
function known(fields: Record<string, Json | undefined>): JsonObject | undefined {
  const kept: [string, Json][] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined || value === null) continue;
    if (typeof value !== 'number') kept.push([name, value]);
    else if (Number.isFinite(value)) kept.push([name, Math.round(value * 100) / 100]);
  }
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}
