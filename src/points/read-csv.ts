// CSV rows to points: columns for entity type, service and time, every other column a field of data.
import type { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import { badUserInput } from '../base/errors.ts';
import type { Json } from '../base/json.ts';
import type { PointInput } from './point.ts';

export interface CsvDefaults {
  readonly entityType?: string | undefined;
  readonly serviceId?: string | undefined;
}

const timeColumns = new Set(['timestamp', 'time', 'date', 'datetime', 'ts']);
const wholeNumber = /^-?\d{1,15}$/;
const decimal = /^-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** The rows of `input`, whose first line names the columns; needs an entityType and a serviceId from a column or `defaults`. */
export function readCsv(input: Readable, defaults: CsvDefaults): AsyncIterable<PointInput> {
  const rows = input.pipe(
    parse({ columns: true, bom: true, trim: true, skip_empty_lines: true, relax_column_count: true }),
  );
  input.on('error', (error) => rows.destroy(error));
  return toPoints(rows, defaults);
}

async function* toPoints(
  rows: AsyncIterable<Record<string, string>>,
  defaults: CsvDefaults,
): AsyncGenerator<PointInput> {
  let row = 0;
  for await (const cells of rows) {
    row += 1;
    yield rowToPoint(cells, row, defaults);
  }
}

function rowToPoint(cells: Record<string, string>, row: number, defaults: CsvDefaults): PointInput {
  let entityType = defaults.entityType;
  let serviceId = defaults.serviceId;
  let timestamp: string | undefined;
  const data: Record<string, Json> = {};
  for (const [column, text] of Object.entries(cells)) {
    if (column === 'entityType') entityType = text;
    else if (column === 'serviceId') serviceId = text;
    else if (timestamp === undefined && timeColumns.has(column.toLowerCase())) timestamp = toRfc3339(text);
    else if (column !== '' && text !== '') data[column] = cellValue(text);
  }
  if (!entityType || !serviceId) {
    const missing = entityType ? 'serviceId' : 'entityType';
    throw badUserInput(
      `row ${row} has no ${missing}: name it in a column of that name or with --${missing === 'serviceId' ? 'service' : 'entity-type'}`,
    );
  }
  return timestamp === undefined ? { entityType, serviceId, data } : { entityType, serviceId, timestamp, data };
}

function cellValue(text: string): Json {
  if (wholeNumber.test(text) || decimal.test(text)) return Number(text);
  if (text === 'true' || text === 'false') return text === 'true';
  return text;
}

// Dates without an offset are taken for UTC, whole numbers for seconds or milliseconds since 1970.
function toRfc3339(text: string): string {
  if (wholeNumber.test(text)) return isoOr(text, Number(text) < 1e11 ? Number(text) * 1000 : Number(text));
  const hasOffset = /(?:[Zz]|[+-]\d{2}:?\d{2})$/.test(text) && /\d[T ]\d/.test(text);
  return isoOr(
    text,
    Date.parse(
      hasOffset || !/^\d{4}-\d{2}-\d{2}/.test(text) ? text : `${text.replace(' ', 'T')}${text.length > 10 ? 'Z' : ''}`,
    ),
  );
}

function isoOr(text: string, time: number): string {
  return Number.isFinite(time) && Math.abs(time) < 8.64e15 ? new Date(time).toISOString() : text;
}
