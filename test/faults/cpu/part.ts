// `npm run faults -- cpu`: small requests must not cost much, nor hold the event loop, nor run on once their client has left.
import { attackPart } from '../support/attack.ts';
import { alertPreviews } from './alert-previews.ts';
import { cancelledQueries } from './cancelled-queries.ts';
import { emptyZstdFrames, packedLines, packedNewlines } from './packed-bodies.ts';
import { slowContains } from './slow-contains.ts';

export const part = attackPart('small requests cost little, and work ends when its client leaves', [
  packedLines,
  packedNewlines,
  emptyZstdFrames,
  slowContains,
  alertPreviews,
  cancelledQueries,
]);
