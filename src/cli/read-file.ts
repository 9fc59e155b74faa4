// A file, or standard input, as points: CSV by its name or its first byte, else NDJSON.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { badUserInput } from '../base/errors.ts';
import { isJsonObject, shown } from '../base/json.ts';
import type { PointInput } from '../points/point.ts';
import { type CsvDefaults, readCsv } from '../points/read-csv.ts';
import { LineBatcher } from '../points/read-lines.ts';

const maxLineBytes = 1_048_576;
const linesPerBatch = 500;

export interface PointFile {
  readonly points: AsyncIterable<PointInput>;
  /** Null: not known, as of standard input. */
  readonly totalBytes: number | null;
  /** How far it has been read. */
  bytesRead(): number;
}

/** `-` is standard input. Errors: BAD_USER_INPUT with the line, and those of the file system. */
export async function openPointFile(name: string, defaults: CsvDefaults): Promise<PointFile> {
  const totalBytes = name === '-' ? null : (await stat(name)).size;
  const stream: Readable = name === '-' ? process.stdin : createReadStream(name);
  let read = 0;
  stream.on('data', (chunk: Buffer) => {
    read += chunk.length;
  });
  stream.pause();
  const points = name.endsWith('.csv') ? readCsv(stream, defaults) : readNdjson(stream, defaults);
  return { points, totalBytes, bytesRead: () => read };
}

async function* readNdjson(stream: Readable, defaults: CsvDefaults): AsyncGenerator<PointInput> {
  const batcher = new LineBatcher(linesPerBatch, maxLineBytes);
  for await (const chunk of stream) {
    for (const { bytes, firstLine } of batcher.push(chunk as Buffer)) yield* linesOf(bytes, firstLine, defaults);
  }
  const last = batcher.finish();
  if (last !== undefined) yield* linesOf(last.bytes, last.firstLine, defaults);
}

function* linesOf(bytes: Buffer, firstLine: number, defaults: CsvDefaults): Generator<PointInput> {
  for (const [i, line] of bytes.toString('utf8').split('\n').entries()) {
    if (line.trim() !== '') yield toPoint(line, firstLine + i + 1, defaults);
  }
}

// What a point must be is for the server to say; here it is only made into one.
function toPoint(line: string, number: number, defaults: CsvDefaults): PointInput {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw badUserInput(`line ${number} is not JSON: ${(error as Error).message}`);
  }
  if (!isJsonObject(value)) throw badUserInput(`line ${number} must be an object, not ${shown(value)}`);
  return { ...defaults, ...value } as unknown as PointInput;
}
