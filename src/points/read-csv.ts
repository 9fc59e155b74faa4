// The rows of a CSV file as points. A row that cannot be read is named and left out, as POST /ingest does.
import type { Readable } from 'node:stream';
import { badUserInput, isPulseError } from '../base/errors.ts';
import { shown } from '../base/json.ts';
import { type CsvPlan, cellValue } from './csv-plan.ts';
import { csvRows } from './csv-rows.ts';
import type { PointInput } from './point.ts';

export interface RowPoint {
  readonly row: number;
  readonly point: PointInput;
}

/** `onBadRow` gets the number of each row that is left out, and why. Errors: BAD_USER_INPUT where the file is no CSV, those of the stream. */
export async function* readCsv(
  input: Readable,
  plan: CsvPlan,
  onBadRow: (row: number, why: string) => void,
): AsyncGenerator<RowPoint> {
  for await (const { number, cells } of csvRows(input, plan.delimiter)) {
    if (number === 1) continue;
    try {
      yield { row: number, point: toPoint(cells, plan) };
    } catch (error) {
      if (!isPulseError(error, 'BAD_USER_INPUT')) throw error;
      onBadRow(number, error.message);
    }
  }
}

function toPoint(cells: readonly string[], plan: CsvPlan): PointInput {
  checkCells(cells, plan);
  const fields = plan.data.map((column) => [column.name, cellValue(cells[column.index] ?? '', column)] as const);
  const data = Object.fromEntries(fields.filter(([, value]) => value !== undefined)) as PointInput['data'];
  const entityType = cellOr(cells, plan.entityType, plan.defaults.entityType);
  const serviceId = cellOr(cells, plan.serviceId, plan.defaults.serviceId);
  if (!entityType) throw badUserInput('it has no entityType: give --entity-type for such rows');
  if (!serviceId) throw badUserInput('it has no serviceId: give --service for such rows');
  if (plan.time.length === 0) return { entityType, serviceId, data };
  return { entityType, serviceId, timestamp: timeOf(cells, plan), data };
}

function checkCells(cells: readonly string[], { names }: CsvPlan): void {
  if (cells.slice(names.length).some((cell) => cell !== '')) {
    throw badUserInput(`it has ${cells.length} cells, but the file has ${names.length} columns`);
  }
  const wrong = cells.find((cell) => cell.includes('\ufffd'));
  if (wrong !== undefined) throw badUserInput(`it is not UTF-8 text: ${shown(wrong)}`);
}

function cellOr(
  cells: readonly string[],
  index: number | undefined,
  otherwise: string | undefined,
): string | undefined {
  return (index === undefined ? undefined : cells[index]) || otherwise;
}

function timeOf(cells: readonly string[], { time, readTime }: CsvPlan): string {
  const text = time
    .map((index) => cells[index] ?? '')
    .join(' ')
    .trim();
  const ms = readTime(text);
  if (!Number.isNaN(ms)) return new Date(ms).toISOString();
  const remedy = 'give --time-format, such as DD/MM/YYYY, where the file has times of another form';
  throw badUserInput(`it has no time: ${shown(text)} cannot be read as one; ${remedy}`);
}
