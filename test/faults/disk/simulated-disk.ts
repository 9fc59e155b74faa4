// A disk that may lose what was not fsynced: from recorded calls it makes the folders that a power loss could leave.
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { arbitraryBytes, DiskFile, type LossMode } from './disk-file.ts';
import type { DiskCall } from './disk-record.ts';

// SQLite's index of its write-ahead log is not durable: it is made again when the file is opened.
const sharedIndex = /-shm$/;
const sharedIndexBytes = 32_768;

type Entry = DiskFile | 'folder' | null;

/** What a name stands for: durably, and each state since the last fsync of its folder. */
interface Name {
  durable: Entry;
  since: Entry[];
}

export interface FolderContent {
  readonly root: string;
  /** Bytes are null for a folder. */
  readonly entries: readonly { readonly path: string; readonly inode: number; readonly bytes: Buffer | null }[];
}

/** What is in a folder now. */
export function readFolder(root: string): FolderContent {
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' });
  const entries = names.map((name) => {
    const full = path.join(root, name);
    const found = statSync(full);
    return { path: full, inode: found.ino, bytes: found.isDirectory() ? null : readFileSync(full) };
  });
  return { root, entries };
}

/** Takes recorded calls in their order; at any moment it can make an image of what a power loss would leave. */
export class SimulatedDisk {
  readonly #root: string;
  readonly #files = new Map<number, DiskFile>();
  readonly #folders = new Map<number, string>();
  readonly #names = new Map<string, Name>();

  /** Everything in the folder is durable. */
  constructor({ root, entries }: FolderContent) {
    this.#root = root;
    for (const { path, inode, bytes } of entries) {
      if (bytes === null) this.#folders.set(inode, path);
      else this.#files.set(inode, new DiskFile(path, Buffer.from(bytes)));
      this.#names.set(path, { durable: this.#files.get(inode) ?? 'folder', since: [] });
    }
  }

  apply(call: DiskCall): void {
    switch (call.kind) {
      case 'open':
        if (call.isFolder) this.#folders.set(call.file, call.path);
        else if (call.created) this.#create(call.file, call.path);
        return;
      case 'write':
      case 'truncate':
        if (!call.failed) this.#fileOf(call.file).pending.push(call);
        return;
      case 'sync':
        if (!call.failed) this.#sync(call.file);
        return;
      case 'mkdir':
        this.#folders.set(call.file, call.path);
        this.#point(call.path, 'folder');
        return;
      case 'unlink':
        this.#point(call.path, null);
        return;
      case 'rename':
        this.#point(call.to, this.#now(call.from));
        this.#point(call.from, null);
        return;
      default:
    }
  }

  /** Writes an image into an empty folder. */
  writeImage(target: string, mode: LossMode, random: () => number): void {
    const chosen = new Map<string, Entry>();
    for (const [name, { durable, since }] of this.#names) {
      const states = mode === 'names' ? [durable, ...since] : [this.#now(name)];
      chosen.set(name, states[Math.floor(random() * states.length)] ?? null);
    }
    for (const [name, entry] of [...chosen].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const folder = path.dirname(name);
      if (entry === null || (sharedIndex.test(name) && mode !== 'garbage')) continue;
      if (folder !== this.#root && chosen.get(folder) !== 'folder') {
        chosen.set(name, null);
        continue;
      }
      const place = path.join(target, path.relative(this.#root, name));
      if (entry === 'folder') mkdirSync(place);
      else if (sharedIndex.test(name)) writeFileSync(place, arbitraryBytes(sharedIndexBytes, random));
      else writeFileSync(place, entry.content(mode === 'names' ? 'subset' : mode, random));
    }
  }

  #create(file: number, name: string): void {
    const created = new DiskFile(name);
    // The inode number may have been a removed file's or folder's.
    this.#folders.delete(file);
    this.#files.set(file, created);
    this.#point(name, created);
  }

  #point(name: string, entry: Entry): void {
    const known = this.#names.get(name);
    if (known === undefined) this.#names.set(name, { durable: null, since: [entry] });
    else known.since.push(entry);
  }

  #now(name: string): Entry {
    const known = this.#names.get(name);
    if (known === undefined) return null;
    return known.since.length > 0 ? (known.since.at(-1) ?? null) : known.durable;
  }

  #fileOf(file: number): DiskFile {
    const found = this.#files.get(file);
    if (found === undefined) throw new Error(`the record writes to file ${file}, which it has not seen created`);
    return found;
  }

  #sync(file: number): void {
    const folder = this.#folders.get(file);
    if (folder === undefined) {
      this.#fileOf(file).sync();
      return;
    }
    for (const [name, known] of this.#names) {
      if (path.dirname(name) !== folder || known.since.length === 0) continue;
      known.durable = this.#now(name);
      known.since = [];
    }
  }
}
