// A small file beside the store's that says how far it had been acknowledged: a lower bound, written after each commit
// and never waited for. It shows where a damaged write-ahead log has lost commits, which SQLite takes for its end.
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { PulseError } from '../../base/errors.ts';

const markBytes = 36;
const magic = 'PQLM';
const format = 1;
const nothing = { logId: '', head: 0, commits: 0 };

/** What a store has reached. */
export interface Mark {
  /** Offset of the newest point. */
  readonly head: number;
  /** Transactions that changed anything but points. */
  readonly commits: number;
}

export class HeadMark {
  readonly #file: number;
  // Magic (4 bytes), log id (8), format (4), head (8), commits (8), CRC-32 of all before it (4).
  readonly #bytes = Buffer.alloc(markBytes);

  private constructor(file: number) {
    this.#file = file;
  }

  static open(path: string): HeadMark {
    return new HeadMark(openSync(path, constants.O_RDWR | constants.O_CREAT, 0o644));
  }

  /** What was marked for this log. */
  read(logId: string): Mark {
    const found = this.any();
    return found.logId === logId ? found : nothing;
  }

  /** What was marked, for whichever log; zeros where nothing readable was: the mark only ever adds certainty. */
  any(): Mark & { readonly logId: string } {
    const bytes = Buffer.alloc(markBytes);
    const length = readSync(this.#file, bytes, 0, markBytes, 0);
    const intact = length === markBytes && bytes.readUInt32LE(32) === crc32(bytes.subarray(0, 32));
    const ours = bytes.toString('latin1', 0, 4) === magic && bytes.readUInt32LE(12) === format;
    if (!intact || !ours) return nothing;
    return { logId: bytes.toString('hex', 4, 12), head: bytes.readDoubleLE(16), commits: bytes.readDoubleLE(24) };
  }

  write(logId: string, { head, commits }: Mark): void {
    const bytes = this.#bytes;
    bytes.write(magic, 0, 'latin1');
    bytes.write(logId, 4, 'hex');
    bytes.writeUInt32LE(format, 12);
    bytes.writeDoubleLE(head, 16);
    bytes.writeDoubleLE(commits, 24);
    bytes.writeUInt32LE(crc32(bytes.subarray(0, 32)), 32);
    writeSync(this.#file, bytes, 0, markBytes, 0);
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** Throws where the file has less than was acknowledged once. */
export function checkMark(found: Mark, marked: Mark): void {
  if (found.head >= marked.head && found.commits >= marked.commits) return;
  const lost =
    found.head < marked.head
      ? `the newest blocks, from offset ${found.head + 1} on, are gone: ${marked.head} points had been acknowledged`
      : `the newest ${marked.commits - found.commits} changes of its documents, states and keys are gone`;
  throw new PulseError('STORAGE_DAMAGED', `the file is damaged: ${lost}; put a backup back, without its -mark file`);
}
