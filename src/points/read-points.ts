// A batch of NDJSON lines to valid points and named rejections; the accepted lines' own bytes are kept for the log.
import { isUtf8 } from 'node:buffer';
import { shown } from '../base/json.ts';
import type { LineGuard } from './line-guard.ts';
import type { Point } from './point.ts';
import { type PointRules, validatePoint } from './validate-point.ts';

const newline = 10;

export interface Rejection {
  /** Which of the lines that are not blank, from 0. */
  readonly index: number;
  readonly message: string;
}

export interface ReadBatch {
  readonly points: Point[];
  readonly rejected: Rejection[];
  /** The accepted lines as they came, joined by newlines, one for each point. */
  readonly lines: Buffer;
  /** Lines that are not blank. */
  readonly count: number;
}

/** Reads the lines of `bytes`, all of them or up to where `guard` stops. `now` is the log's clock. */
export function readPoints(bytes: Buffer, now: number, rules: PointRules, guard: LineGuard | null = null): ReadBatch {
  const text = bytes.toString('utf8');
  // Bytes that are no UTF-8 decode to U+FFFD: they must be refused, not stored as something else than was sent.
  const unreadable = isUtf8(bytes) ? undefined : linesNotUtf8(bytes);
  const points: Point[] = [];
  const rejected: Rejection[] = [];
  const keptLines: number[] = [];
  let line = 0;
  let count = 0;
  let start = 0;
  let isOpen = true;
  while (isOpen && start < text.length) {
    const newlineAt = text.indexOf('\n', start);
    const end = newlineAt < 0 ? text.length : newlineAt;
    const source = text.slice(start, end);
    const pointsBefore = points.length;
    if (!isBlank(source)) {
      const result = unreadable?.has(line) ? 'is not UTF-8 text' : readPoint(source, now, rules);
      if (typeof result === 'string') {
        rejected.push({ index: count, message: result });
      } else {
        points.push(result);
        keptLines.push(line);
      }
      count += 1;
    }
    line += 1;
    start = end + 1;
    isOpen = guard?.line(points.length > pointsBefore) ?? true;
  }
  // Where it stopped early the last line was no point.
  const whole = points.length === line && bytes[bytes.length - 1] !== newline;
  const lines = whole ? bytes : points.length === line ? bytes.subarray(0, -1) : pickLines(bytes, keptLines);
  return { points, rejected, lines, count };
}

function readPoint(source: string, now: number, rules: PointRules): Point | string {
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch (error) {
    return `is not JSON: ${(error as Error).message.slice(0, 200)}, in ${shown(source)}`;
  }
  return validatePoint(value, now, rules);
}

function linesNotUtf8(bytes: Buffer): Set<number> {
  const numbers = new Set<number>();
  let start = 0;
  for (let line = 0; start < bytes.length; line += 1) {
    const newlineAt = bytes.indexOf(newline, start);
    const end = newlineAt < 0 ? bytes.length : newlineAt;
    if (!isUtf8(bytes.subarray(start, end))) numbers.add(line);
    start = end + 1;
  }
  return numbers;
}

function isBlank(source: string): boolean {
  return source.length === 0 || (source.charCodeAt(0) <= 32 && source.trim() === '');
}

/** The numbered lines of `bytes`, ascending, joined by newlines. */
export function pickLines(bytes: Buffer, numbers: readonly number[]): Buffer {
  const parts: Buffer[] = [];
  let line = 0;
  let start = 0;
  for (const wanted of numbers) {
    for (; line < wanted; line += 1) start = bytes.indexOf(newline, start) + 1;
    const newlineAt = bytes.indexOf(newline, start);
    parts.push(bytes.subarray(start, newlineAt < 0 ? bytes.length : newlineAt));
  }
  return joinLines(parts);
}

/** Joins lines by newlines into a buffer that is nobody else's. */
export function joinLines(lines: readonly Uint8Array[]): Buffer {
  const length = lines.reduce((sum, line) => sum + line.length + 1, 0);
  const out = Buffer.allocUnsafeSlow(Math.max(0, length - 1));
  let at = 0;
  for (const [i, line] of lines.entries()) {
    if (i > 0) out[at++] = newline;
    out.set(line, at);
    at += line.length;
  }
  return out;
}
