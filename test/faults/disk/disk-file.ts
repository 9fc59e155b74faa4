// The content of a file on a simulated disk: what is durable, and what a power loss may leave of the rest.
import type { DiskCall } from './disk-record.ts';

/**
 * What becomes of calls that no fsync has made durable. dropped: none of them is there. kept: all are. subset: each
 * write or truncation is there or not. torn: each sector of a write is there or not. garbage: as torn, and sectors
 * never written within the new size have arbitrary content. names: created, removed and renamed files show any of the
 * states since the fsync of their folder, and writes are as in subset.
 */
export const lossModes = ['dropped', 'kept', 'subset', 'torn', 'garbage', 'names'] as const;
export type LossMode = (typeof lossModes)[number];

const sectorBytes = 512;
type FileCall = Extract<DiskCall, { kind: 'write' | 'truncate' }>;

/** The content of one file: what is durable, and the calls since its last fsync. */
export class DiskFile {
  readonly path: string;
  durable: Buffer;
  length: number;
  pending: FileCall[] = [];

  constructor(path: string, content: Buffer = Buffer.alloc(0)) {
    this.path = path;
    this.durable = content;
    this.length = content.length;
  }

  sync(): void {
    for (const call of this.pending) this.#apply(call);
    this.pending = [];
  }

  #apply(call: FileCall): void {
    if (call.kind === 'truncate') {
      this.#resize(call.size);
      return;
    }
    const end = call.offset + call.bytes.length;
    if (end > this.length) this.#resize(end);
    call.bytes.copy(this.durable, call.offset);
  }

  #resize(length: number): void {
    if (length > this.durable.length) {
      const grown = Buffer.alloc(Math.max(length, this.durable.length * 2));
      this.durable.copy(grown, 0, 0, this.length);
      this.durable = grown;
    }
    if (length < this.length) this.durable.fill(0, length, this.length);
    this.length = length;
  }

  copy(): DiskFile {
    return new DiskFile(this.path, Buffer.from(this.durable.subarray(0, this.length)));
  }

  content(mode: LossMode, random: () => number): Buffer {
    if (this.pending.length === 0 || mode === 'dropped') return this.durable.subarray(0, this.length);
    const image = this.copy();
    const durableLength = this.length;
    const share = random();
    const isKept = () => random() < share;
    for (const call of this.pending) {
      if (mode === 'kept' || call.kind === 'truncate') {
        if (mode === 'kept' || isKept()) image.pending.push(call);
      } else if (mode === 'torn' || mode === 'garbage') image.pending.push(...sectorsOf(call).filter(isKept));
      else if (isKept()) image.pending.push(call);
    }
    const { pending } = image;
    image.sync();
    if (mode === 'garbage') image.#fillHoles(durableLength, pending, random);
    return image.durable.subarray(0, image.length);
  }

  /** Sectors beyond the durable size that nothing was written to get arbitrary bytes. */
  #fillHoles(from: number, written: readonly FileCall[], random: () => number): void {
    const sectors = new Set<number>();
    for (const call of written) {
      if (call.kind !== 'write') continue;
      const last = Math.floor((call.offset + call.bytes.length - 1) / sectorBytes);
      for (let sector = Math.floor(call.offset / sectorBytes); sector <= last; sector += 1) sectors.add(sector);
    }
    for (let sector = Math.ceil(from / sectorBytes); sector * sectorBytes < this.length; sector += 1) {
      if (sectors.has(sector)) continue;
      const end = Math.min(this.length, (sector + 1) * sectorBytes);
      arbitraryBytes(end - sector * sectorBytes, random).copy(this.durable, sector * sectorBytes);
    }
  }
}

/** A write cut at the boundaries of sectors. */
function sectorsOf(call: Extract<FileCall, { kind: 'write' }>): FileCall[] {
  const parts: FileCall[] = [];
  const end = call.offset + call.bytes.length;
  for (let from = call.offset; from < end; ) {
    const to = Math.min(end, (Math.floor(from / sectorBytes) + 1) * sectorBytes);
    parts.push({ ...call, offset: from, bytes: call.bytes.subarray(from - call.offset, to - call.offset) });
    from = to;
  }
  return parts;
}

export function arbitraryBytes(length: number, random: () => number): Buffer {
  return Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));
}
