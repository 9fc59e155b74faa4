// Blocks that were unpacked and checked lately: the newest ones are asked for again and again.
import { type BlockRow, type OpenBlock, openBlock } from './block.ts';

const maxBytes = 8 * 1024 * 1024;
// Of a line in the table.
const bytesPerLine = 6;

export class OpenBlocks {
  // By content, the one that was used longest ago first.
  readonly #opened = new Map<string, OpenBlock>();
  #bytes = 0;

  /** Errors: STORAGE_DAMAGED with the block's name. */
  open(row: BlockRow): OpenBlock {
    const name = contentOf(row);
    const block = this.#opened.get(name) ?? openBlock(row);
    if (this.#opened.delete(name)) this.#bytes -= bytesOf(block);
    this.#keep(name, block);
    return block;
  }

  #keep(name: string, block: OpenBlock): void {
    if (bytesOf(block) > maxBytes) return;
    this.#opened.set(name, block);
    this.#bytes += bytesOf(block);
    for (const [oldest, least] of this.#opened) {
      if (this.#bytes <= maxBytes) return;
      this.#opened.delete(oldest);
      this.#bytes -= bytesOf(least);
    }
  }
}

/** The chain is a hash over all lines up to the last one of the block. */
function contentOf({ partition, first, count, chain }: BlockRow): string {
  return `${partition} ${first} ${count} ${Buffer.from(chain.buffer, chain.byteOffset, chain.length).toString('latin1')}`;
}

function bytesOf({ body, table }: OpenBlock): number {
  return body.length + bytesPerLine * table.lengths.length;
}
