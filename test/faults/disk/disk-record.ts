// Reads what disk.c recorded: calls on files and folders in their order, with the acknowledgements in between.
import { readFileSync } from 'node:fs';

/** A file or folder is named by its inode number, which is another one's once it was removed. */
export type DiskCall =
  | {
      readonly kind: 'open';
      readonly file: number;
      readonly path: string;
      readonly created: boolean;
      readonly isFolder: boolean;
    }
  | {
      readonly kind: 'write';
      readonly file: number;
      readonly offset: number;
      readonly bytes: Buffer;
      readonly failed: boolean;
    }
  | { readonly kind: 'truncate'; readonly file: number; readonly size: number; readonly failed: boolean }
  | { readonly kind: 'sync'; readonly file: number; readonly failed: boolean }
  | { readonly kind: 'read'; readonly file: number }
  | { readonly kind: 'unlink'; readonly path: string }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  | { readonly kind: 'mkdir'; readonly file: number; readonly path: string }
  | { readonly kind: 'acknowledged'; readonly text: string }
  | { readonly kind: 'fault'; readonly call: string };

const headBytes = 24;

export function readRecord(file: string): DiskCall[] {
  const record = readFileSync(file);
  const calls: DiskCall[] = [];
  for (let at = 0; at + headBytes <= record.length; ) {
    const length = record.readUInt32LE(at + 4);
    calls.push(callOf(record.subarray(at, at + headBytes), record.subarray(at + headBytes, at + headBytes + length)));
    at += headBytes + length;
  }
  return calls;
}

function callOf(head: Buffer, bytes: Buffer): DiskCall {
  const flags = head.readUInt8(1);
  const failed = (flags & 1) !== 0;
  const file = Number(head.readBigUInt64LE(8));
  const offset = Number(head.readBigInt64LE(16));
  const text = () => bytes.toString('utf8');
  const kind = String.fromCharCode(head.readUInt8(0));
  switch (kind) {
    case 'o':
      return { kind: 'open', file, path: text(), created: (flags & 2) !== 0, isFolder: (flags & 4) !== 0 };
    case 'w':
      return { kind: 'write', file, offset, bytes, failed };
    case 't':
      return { kind: 'truncate', file, size: offset, failed };
    case 's':
      return { kind: 'sync', file, failed };
    case 'r':
      return { kind: 'read', file };
    case 'u':
      return { kind: 'unlink', path: text() };
    case 'n': {
      const [from = '', to = ''] = text().split('\0');
      return { kind: 'rename', from, to };
    }
    case 'm':
      return { kind: 'mkdir', file, path: text() };
    case 'a':
      return { kind: 'acknowledged', text: text() };
    case 'f':
      return { kind: 'fault', call: text() };
    default:
      throw new Error(`the record has a call ${JSON.stringify(kind)}, which is not known`);
  }
}
