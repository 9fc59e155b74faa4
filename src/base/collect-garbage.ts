// V8's heap: how much garbage it may gather beside what is alive, and giving memory back when much has been released.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (options: { readonly type: 'major'; readonly execution: 'async' }) => Promise<void>;

let collect: Collect | undefined;

/** Lets the heap grow by a third beyond what is alive before garbage is collected; by itself V8 lets it grow to several times as much. */
export function boundHeapGrowth(): void {
  setFlagsFromString('--heap-growing-percent=30');
}

/** Collects garbage in a task of its own: without it a process that has become idle keeps what was released. */
export function collectGarbage(): void {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as Collect;
  }
  void collect({ type: 'major', execution: 'async' });
}
