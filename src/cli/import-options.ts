// Flags of the commands that read a file of points.
import type { parseArgs } from 'node:util';
import { badUserInput } from '../base/errors.ts';
import { shown } from '../base/json.ts';
import { type ColumnType, type CsvOptions, columnTypes } from '../points/csv-plan.ts';
import { timeReader } from '../points/time-reader.ts';

export const defaultUrl = 'http://127.0.0.1:4000';

export const importOptions = {
  url: { type: 'string', default: defaultUrl },
  'entity-type': { type: 'string' },
  service: { type: 'string' },
  time: { type: 'string' },
  'time-format': { type: 'string' },
  zone: { type: 'string' },
  delimiter: { type: 'string' },
  types: { type: 'string' },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof importOptions }>>['values'];

export const importHelp: readonly string[] = [
  `  --url URL             the server [${defaultUrl}]`,
  '  --entity-type NAME    of points that name none',
  '  --service NAME        of points that name none',
  '',
  'Of a CSV file, whose first line names the columns:',
  '  --time COLUMN         the time; DATE,TIME where it is in two; none for the time of arrival',
  '                        [the one that is named timestamp, datetime, ts, date or time]',
  '  --time-format FORMAT  seconds, milliseconds, or a pattern such as DD/MM/YYYY HH:mm:ss',
  '                        [ISO dates, names of months, MM/DD/YYYY, seconds or milliseconds since 1970]',
  '  --zone ZONE           of times without an offset, such as Europe/Berlin [UTC]',
  '  --delimiter CHARACTER , ; | or tab [the one that the first line has most of]',
  `  --types NAME=TYPE,…   of columns: ${columnTypes.join(', ')} [number or boolean where all cells are, else text]`,
];

/** Errors: BAD_USER_INPUT, by the name of the flag. */
export function csvOptionsOf(values: Values): CsvOptions {
  const { time, types, delimiter, zone, 'time-format': format } = values;
  // A wrong format is refused before the file is opened.
  timeReader({ format, zone });
  return {
    entityType: values['entity-type'],
    serviceId: values.service,
    time: time === undefined ? undefined : time === 'none' ? [] : time.split(','),
    format,
    zone,
    delimiter: delimiter === undefined ? undefined : delimiterOf(delimiter),
    types: types === undefined ? undefined : typesOf(types),
  };
}

function delimiterOf(text: string): string {
  if (text === 'tab' || text === '\\t') return '\t';
  if (text.length === 1 && text !== '"') return text;
  throw badUserInput(`--delimiter must be one character, or tab, not ${shown(text)}`);
}

function typesOf(text: string): Map<string, ColumnType> {
  const pairs = text.split(',').map((pair): [string, ColumnType] => {
    const at = pair.lastIndexOf('=');
    const type = pair.slice(at + 1);
    if (at > 0 && isType(type)) return [pair.slice(0, at), type];
    throw badUserInput(
      `--types must be like zip=text,price=number, with the types ${columnTypes.join(', ')}; it has ${shown(pair)}`,
    );
  });
  return new Map(pairs);
}

function isType(text: string): text is ColumnType {
  return (columnTypes as readonly string[]).includes(text);
}
