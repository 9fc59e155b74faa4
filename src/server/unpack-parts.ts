// Unpacks bytes that may be several packed parts one after the other, as RFC 1952 (gzip members) and RFC 8878 (zstd frames)
// allow. Node.js's decoder may stop at the end of a part and drop what follows: what it did not take goes to the next one.
import { once } from 'node:events';
import type { Gunzip, ZstdDecompress } from 'node:zlib';
import { nextTurn } from '../base/turns.ts';

type Decoder = Gunzip | ZstdDecompress;

/**
 * `onPart` is called at the end of each part; false: no more of them are unpacked. Errors: those of the source, and of the decoder where the
 * bytes are damaged or end too early.
 */
export async function* unpackParts(
  source: AsyncIterator<Buffer>,
  newDecoder: () => Decoder,
  onPart: () => boolean,
): AsyncGenerator<Buffer, void, undefined> {
  let rest = await nextOf(source);
  while (rest !== null) {
    const decoder = newDecoder();
    const fed = feed(decoder, rest, source);
    yield* decoder as AsyncIterable<Buffer>;
    rest = await fed;
    if (!onPart()) return;
    // A decoder for each part: many small ones must not keep others waiting.
    await nextTurn();
  }
}

/** Gives the decoder what it takes; settles with what is left once it has ended. */
async function feed(decoder: Decoder, first: Buffer, source: AsyncIterator<Buffer>): Promise<Buffer | null> {
  const ended = Promise.race([once(decoder, 'end'), once(decoder, 'close')]).catch(() => undefined);
  let given = 0;
  try {
    for (let chunk: Buffer | null = first; chunk !== null; chunk = await nextOf(source)) {
      given += chunk.length;
      await Promise.race([written(decoder, chunk), ended]);
      const left = given - decoder.bytesWritten;
      if (decoder.destroyed || left > 0) return left > 0 ? chunk.subarray(chunk.length - left) : null;
    }
    decoder.end();
  } catch (error) {
    decoder.destroy(error as Error);
  }
  return null;
}

function written(decoder: Decoder, chunk: Buffer): Promise<void> {
  return new Promise((resolve) => decoder.write(chunk, () => resolve()));
}

async function nextOf(source: AsyncIterator<Buffer>): Promise<Buffer | null> {
  const { value, done } = await source.next();
  return done ? null : value;
}
