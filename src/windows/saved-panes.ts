// Panes as they are saved: each set with its key, and up to which offset it has all points. Loaded, only what came since is read.
import { ByteReader, ByteWriter } from '../base/bytes.ts';

export const panesFormat = 1;

/** One set of panes; its points are those up to `offset`. */
export interface SavedPanes {
  readonly key: string;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export function encodeSaved(sets: readonly SavedPanes[]): Uint8Array {
  const writer = new ByteWriter().varint(sets.length);
  for (const { key, offset, bytes } of sets) {
    const text = Buffer.from(key);
    writer.varint(text.length).raw(text).varint(offset).varint(bytes.length).raw(bytes);
  }
  return writer.finish();
}

/** By key. Throws where the bytes are none of these. */
export function decodeSaved(bytes: Uint8Array): Map<string, SavedPanes> {
  const reader = new ByteReader(bytes);
  const sets = new Map<string, SavedPanes>();
  for (let left = reader.varint(); left > 0; left -= 1) {
    const key = Buffer.from(reader.raw(reader.varint())).toString();
    const offset = reader.varint();
    sets.set(key, { key, offset, bytes: reader.raw(reader.varint()) });
  }
  return sets;
}
