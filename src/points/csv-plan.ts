// What the columns of a CSV file become: found out by reading all of it once, before any row is sent.
import type { Readable } from 'node:stream';
import { badUserInput } from '../base/errors.ts';
import { type Json, shown } from '../base/json.ts';
import { csvRows, detectDelimiter } from './csv-rows.ts';
import { type ReadTime, type TimeFormat, timeReader } from './time-reader.ts';

export const columnTypes = ['number', 'boolean', 'text', 'skip'] as const;
/** `skip`: the column is left out. */
export type ColumnType = (typeof columnTypes)[number];

export interface CsvOptions extends TimeFormat {
  /** Of rows that name none. */
  readonly entityType?: string | undefined;
  readonly serviceId?: string | undefined;
  /** Columns that make up the time, joined by a space; empty: points have the time of their arrival; without it, the column is found by its name. */
  readonly time?: readonly string[] | undefined;
  /** Without it, the one that the first line has most of. */
  readonly delimiter?: string | undefined;
  /** By column; the others by their cells. */
  readonly types?: ReadonlyMap<string, ColumnType> | undefined;
}

export interface DataColumn {
  readonly index: number;
  readonly name: string;
  readonly type: ColumnType;
}

export interface CsvPlan {
  readonly delimiter: string;
  readonly names: readonly string[];
  /** Rows that are not empty, the names left out. */
  readonly rows: number;
  readonly entityType: number | undefined;
  readonly serviceId: number | undefined;
  readonly defaults: Pick<CsvOptions, 'entityType' | 'serviceId'>;
  /** Two where a date and a time of day stand apart; none: the time of arrival. */
  readonly time: readonly number[];
  readonly readTime: ReadTime;
  readonly data: readonly DataColumn[];
}

const timeNames = ['timestamp', 'datetime', 'ts', 'date', 'time'];
const decimal = /^-?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
// What programs write for a number that they do not have.
const missing = new Set(['na', 'n/a', 'nan', 'null', 'none']);

/**
 * Reads the file once; `open` opens it. Errors: BAD_USER_INPUT where it is no CSV, where it is not clear which column is the time, and for options that do
 * not fit it.
 */
export async function planCsv(open: () => Readable, options: CsvOptions): Promise<CsvPlan> {
  const readTime = timeReader(options);
  const delimiter = options.delimiter ?? (await detectDelimiter(open()));
  let names: readonly string[] | undefined;
  let kinds: ColumnKind[] = [];
  let rows = 0;
  for await (const { cells } of csvRows(open(), delimiter)) {
    if (names === undefined) {
      names = checkedNames(cells);
      kinds = names.map(() => new ColumnKind());
      continue;
    }
    rows += 1;
    for (const [i, kind] of kinds.entries()) kind.note(cells[i] ?? '');
  }
  const found = names ?? [];
  const time = rows === 0 ? [] : timeOf(found, options.time);
  const [entityType, serviceId] = [find(found, 'entityType'), find(found, 'serviceId')];
  checkNamed(rows, { entityType, serviceId }, options);
  checkTypes(found, options);
  const taken = new Set([entityType, serviceId, ...time]);
  const data = found.flatMap((name, index): DataColumn[] => {
    if (name === '' || taken.has(index)) return [];
    return [{ index, name, type: options.types?.get(name) ?? kinds[index]?.type ?? 'text' }];
  });
  const { entityType: type, serviceId: service } = options;
  const defaults = { entityType: type, serviceId: service };
  return { delimiter, names: found, rows, entityType, serviceId, defaults, time, readTime, data };
}

/** What all cells of a column may be. */
class ColumnKind {
  #hasValues = false;
  #isNumber = true;
  #isBoolean = true;

  note(cell: string): void {
    if (cell === '' || isMissing(cell)) return;
    this.#hasValues = true;
    if (this.#isNumber) this.#isNumber = numberOf(cell) !== undefined;
    if (this.#isBoolean) this.#isBoolean = booleanOf(cell) !== undefined;
  }

  get type(): ColumnType {
    if (!this.#hasValues) return 'text';
    if (this.#isNumber) return 'number';
    return this.#isBoolean ? 'boolean' : 'text';
  }
}

/** Undefined: it is left out. Errors: BAD_USER_INPUT where the cell is none of the type. */
export function cellValue(cell: string, { name, type }: DataColumn): Json | undefined {
  if (cell === '' || type === 'skip') return undefined;
  if (type === 'text') return cell;
  if (isMissing(cell)) return undefined;
  const value = type === 'number' ? numberOf(cell) : booleanOf(cell);
  if (value === undefined) throw badUserInput(`${name} must be a ${type}, not ${shown(cell)}`);
  return value;
}

function isMissing(cell: string): boolean {
  return missing.has(cell.toLowerCase());
}

// Leading zeros and digits that a number cannot hold belong to a name: a post code, an account.
function numberOf(cell: string): number | undefined {
  if (!decimal.test(cell)) return undefined;
  const value = Number(cell);
  const isExact = Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value);
  return isExact ? value : undefined;
}

function booleanOf(cell: string): boolean | undefined {
  const word = cell.toLowerCase();
  return word === 'true' || word === 'false' ? word === 'true' : undefined;
}

function checkedNames(names: readonly string[]): readonly string[] {
  const twice = names.find((name, i) => name !== '' && names.indexOf(name) !== i);
  if (twice !== undefined) throw badUserInput(`two columns have the name ${shown(twice)}`);
  return names;
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[ _-]/g, '');
}

function find(names: readonly string[], wanted: string): number | undefined {
  const exact = names.indexOf(wanted);
  const index = exact >= 0 ? exact : names.findIndex((name) => plain(name) === plain(wanted));
  return index < 0 ? undefined : index;
}

function timeOf(names: readonly string[], asked: readonly string[] | undefined): readonly number[] {
  if (asked !== undefined) return asked.map((name) => find(names, name) ?? refuse('--time', name, names));
  const found = timeNames.filter((name) => find(names, name) !== undefined);
  const indexes = found.map((name) => find(names, name) as number);
  const isPair = found.length === 2 && found[0] === 'date' && found[1] === 'time';
  if (found.length === 1 || isPair) return indexes;
  if (found.length === 0) {
    const known = timeNames.join(', ');
    const remedy = `name the time with --time, one of ${listed(names)}, or say --time none for the time of arrival`;
    throw badUserInput(`no column has a name that is known for times (${known}): ${remedy}`);
  }
  throw badUserInput(`any of ${listed(indexes.map((i) => names[i] ?? ''))} may be the time: choose it with --time`);
}

function refuse(flag: string, name: string, names: readonly string[]): never {
  throw badUserInput(`${flag} names ${shown(name)}, which is no column of the file: it has ${listed(names)}`);
}

function listed(names: readonly string[]): string {
  const some = names.filter((name) => name !== '').slice(0, 30);
  return `${some.map(shown).join(', ')}${names.length > some.length + 1 ? ', …' : ''}`;
}

interface Named {
  readonly entityType: number | undefined;
  readonly serviceId: number | undefined;
}

function checkNamed(rows: number, found: Named, given: CsvOptions): void {
  if (rows === 0) return;
  const want = (name: keyof Named, flag: string) => {
    if (found[name] !== undefined || given[name] !== undefined) return;
    throw badUserInput(`the file has no column ${name}: give ${flag}`);
  };
  want('entityType', '--entity-type');
  want('serviceId', '--service');
}

function checkTypes(names: readonly string[], { types }: CsvOptions): void {
  for (const name of types?.keys() ?? []) if (!names.includes(name)) refuse('--types', name, names);
}
