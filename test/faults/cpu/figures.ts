// What must hold of the server's CPU: little for what is refused, nothing for a client that has left, and no long hold of the event loop.
import { atMost, type Finding } from '../support/attack.ts';
import { type AttackedServer, pause } from '../support/attacked-server.ts';
import type { Witness } from '../support/witness.ts';

const idleSamples = 4;
const afterLeavingMs = 1000;
const watchedSamples = 2;
const maxShareAboveIdle = 5;
const maxRefusedMs = 1000;
const maxHoldMs = 50;

/** CPU milliseconds in a second of the server with nothing to do but the healthy clients. */
export async function idleRate(server: AttackedServer): Promise<number> {
  return await lowestRate(server, idleSamples);
}

/** CPU of the server while something runs, without what it would have used at rest. */
export async function cpuOf<T>(server: AttackedServer, idle: number, run: () => Promise<T>): Promise<[T, number]> {
  const [begin, cpu] = [performance.now(), server.cpuMs()];
  const result = await run();
  const seconds = (performance.now() - begin) / 1000;
  return [result, Math.max(0, Math.round(server.cpuMs() - cpu - idle * seconds))];
}

export function refusedCheaply(what: string, spentMs: number): Finding {
  return atMost(`CPU for ${what}`, spentMs, maxRefusedMs, 'ms');
}

/** Called when the client has just left: whether the server still works a second later. */
export async function idleAfterLeaving(server: AttackedServer, idle: number): Promise<Finding[]> {
  const before = server.cpuMs();
  await pause(afterLeavingMs);
  const inFirstSecond = server.cpuMs() - before;
  const above = ((await lowestRate(server, watchedSamples)) - idle) / 10;
  const what = `CPU from 1 s to 3 s after the client has left (${inFirstSecond} ms in the first second), above idle`;
  const finding = atMost(what, Math.max(0, Math.round(above)), maxShareAboveIdle, '% of a core');
  return [{ ...finding, isWallTime: true }];
}

/** Waits until the server is at rest again, for the next case to begin with. */
export async function untilIdle(server: AttackedServer, idle: number, maxMs = 120_000): Promise<void> {
  const end = performance.now() + maxMs;
  while (server.ended === null && performance.now() < end) {
    if ((await rateOver(server, 1000)) <= idle + maxShareAboveIdle * 10) return;
  }
}

/** The longest that /health/live took since the witness was last asked, which shows how long the event loop was held. */
export async function longestHold(what: string, witness: Witness): Promise<Finding> {
  const { liveMs } = await witness.figures();
  const finding = atMost(`longest wait for /health/live, ${what}`, Math.max(...liveMs), maxHoldMs, 'ms');
  return { ...finding, isWallTime: true };
}

/** The lowest of some seconds: what runs on is in each of them, background work of the server is not. */
async function lowestRate(server: AttackedServer, samples: number): Promise<number> {
  let lowest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < samples; i += 1) lowest = Math.min(lowest, await rateOver(server, 1000));
  return lowest;
}

async function rateOver(server: AttackedServer, ms: number): Promise<number> {
  const [begin, cpu] = [performance.now(), server.cpuMs()];
  await pause(ms);
  return (server.cpuMs() - cpu) / ((performance.now() - begin) / 1000);
}
