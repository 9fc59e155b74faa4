// A sample of the attacks on the CPU; as a control one succeeds once the limit that stops it is switched off.
import { describe, expect, test } from 'vitest';
import { hasSetting } from '../../support/settings.ts';
import { failuresOf } from '../support/attack.ts';
import { alertPreviews } from './alert-previews.ts';
import { cancelledQueries } from './cancelled-queries.ts';
import { emptyZstdFrames, packedLines } from './packed-bodies.ts';

const patienceMs = 300_000;
const readLimit = 'max-read-points';
const unlimited = '1000000000';

describe.each([packedLines, emptyZstdFrames, alertPreviews, cancelledQueries])('$summary', (attack) => {
  test('costs little, and nothing once the client has left', { timeout: patienceMs }, async () => {
    expect(await failuresOf(attack)).toEqual([]);
  });
});

test.runIf(hasSetting(readLimit))(`previews cost more without --${readLimit}`, { timeout: patienceMs }, async () => {
  expect(await failuresOf(alertPreviews, { flags: [`--${readLimit}`, unlimited] })).not.toEqual([]);
});
