// V8's heap: how much garbage it may gather beside what is alive, and giving memory back to the system when much has been released.
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (options: {
  readonly type: 'major';
  readonly execution: 'async';
  readonly flavor: 'last-resort';
}) => Promise<void>;

const mebibyte = 1024 * 1024;
/** So much is worth collecting garbage. */
export const bytesToGiveBack = 64 * mebibyte;
// V8 looks every 8 s whether it should collect garbage; then it marks in steps, and collects once more half a second later.
const savingSeconds = 14;
// Resident memory that grows by less is calm.
const calmGrowthBytes = 32 * mebibyte;
const calmSeconds = 15;
// Where nothing was given back, what there is is in use.
const maxCalmSeconds = 960;

/** Lets the heap grow by a third beyond what is alive before garbage is collected; by itself V8 lets it grow to several times as much. */
export function boundHeapGrowth(): void {
  setFlagsFromString('--heap-growing-percent=30');
}

/**
 * Gives memory back after much of it was released, or once a process that has grown is calm. V8 keeps the pages that a collection has emptied;
 * only one that is to reduce memory unmaps them, and V8 starts such a one by itself only while the process is idle. In memory-saver mode it also
 * does so under load, and marks in steps meanwhile.
 */
export class MemoryReturn {
  // Seconds that memory-saver mode still lasts; 0: it is off.
  #savingSeconds = 0;
  // What is known to have been released, and resident memory when memory-saver mode began.
  #releasedBytes = 0;
  #residentBefore = 0;
  // The lowest resident memory there was, and that from which growth is counted.
  #lowest = Number.POSITIVE_INFINITY;
  #grownTo = 0;
  #secondsCalm = 0;
  #secondsToWait = calmSeconds;

  /** So many bytes of the heap have been released. */
  begin(releasedBytes: number): void {
    if (this.#savingSeconds === 0) this.#save(process.memoryUsage.rss());
    this.#releasedBytes += releasedBytes;
    this.#savingSeconds = savingSeconds;
  }

  /** To be called once a second. */
  tick(): void {
    if (this.#savingSeconds > 0) {
      this.#savingSeconds -= 1;
      if (this.#savingSeconds === 0) this.#end();
      return;
    }
    const resident = process.memoryUsage.rss();
    this.#lowest = Math.min(this.#lowest, resident);
    this.#secondsCalm += 1;
    if (resident > this.#grownTo + calmGrowthBytes) {
      this.#grownTo = resident;
      this.#secondsCalm = 0;
      this.#secondsToWait = calmSeconds;
    }
    if (resident - this.#lowest >= bytesToGiveBack && this.#secondsCalm >= this.#secondsToWait) this.#save(resident);
  }

  #save(resident: number): void {
    setFlagsFromString('--memory-saver-mode');
    this.#savingSeconds = savingSeconds;
    this.#releasedBytes = 0;
    this.#residentBefore = resident;
  }

  #end(): void {
    setFlagsFromString('--no-memory-saver-mode');
    const resident = process.memoryUsage.rss();
    const givenBack = this.#residentBefore - resident;
    // V8 reduces memory no more once it has done so at the heap's peak. Collecting at once takes as long as what is alive is large: it is worth
    // that where more was released than is alive, and what was released may still be among what is used.
    if (givenBack < this.#releasedBytes / 2 && getHeapStatistics().used_heap_size < 2 * this.#releasedBytes) {
      collectAtOnce();
    }
    this.#grownTo = resident;
    this.#secondsCalm = 0;
    this.#secondsToWait = givenBack < calmGrowthBytes ? Math.min(2 * this.#secondsToWait, maxCalmSeconds) : calmSeconds;
  }
}

/** Collects garbage twice in one task, which nothing else can interrupt, and unmaps all pages that are empty. */
function collectAtOnce(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as Collect;
  void collect({ type: 'major', execution: 'async', flavor: 'last-resort' });
}
