// Preloaded into a server: says, when asked, how long its event loop was held at most and what its main thread has used of the CPU.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

export interface LoopHold {
  readonly longestMs: number;
  /** The most CPU between two turns of the loop: a hold as it would be on a machine with nothing else to do. */
  readonly longestCpuMs: number;
  readonly mainThreadMs: number;
}

const resolutionMs = 1;
// A hold is only seen by the timer that comes after it.
const answerAfterMs = 20;

if (isMainThread && process.send !== undefined) {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  let usedBefore = usedMs();
  let [usedAtTurn, longestCpuMs] = [usedBefore, 0];
  const look = () => {
    const used = usedMs();
    longestCpuMs = Math.max(longestCpuMs, used - usedAtTurn);
    usedAtTurn = used;
  };
  setInterval(look, resolutionMs).unref();
  process.on('message', (message) => {
    if (message === 'reset') {
      delay.reset();
      usedBefore = usedMs();
      [usedAtTurn, longestCpuMs] = [usedBefore, 0];
    }
    if (message !== 'hold') return;
    const answer = () => {
      const longestMs = Math.max(0, delay.max / 1e6 - resolutionMs);
      process.send?.({ longestMs, longestCpuMs, mainThreadMs: usedMs() - usedBefore } satisfies LoopHold);
    };
    setTimeout(answer, answerAfterMs);
  });
  // The server decides by itself when it ends.
  process.channel?.unref();
}

function usedMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
