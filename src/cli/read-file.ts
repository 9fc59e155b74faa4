// A file, or standard input, as points: CSV by its name or its delimiter, else NDJSON or a JSON array by its first byte.
import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { badUserInput } from '../base/errors.ts';
import { isJsonObject, shown } from '../base/json.ts';
import { type CsvOptions, type CsvPlan, planCsv } from '../points/csv-plan.ts';
import { firstOf, JsonValueSplitter, withoutMark } from '../points/json-values.ts';
import type { PointInput } from '../points/point.ts';
import { readCsv } from '../points/read-csv.ts';
import { LineBatcher } from '../points/read-lines.ts';
import type { BadRows } from './bad-rows.ts';

const maxLineBytes = 1_048_576;
const linesPerBatch = 500;
const newline = 10;

export interface PointFile {
  readonly points: AsyncIterable<PointInput>;
  /** Null: not known, as of standard input. */
  readonly totalBytes: number | null;
  /** How far it has been read. */
  bytesRead(): number;
  /** Of a CSV file; null for others. */
  readonly plan: CsvPlan | null;
  /** Where a point stands in the file, in words. */
  placeOf(point: PointInput): string | undefined;
}

export interface OpenOptions {
  readonly csv: CsvOptions;
  /** Gets rows of a CSV file that are left out. */
  readonly badRows: BadRows;
  /** Whether points without a key get one of the file's name, their place in it and their content: sent again, they are duplicates. */
  readonly withKeys: boolean;
}

interface PlacedPoint {
  readonly word: 'row' | 'line';
  readonly number: number;
  readonly point: PointInput;
}

/** `-` is standard input. Errors: BAD_USER_INPUT, where it cannot be opened with its name, later with the line. */
export async function openPointFile(name: string, { csv, badRows, withKeys }: OpenOptions): Promise<PointFile> {
  const { stream, totalBytes } = name === '-' ? { stream: process.stdin, totalBytes: null } : await openFile(name);
  const isCsv = name !== '-' && (csv.delimiter !== undefined || /\.[ct]sv$/i.test(name));
  const plan = isCsv ? await planOrClose(name, csv, stream) : null;
  let read = 0;
  stream.on('data', (chunk: Buffer) => {
    read += chunk.length;
  });
  stream.pause();
  const placed =
    plan === null ? readJson(stream, defaultsOf(csv)) : rowsOf(readCsv(stream, plan, (...bad) => badRows.note(...bad)));
  const places = new WeakMap<PointInput, string>();
  const file = withKeys && name !== '-' ? path.basename(name) : null;
  const points = marked(placed, file, places);
  return { points, totalBytes, bytesRead: () => read, plan, placeOf: (point) => places.get(point) };
}

async function planOrClose(name: string, csv: CsvOptions, stream: Readable): Promise<CsvPlan> {
  try {
    return await planCsv(() => createReadStream(name), csv);
  } catch (error) {
    stream.destroy();
    throw error;
  }
}

async function* rowsOf(rows: AsyncIterable<{ row: number; point: PointInput }>): AsyncGenerator<PlacedPoint> {
  for await (const { row, point } of rows) yield { word: 'row', number: row, point };
}

async function* marked(
  placed: AsyncIterable<PlacedPoint>,
  file: string | null,
  places: WeakMap<PointInput, string>,
): AsyncGenerator<PointInput> {
  for await (const { word, number, point } of placed) {
    const sent = file === null || point.key !== undefined ? point : { ...point, key: keyOf(file, number, point) };
    places.set(sent, `${word} ${number}`);
    yield sent;
  }
}

/** Another for a row that was changed: it is stored then. */
function keyOf(file: string, number: number, point: PointInput): string {
  return hash('sha256', JSON.stringify([file, number, point]), 'base64url').slice(0, 22);
}

type Defaults = Pick<PointInput, 'entityType' | 'serviceId'>;

function defaultsOf({ entityType, serviceId }: CsvOptions): Partial<Defaults> {
  return { ...(entityType === undefined ? {} : { entityType }), ...(serviceId === undefined ? {} : { serviceId }) };
}

async function openFile(name: string): Promise<{ stream: Readable; totalBytes: number }> {
  const file = await openOrRefuse(name);
  const stats = await file.stat();
  if (!stats.isDirectory()) return { stream: file.createReadStream(), totalBytes: stats.size };
  await file.close();
  throw badUserInput(`${JSON.stringify(name)} is a folder; name a file, or - for standard input`);
}

async function openOrRefuse(name: string): Promise<FileHandle> {
  try {
    return await open(name);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw badUserInput(`there is no file ${JSON.stringify(name)}`);
    throw badUserInput(`${JSON.stringify(name)} cannot be read: ${message}`);
  }
}

// As POST /ingest takes them: NDJSON, or a JSON array, which begins with [.
async function* readJson(stream: Readable, defaults: Partial<Defaults>): AsyncGenerator<PlacedPoint> {
  const batcher = new LineBatcher(linesPerBatch, maxLineBytes);
  let splitter: JsonValueSplitter | null | undefined;
  for await (const received of stream as AsyncIterable<Buffer>) {
    const chunk = splitter === undefined ? withoutMark(received) : received;
    if (splitter === undefined) splitter = splitterFor(chunk);
    const lines = splitter == null ? chunk : splitter.push(chunk);
    for (const { bytes, firstLine } of batcher.push(lines)) yield* linesOf(bytes, firstLine, defaults);
  }
  const last = batcher.finish();
  if (last !== undefined) yield* linesOf(last.bytes, last.firstLine, defaults);
  const unfinished = splitter?.finish();
  if (unfinished !== undefined) throw badUserInput(unfinished);
}

/** Null for NDJSON; undefined while only blanks have come. */
function splitterFor(chunk: Buffer): JsonValueSplitter | null | undefined {
  const first = firstOf(chunk);
  if (first === undefined) return undefined;
  return first === '[' ? new JsonValueSplitter() : null;
}

function* linesOf(bytes: Buffer, firstLine: number, defaults: Partial<Defaults>): Generator<PlacedPoint> {
  let number = firstLine;
  for (let from = 0; from < bytes.length; number += 1) {
    const found = bytes.indexOf(newline, from);
    const end = found < 0 ? bytes.length : found;
    const line = bytes.subarray(from, end);
    from = end + 1;
    // What is no text would be changed by decoding it.
    if (!isUtf8(line)) throw badUserInput(`line ${number + 1} is not UTF-8 text`);
    const text = line.toString('utf8');
    if (text.trim() !== '') yield { word: 'line', number: number + 1, point: toPoint(text, number + 1, defaults) };
  }
}

// What a point must be is for the server to say; here it is only made into one.
function toPoint(line: string, number: number, defaults: Partial<Defaults>): PointInput {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw badUserInput(`line ${number} is not JSON: ${(error as Error).message}`);
  }
  if (!isJsonObject(value)) throw badUserInput(`line ${number} must be an object, not ${shown(value)}`);
  return { ...defaults, ...value } as unknown as PointInput;
}
