// Chance that can be had again: numbers from a seed.
import { createCipheriv } from 'node:crypto';

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Gives texts that do not compress below three quarters, the same for the same seed. */
export function noiseFrom(seed: number): (characters: number) => string {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, seed), Buffer.alloc(16));
  return (characters) =>
    cipher
      .update(Buffer.alloc(Math.ceil(characters * 0.75)))
      .toString('base64url')
      .slice(0, characters);
}

/** The seed of this run: one from the environment where an earlier run is to be had again. */
export function seedOfRun(): number {
  const given = process.env['PULSEQL_SEED'];
  return given === undefined ? Date.now() % 2 ** 32 : Number(given);
}
