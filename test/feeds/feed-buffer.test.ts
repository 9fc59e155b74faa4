// What waits for a reader, against a plain list.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FeedBuffer } from '../../src/feeds/feed-buffer.ts';
import type { StoredPoint } from '../../src/points/point.ts';

function pointAt(offset: number): StoredPoint {
  const names = { entityType: 'orders', serviceId: 'web' };
  return { ...names, timestamp: 0, data: {}, metadata: null, series: 1, offset, receivedAt: 0 };
}

/** A number of points that are committed together, or a reader who takes. */
const steps = fc.array(fc.oneof(fc.integer({ min: 1, max: 12 }), fc.constant('take' as const)), { maxLength: 40 });

test('takes give the points in order, a batch at most and of one commit where asked, and count what went', () => {
  fc.assert(
    fc.property(steps, fc.boolean(), fc.integer({ min: 1, max: 15 }), (all, oneCommit, capacity) => {
      const batchSize = 4;
      const buffer = new FeedBuffer({ batchSize, capacity, maxUpdateBytes: 1e9, maxBytes: 1e9 });
      let model: { offset: number; commit: number }[] = [];
      let skipped = 0;
      let offset = 0;
      for (const [commit, step] of all.entries()) {
        if (step !== 'take') {
          for (let i = 0; i < step; i += 1) {
            offset += 2;
            buffer.push(pointAt(offset));
            model.push({ offset, commit });
          }
          buffer.endCommit();
          const left = Math.max(0, model.length - Math.max(batchSize, capacity));
          skipped += left;
          model = model.slice(left);
          continue;
        }
        const fits = model.filter((point) => !oneCommit || point.commit === model[0]?.commit).slice(0, batchSize);
        const taken = buffer.take(oneCommit);
        expect(taken.points.map((point) => point.offset)).toEqual(fits.map((point) => point.offset));
        expect(taken.skipped).toBe(skipped);
        skipped = 0;
        model = model.slice(fits.length);
        expect(buffer.isEmpty).toBe(model.length === 0);
      }
    }),
    { numRuns: 500 },
  );
});
