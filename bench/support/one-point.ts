// One point a request on a server that has nothing else to do: what a request costs it, and how long it takes.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Endpoint, HttpClient } from './http-client.ts';
import { cpuMs } from './process-figures.ts';
import { quantile } from './summary.ts';

const everyMs = 5;
const settleMs = 2000;
const idleForMs = 5000;
const connections = 4;

export interface OnePoint {
  readonly requests: number;
  /** CPU of the server's process a request, without what it uses while idle, in milliseconds. */
  readonly cpuMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Sends a body each 5 ms, whether or not the ones before were answered. */
export async function sendOneByOne(pid: number, endpoint: Endpoint, bodies: readonly Buffer[]): Promise<OnePoint> {
  using client = new HttpClient(connections);
  const warmUp = bodies.slice(0, Math.ceil(bodies.length / 5));
  await sendEvenly(client, endpoint, warmUp);
  await sleep(settleMs);
  const idle = await cpuOf(pid, () => sleep(idleForMs));
  const rest = bodies.slice(warmUp.length);
  const times: number[] = [];
  const busy = await cpuOf(pid, async () => {
    times.push(...(await sendEvenly(client, endpoint, rest)));
    // What was put off, such as joining small blocks, counts too.
    await sleep(settleMs);
  });
  const idleMs = (idle.cpu / idle.elapsed) * busy.elapsed;
  return {
    requests: rest.length,
    cpuMs: (busy.cpu - idleMs) / rest.length,
    p50Ms: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
  };
}

async function cpuOf(pid: number, run: () => Promise<unknown>): Promise<{ cpu: number; elapsed: number }> {
  const [cpu, begun] = [cpuMs(pid), performance.now()];
  await run();
  return { cpu: cpuMs(pid) - cpu, elapsed: performance.now() - begun };
}

async function sendEvenly(client: HttpClient, endpoint: Endpoint, bodies: readonly Buffer[]): Promise<number[]> {
  const begun = performance.now();
  const answers: Promise<number>[] = [];
  for (const [i, body] of bodies.entries()) {
    const wait = begun + i * everyMs - performance.now();
    if (wait > 0) await sleep(wait);
    answers.push(timed(() => client.send(endpoint, body)));
  }
  return Promise.all(answers);
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await run();
  return performance.now() - begun;
}
