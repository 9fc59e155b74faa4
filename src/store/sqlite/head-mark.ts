// A small file beside the store's that says how far the log had been acknowledged: a lower bound, written after each
// commit and never waited for. It shows where a damaged write-ahead log has lost commits, which SQLite takes for its end.
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';

const markBytes = 28;
const magic = 'PQLM';

export class HeadMark {
  readonly #file: number;
  // Magic (4 bytes), log id (8), format (4), head (8), CRC-32 of all before it (4).
  readonly #bytes = Buffer.alloc(markBytes);

  private constructor(file: number) {
    this.#file = file;
  }

  static open(path: string): HeadMark {
    return new HeadMark(openSync(path, constants.O_RDWR | constants.O_CREAT, 0o644));
  }

  /** The head that was marked for this log; 0 where nothing readable was: the mark only ever adds certainty. */
  read(logId: string): number {
    const bytes = Buffer.alloc(markBytes);
    const length = readSync(this.#file, bytes, 0, markBytes, 0);
    const intact = length === markBytes && bytes.readUInt32LE(24) === crc32(bytes.subarray(0, 24));
    if (!intact || bytes.toString('latin1', 0, 4) !== magic || bytes.toString('hex', 4, 12) !== logId) return 0;
    return bytes.readDoubleLE(16);
  }

  write(logId: string, head: number): void {
    const bytes = this.#bytes;
    bytes.write(magic, 0, 'latin1');
    bytes.write(logId, 4, 'hex');
    bytes.writeUInt32LE(1, 12);
    bytes.writeDoubleLE(head, 16);
    bytes.writeUInt32LE(crc32(bytes.subarray(0, 24)), 24);
    writeSync(this.#file, bytes, 0, markBytes, 0);
  }

  close(): void {
    closeSync(this.#file);
  }
}
