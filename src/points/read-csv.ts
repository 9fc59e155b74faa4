// CSV rows to points: columns for entity type, service and time, every other column a field of data. A row that cannot
// be read ends the reading with an error that names it, for a file is mended more easily than a half-understood import.
import { pipeline, type Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { badUserInput } from '../base/errors.ts';
import { type Json, shown } from '../base/json.ts';
import { readLooseTime } from './loose-time.ts';
import type { PointInput } from './point.ts';

export interface CsvDefaults {
  readonly entityType?: string | undefined;
  readonly serviceId?: string | undefined;
}

interface Columns {
  readonly count: number;
  readonly entityType: number | undefined;
  readonly serviceId: number | undefined;
  /** Two where a date and a time of day stand apart. */
  readonly time: readonly number[];
  readonly data: readonly { readonly index: number; readonly name: string }[];
}

const maxRowLength = 1024 * 1024;
// The first of these that the file has.
const timeColumns = ['timestamp', 'datetime', 'ts', 'date', 'time'];
const decimal = /^-?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * The rows of `input`, whose first line names the columns; needs an entityType and a serviceId from a column or
 * `defaults`. Empty cells and rows are left out, as are columns without a name.
 */
export function readCsv(input: Readable, defaults: CsvDefaults): AsyncIterable<PointInput> {
  const rows = parse({
    bom: true,
    trim: true,
    skip_empty_lines: true,
    relax_column_count: true,
    max_record_size: maxRowLength,
  });
  // What goes wrong comes out of `rows`; a reader that leaves early closes `input` too.
  pipeline(input, rows, () => undefined);
  return toPoints(rows, defaults);
}

async function* toPoints(rows: AsyncIterable<string[]>, defaults: CsvDefaults): AsyncGenerator<PointInput> {
  let columns: Columns | undefined;
  // As a spreadsheet counts: the names of the columns are row 1.
  let row = 0;
  try {
    for await (const cells of rows) {
      row += 1;
      if (columns === undefined) columns = readNames(cells);
      else if (cells.some((cell) => cell !== '')) yield toPoint(cells, row, columns, defaults);
    }
  } catch (error) {
    throw error instanceof CsvError ? badUserInput(`the file is no CSV: ${error.message}`) : error;
  }
}

function readNames(names: readonly string[]): Columns {
  const twice = names.find((name, i) => name !== '' && names.indexOf(name) !== i);
  if (twice !== undefined) throw badUserInput(`two columns have the name ${shown(twice)}`);
  const plain = names.map((name) => name.toLowerCase().replaceAll(/[ _-]/g, ''));
  const find = (name: string) => (plain.includes(name) ? plain.indexOf(name) : undefined);
  const entityType = find('entitytype');
  const serviceId = find('serviceid');
  const first = timeColumns.find((name) => plain.includes(name));
  const timeNames = timeColumns.filter((name) => name === first || (first === 'date' && name === 'time'));
  const time = timeNames.map(find).filter((index) => index !== undefined);
  const taken = new Set([entityType, serviceId, ...time]);
  const data = names
    .map((name, index) => ({ index, name }))
    .filter(({ index, name }) => name !== '' && !taken.has(index));
  return { count: names.length, entityType, serviceId, time, data };
}

function toPoint(cells: readonly string[], row: number, columns: Columns, defaults: CsvDefaults): PointInput {
  checkCells(cells, row, columns);
  const fields = columns.data.map(({ index, name }): [string, string] => [name, cells[index] ?? '']);
  const data = Object.fromEntries(
    fields.filter(([, cell]) => cell !== '').map(([name, cell]) => [name, cellValue(cell)]),
  );
  const entityType = cellOr(cells, columns.entityType, defaults.entityType);
  const serviceId = cellOr(cells, columns.serviceId, defaults.serviceId);
  if (!entityType) throw badUserInput(`row ${row} has no entityType: give a column of that name, or --entity-type`);
  if (!serviceId) throw badUserInput(`row ${row} has no serviceId: give a column of that name, or --service`);
  if (columns.time.length === 0) return { entityType, serviceId, data };
  return { entityType, serviceId, timestamp: timeOf(cells, row, columns.time), data };
}

function checkCells(cells: readonly string[], row: number, columns: Columns): void {
  if (cells.slice(columns.count).some((cell) => cell !== '')) {
    throw badUserInput(`row ${row} has ${cells.length} cells, but the file has ${columns.count} columns`);
  }
  const wrong = cells.find((cell) => cell.includes('\ufffd'));
  if (wrong !== undefined) throw badUserInput(`row ${row} is not UTF-8 text: ${shown(wrong)}`);
}

function cellOr(
  cells: readonly string[],
  index: number | undefined,
  otherwise: string | undefined,
): string | undefined {
  return (index === undefined ? undefined : cells[index]) || otherwise;
}

function timeOf(cells: readonly string[], row: number, columns: readonly number[]): string {
  const text = columns
    .map((index) => cells[index] ?? '')
    .join(' ')
    .trim();
  const time = readLooseTime(text);
  if (Number.isNaN(time)) {
    throw badUserInput(
      `row ${row} has no time: ${shown(text)} is neither a date, such as 2026-11-24 16:38:52, nor seconds or milliseconds since 1970`,
    );
  }
  return new Date(time).toISOString();
}

// Leading zeros and digits that a number cannot hold belong to a name: a post code, an account.
function cellValue(text: string): Json {
  if (decimal.test(text)) {
    const value = Number(text);
    const isExact = Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value);
    return isExact ? value : text;
  }
  const word = text.toLowerCase();
  return word === 'true' || word === 'false' ? word === 'true' : text;
}
