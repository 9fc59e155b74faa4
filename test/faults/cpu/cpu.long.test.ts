// A sample of the attacks on the CPU: what does not depend on what else the machine does.
import { describe, expect, test } from 'vitest';
import { failuresOf } from '../support/attack.ts';
import { emptyZstdFrames, packedLines, packedNewlines } from './packed-bodies.ts';

const patienceMs = 300_000;

describe.each([packedLines, packedNewlines, emptyZstdFrames])('$summary', (attack) => {
  test('costs little', { timeout: patienceMs }, async () => {
    expect(await failuresOf(attack)).toEqual([]);
  });
});
