// Hashes that are not for secrecy: FNV-1a for partitions, a 53-bit mix for counting what is distinct.

const encoder = new TextEncoder();

/** FNV-1a 32 of the text's UTF-8 (Fowler, Noll, Vo; draft-eastlake-fnv), unsigned. */
export function fnv1a32(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of encoder.encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** A whole number below 2^53 from two 32-bit multiplicative mixes with the final avalanche of MurmurHash3. */
export function hash53(text: string): number {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x9e3779b1);
    b = Math.imul(b ^ unit, 0x5f356495);
  }
  a = avalanche(a ^ text.length);
  b = avalanche(b ^ a);
  return (b >>> 11) * 0x100000000 + (avalanche(a ^ b) >>> 0);
}

function avalanche(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
