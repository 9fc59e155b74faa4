// The rows of a CSV file as lists of cells, with their numbers.
import { pipeline, type Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { badUserInput } from '../base/errors.ts';

export interface CsvRow {
  /** As a spreadsheet counts: the names of the columns are row 1. Empty lines do not count. */
  readonly number: number;
  readonly cells: readonly string[];
}

const maxRowLength = 1024 * 1024;
const delimiters = [',', ';', '\t', '|'];
// Of the first line.
const mostLooked = 65_536;

/** All rows that are not empty, the names of the columns first. Errors: BAD_USER_INPUT where it is no CSV, those of the stream. */
export async function* csvRows(input: Readable, delimiter: string): AsyncGenerator<CsvRow> {
  const rows = parse({
    bom: true,
    trim: true,
    delimiter,
    skip_empty_lines: true,
    relax_column_count: true,
    max_record_size: maxRowLength,
  });
  // What goes wrong comes out of `rows`; a reader that leaves early closes `input` too.
  pipeline(input, rows, () => undefined);
  let number = 0;
  try {
    for await (const cells of rows as AsyncIterable<string[]>) {
      number += 1;
      if (number === 1 || cells.some((cell) => cell !== '')) yield { number, cells };
    }
  } catch (error) {
    throw error instanceof CsvError ? badUserInput(`the file is no CSV: ${error.message}`) : error;
  }
}

/** The one that stands most often in the first line, outside of quotes; a comma where none does. */
export async function detectDelimiter(input: Readable): Promise<string> {
  let line = '';
  for await (const chunk of input) {
    line += String(chunk);
    if (line.includes('\n') || line.length > mostLooked) break;
  }
  const [first = ''] = line.replaceAll(/"[^"]*"/g, '').split('\n');
  const counts = delimiters.map((one) => first.split(one).length);
  return delimiters[counts.indexOf(Math.max(...counts))] ?? ',';
}
