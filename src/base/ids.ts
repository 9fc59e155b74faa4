// Identifiers: a type prefix and 128 random bits, so that an id says what it is of and is never guessed.
import { randomFillSync } from 'node:crypto';

/** For example `dash_Zk3…`: the prefix, an underscore, 22 characters of base64url. */
export function randomId(prefix: string): string {
  return `${prefix}_${random(16).toString('base64url')}`;
}

// Random bytes are fetched for many ids at a time: a call of the generator costs more than the rest of a small request.
const pool = Buffer.alloc(4096);
let used = pool.length;

function random(bytes: number): Buffer {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  return pool.subarray(used - bytes, used);
}

/** The part before the underscore; the whole text where there is none. */
export function idPrefix(id: string): string {
  const end = id.indexOf('_');
  return end < 0 ? id : id.slice(0, end);
}

/** 64 random bits in 16 hexadecimal digits: which log this is. */
export function randomLogId(): string {
  return random(8).toString('hex');
}
