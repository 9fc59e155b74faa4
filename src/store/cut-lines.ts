// Which lines of a batch go into which block: in order, no block past its points or bytes.
import { present } from '../base/assert.ts';
import { bytesPerBlock, pointsPerBlock } from './store.ts';

/** The lines `kept`, as runs for a block each; `lengths` has every line's bytes. A line that is too big has a block of its own. */
export function cutLines(kept: readonly number[], lengths: Uint32Array): number[][] {
  const runs: number[][] = [];
  let run: number[] = [];
  let bytes = 0;
  for (const line of kept) {
    const length = present(lengths[line], 'length') + 1;
    if (run.length === pointsPerBlock || (run.length > 0 && bytes + length > bytesPerBlock)) {
      runs.push(run);
      run = [];
      bytes = 0;
    }
    run.push(line);
    bytes += length;
  }
  if (run.length > 0) runs.push(run);
  return runs;
}
