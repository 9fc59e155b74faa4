// Cursors: opaque places in the log. Only this file knows their bytes: version, kind, log id, then (partition, offset) pairs.
import { assert } from '../base/assert.ts';
import { ByteReader } from '../base/bytes.ts';
import { badUserInput } from '../base/errors.ts';
import { shown } from '../base/json.ts';

export type CursorKind = 'points' | 'alerts' | 'insights';
const kinds: readonly CursorKind[] = ['points', 'alerts', 'insights'];
const version = 1;

/** A place in one partition of one log: everything up to `offset` lies behind it. */
export interface Place {
  readonly partition: number;
  readonly offset: number;
}

// A page asks for many cursors of one log and kind in turn: their beginning is kept, and all are written into the same bytes.
const scratch = Buffer.alloc(32);
let writtenFor = '';
let beginning = 0;

export function encodeCursor(logId: string, kind: CursorKind, { partition, offset }: Place): string {
  if (writtenFor !== logId + kind) {
    beginning = scratch.writeUInt8(kinds.indexOf(kind), scratch.writeUInt8(version, 0));
    beginning += scratch.write(logId, beginning, 'hex');
    writtenFor = logId + kind;
  }
  let end = writeVarint(1, beginning);
  end = writeVarint(partition, end);
  end = writeVarint(offset, end);
  return scratch.toString('base64url', 0, end);
}

// As ByteWriter.varint.
function writeVarint(value: number, at: number): number {
  assert(Number.isSafeInteger(value) && value >= 0, `a varint is a whole number from 0, not ${value}`);
  let end = at;
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) scratch[end++] = (rest % 0x80) | 0x80;
  scratch[end] = rest;
  return end + 1;
}

/**
 * The place that a cursor names. Errors: BAD_USER_INPUT for what is no cursor, one of another kind, log or partition,
 * or one past the newest point.
 */
export function decodeCursor(
  cursor: string,
  expected: { readonly logId: string; readonly kind: CursorKind; readonly partition: number; readonly head: number },
): Place {
  const parts = parse(cursor);
  if (parts === undefined) throw badUserInput(`${shown(cursor)} is no cursor; pass one back as this API gave it`);
  const { kind, logId, places } = parts;
  if (kind !== expected.kind) {
    throw badUserInput(`the cursor ${shown(cursor)} is not one of ${expected.kind}: take it from the same field`);
  }
  if (logId !== expected.logId) {
    throw badUserInput(
      `the cursor ${shown(cursor)} is of another log (${logId}), this is ${expected.logId}; start without it`,
    );
  }
  const place = places.find(({ partition }) => partition === expected.partition);
  if (place === undefined) throw badUserInput(`the cursor ${shown(cursor)} is of other entity types`);
  if (place.offset > expected.head) {
    throw badUserInput(
      `the cursor ${shown(cursor)} is past the newest point; was an older copy of the store put back?`,
    );
  }
  return place;
}

function parse(cursor: string): { kind: CursorKind; logId: string; places: Place[] } | undefined {
  if (!/^[\w-]{8,200}$/.test(cursor)) return undefined;
  const bytes = Buffer.from(cursor, 'base64url');
  try {
    const reader = new ByteReader(bytes);
    if (reader.uint8() !== version) return undefined;
    const kind = kinds[reader.uint8()];
    const logId = Buffer.from(reader.raw(8)).toString('hex');
    const places: Place[] = [];
    for (let left = reader.varint(); left > 0; left -= 1) {
      places.push({ partition: reader.varint(), offset: reader.varint() });
    }
    return kind === undefined || reader.left > 0 ? undefined : { kind, logId, places };
  } catch {
    // Bytes that end too early are no cursor, whatever the text said.
    return undefined;
  }
}
