// Bytes cut at random places, as a socket may give them.
import fc from 'fast-check';

/** Places to cut at, counted round and round. */
export const cuts = fc.array(fc.nat(100_000), { maxLength: 12 });

export function chunksOf(bytes: Buffer, cutsAt: readonly number[]): Buffer[] {
  const places = [0, ...cutsAt.map((at) => at % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return places.slice(1).map((end, i) => bytes.subarray(places[i], end));
}
