// Preloaded into a server: says, when asked, how long its event loop was held at most and what its main thread has used of the CPU.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

export interface LoopHold {
  readonly longestMs: number;
  readonly mainThreadMs: number;
}

const resolutionMs = 1;
// A hold is only seen by the timer that comes after it.
const answerAfterMs = 20;

if (isMainThread && process.send !== undefined) {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  let usedBefore = usedMs();
  process.on('message', (message) => {
    if (message === 'reset') {
      delay.reset();
      usedBefore = usedMs();
    }
    if (message === 'hold') setTimeout(() => process.send?.(held(usedBefore, delay.max)), answerAfterMs);
  });
  // The server decides by itself when it ends.
  process.channel?.unref();
}

function held(usedBefore: number, maxNanoseconds: number): LoopHold {
  return { longestMs: Math.max(0, maxNanoseconds / 1e6 - resolutionMs), mainThreadMs: usedMs() - usedBefore };
}

function usedMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
