// How a batch is cut into blocks.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutLines } from '../../src/store/cut-lines.ts';
import { bytesPerBlock, pointsPerBlock } from '../../src/store/store.ts';

test('every line is in one run, in order, and no run is more than a block holds unless it is one line', () => {
  const lengths = fc.array(fc.oneof(fc.nat(300), fc.integer({ min: 1_000_000, max: 5_000_000 })), {
    maxLength: 1200,
    size: 'max',
  });
  fc.assert(
    fc.property(lengths, fc.integer({ min: 1, max: 5 }), (all, step) => {
      const kept = all.map((_, i) => i).filter((i) => i % step === 0);
      const runs = cutLines(kept, Uint32Array.from(all));
      expect(runs.flat()).toEqual(kept);
      for (const run of runs) {
        expect(run.length).toBeGreaterThan(0);
        expect(run.length).toBeLessThanOrEqual(pointsPerBlock);
        const bytes = run.reduce((sum, line) => sum + (all[line] ?? 0) + 1, 0);
        if (run.length > 1) expect(bytes).toBeLessThanOrEqual(bytesPerBlock);
      }
    }),
    { numRuns: 50 },
  );
});
