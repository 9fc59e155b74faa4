// Identifiers: a type prefix and 128 random bits, so that an id says what it is of and is never guessed.
import { randomBytes } from 'node:crypto';

/** For example `dash_Zk3…`: the prefix, an underscore, 22 characters of base64url. */
export function randomId(prefix: string): string {
  return `${prefix}_${randomBytes(16).toString('base64url')}`;
}

/** The part before the underscore; the whole text where there is none. */
export function idPrefix(id: string): string {
  const end = id.indexOf('_');
  return end < 0 ? id : id.slice(0, end);
}

/** 64 random bits in 16 hexadecimal digits: which log this is. */
export function randomLogId(): string {
  return randomBytes(8).toString('hex');
}
