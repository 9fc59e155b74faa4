// Writes a time into the lines of points that have none: for when a line's time cannot be read from when it arrived.
import type { Point } from './point.ts';
import { joinLines } from './read-points.ts';

const newline = 10;

/** The same points with `time` where they have none, and their lines with it as `timestamp`; all other bytes are as they were. */
export function writeTimes<Batch extends { readonly points: readonly Point[]; readonly lines: Buffer }>(
  batch: Batch,
  time: number,
): Batch {
  const member = `,"timestamp":${JSON.stringify(new Date(time).toISOString())}`;
  const lines: Buffer[] = [];
  let start = 0;
  const points = batch.points.map((point) => {
    const newlineAt = batch.lines.indexOf(newline, start);
    const line = batch.lines.subarray(start, newlineAt < 0 ? batch.lines.length : newlineAt);
    start += line.length + 1;
    const isTimed = !Number.isNaN(point.timestamp);
    lines.push(isTimed ? line : withMember(line, member));
    return isTimed ? point : { ...point, timestamp: time };
  });
  return { ...batch, points, lines: joinLines(lines) };
}

// At the end: of two members with one name JSON takes the last, and there may be a timestamp that is null.
function withMember(line: Buffer, member: string): Buffer {
  const end = line.lastIndexOf('}');
  return Buffer.concat([line.subarray(0, end), Buffer.from(member), line.subarray(end)]);
}
