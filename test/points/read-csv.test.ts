// CSV files as they come, and that a row that cannot be read is named.

import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { isPulseError } from '../../src/base/errors.ts';
import { type ColumnType, type CsvOptions, type CsvPlan, planCsv } from '../../src/points/csv-plan.ts';
import type { PointInput } from '../../src/points/point.ts';
import { type RowPoint, readCsv } from '../../src/points/read-csv.ts';

const names = { entityType: 'stock', serviceId: 'nyse' };

interface ReadFile {
  readonly plan: CsvPlan;
  readonly points: PointInput[];
  readonly badRows: string[];
}

/** A file of that text, as it is planned and then read. */
async function readFile(text: string | Buffer, options: CsvOptions = {}): Promise<ReadFile> {
  const open = () => Readable.from([Buffer.from(text)]);
  const plan = await planCsv(open, { ...names, ...options });
  const badRows: string[] = [];
  const rows = readCsv(open(), plan, (row, why) => badRows.push(`row ${row}: ${why}`));
  return { plan, points: await toArray(rows), badRows };
}

async function read(text: string | Buffer, options: CsvOptions = {}): Promise<PointInput[]> {
  const { points, badRows } = await readFile(text, options);
  expect(badRows).toEqual([]);
  return points;
}

async function toArray(rows: AsyncIterable<RowPoint>): Promise<PointInput[]> {
  const all: PointInput[] = [];
  for await (const { point } of rows) all.push(point);
  return all;
}

/** Settles when the stream has let go of its file. */
function closed(stream: Readable): Promise<void> {
  return new Promise((resolve) => (stream.closed ? resolve() : stream.once('close', resolve)));
}

/** Of a file without a time. */
async function dataOf(text: string, options: CsvOptions = {}): Promise<unknown[]> {
  return (await read(text, { time: [], ...options })).map(({ data }) => data);
}

async function refusal(text: string | Buffer, options: CsvOptions = {}): Promise<string> {
  const error = await readFile(text, options).catch((error: unknown) => error);
  if (!isPulseError(error, 'BAD_USER_INPUT')) throw new Error('it was not refused', { cause: error });
  return error.message;
}

describe('a CSV file', () => {
  test('becomes a point a row, with the time from its time column and fields from the others', async () => {
    expect(await read('symbol,date,price\nMSFT,Jan 1 2000,39.81\nAAPL,Feb 1 2000,28.66\n')).toEqual([
      { ...names, timestamp: '2000-01-01T00:00:00.000Z', data: { symbol: 'MSFT', price: 39.81 } },
      { ...names, timestamp: '2000-02-01T00:00:00.000Z', data: { symbol: 'AAPL', price: 28.66 } },
    ]);
  });

  test('may name entity type and service in columns, which win over the defaults where they are not empty', async () => {
    const points = await read('entity_type,serviceId,v\norders,web,1\n,,2\n', { time: [] });
    expect(points).toEqual([
      { entityType: 'orders', serviceId: 'web', data: { v: 1 } },
      { ...names, data: { v: 2 } },
    ]);
  });

  test.each(['timestamp', 'Time', 'DATE', 'date_time', 'ts'])('may call its time column %s', async (column) => {
    expect(await read(`v,${column}\n1,1700000000\n`)).toEqual([
      { ...names, timestamp: '2023-11-14T22:13:20.000Z', data: { v: 1 } },
    ]);
  });

  test('with a date and a time of day in two columns has both in the timestamp', async () => {
    expect(await read('time,v,date\n12:30,1,2024-05-06\n')).toEqual([
      { ...names, timestamp: '2024-05-06T12:30:00.000Z', data: { v: 1 } },
    ]);
  });

  test('may have quoted commas, quotes and newlines, a byte order mark, CRLF, spaces around its cells', async () => {
    expect(await dataOf('\ufeff a , "b" \r\n "Main, College" ,"say ""hi""\nthere"\r\n')).toEqual([
      { a: 'Main, College', b: 'say "hi"\nthere' },
    ]);
  });

  test('may have empty cells, short rows and empty rows: they are left out', async () => {
    expect(await dataOf('a,b,c\n1,,3\n4\n\n,,\n5,6,7,,\n')).toEqual([{ a: 1, c: 3 }, { a: 4 }, { a: 5, b: 6, c: 7 }]);
  });

  test('may have a column without a name, which is left out', async () => {
    expect(await read(',a\n0,x\n', { time: [] })).toEqual([{ ...names, data: { a: 'x' } }]);
  });

  test('with names only, or nothing at all, has no points', async () => {
    expect(await read('a,b\n')).toEqual([]);
    expect(await read('')).toEqual([]);
  });

  test('may have a column called __proto__, whose points are then refused as any such point is', async () => {
    const [data] = await dataOf('__proto__\n1\n');
    expect(Object.keys(data as object)).toEqual(['__proto__']);
  });
});

describe('a column', () => {
  test.each([
    ['12', 12],
    ['-0.5', -0.5],
    ['.5', 0.5],
    ['5.', 5],
    ['1469.250000', 1469.25],
    ['1e-3', 0.001],
    ['931800000', 931800000],
    ['true', true],
    ['FALSE', false],
  ])('of %s has the value %s', async (cell, value) => {
    expect(await dataOf(`a\n${cell}\n`)).toEqual([{ a: value }]);
  });

  test.each(['00123', '12345678901234567890', '1e999', '1,234', '+49', '12 %', 'NaN', 'null', '0x10', '-', '.'])(
    'of %s has texts',
    async (cell) => {
      expect(await dataOf(`a,b\n"${cell}",1\n`)).toEqual([{ a: cell, b: 1 }]);
    },
  );

  test('in which one cell is no number has texts in all rows', async () => {
    expect(await dataOf('zip,n\n12345,1\n01234,2\n')).toEqual([
      { zip: '12345', n: 1 },
      { zip: '01234', n: 2 },
    ]);
    expect(await dataOf('a\n1\ntrue\n')).toEqual([{ a: '1' }, { a: 'true' }]);
  });

  test.each(['NA', 'n/a', 'null', 'NaN', 'None'])('of numbers leaves %s out, one of texts keeps it', async (cell) => {
    expect(await dataOf(`a,b\n1,x\n${cell},${cell}\n`)).toEqual([{ a: 1, b: 'x' }, { b: cell }]);
  });

  test('has the type that is asked for, and may be left out', async () => {
    const types = new Map<string, ColumnType>([
      ['zip', 'text'],
      ['note', 'skip'],
      ['n', 'number'],
    ]);
    const { points, badRows } = await readFile('zip,note,n\n12345,a,1\n5,b,x\n', { time: [], types });
    expect(points.map(({ data }) => data)).toEqual([{ zip: '12345', n: 1 }]);
    expect(badRows).toEqual(['row 3: n must be a number, not "x"']);
    expect(await refusal('a\n1\n', { time: [], types })).toBe(
      '--types names "zip", which is no column of the file: it has "a"',
    );
  });
});

describe('the delimiter', () => {
  test.each([
    [';', 'when;n\n2026-03-01;1,5\n'],
    ['\t', 'when\tn\n2026-03-01\t1,5\n'],
    ['|', 'when|n\n2026-03-01|1,5\n'],
  ])('%j is found in the first line', async (delimiter, text) => {
    const { plan, points } = await readFile(text, { time: ['when'] });
    expect(plan.delimiter).toBe(delimiter);
    expect(points).toEqual([{ ...names, timestamp: '2026-03-01T00:00:00.000Z', data: { n: '1,5' } }]);
  });

  test('is not looked for within quotes, and may be given', async () => {
    expect(await dataOf('"a;b;c",d\n1,2\n')).toEqual([{ 'a;b;c': 1, d: 2 }]);
    expect(await dataOf('a:b\n1:2\n', { delimiter: ':' })).toEqual([{ a: 1, b: 2 }]);
  });
});

describe('the time', () => {
  test('is in the column that is named, also in two', async () => {
    const text = 'day,hour,timestamp\n2024-05-06,12:30,x\n';
    expect(await read(text, { time: ['day', 'hour'] })).toEqual([
      { ...names, timestamp: '2024-05-06T12:30:00.000Z', data: { timestamp: 'x' } },
    ]);
    expect(await refusal(text, { time: ['when'] })).toBe(
      '--time names "when", which is no column of the file: it has "day", "hour", "timestamp"',
    );
  });

  test('must be named where no column or several may be it', async () => {
    expect(await refusal('year,v\n2000,1\n')).toBe(
      'no column has a name that is known for times (timestamp, datetime, ts, date, time): name the time with --time, one of "year", "v", or say --time none for the time of arrival',
    );
    expect(await refusal('date,timestamp\n2024-05-06,2024-05-06T07:08:09Z\n')).toBe(
      'any of "timestamp", "date" may be the time: choose it with --time',
    );
  });

  test.each([
    ['DD/MM/YYYY', '13/02/2026', '2026-02-13T00:00:00.000Z'],
    ['DD.MM.YYYY HH:mm', '1.2.2026 7:05', '2026-02-01T07:05:00.000Z'],
    ['YYYYMMDD HH:mm:ss', '20260213 23:59:58.25', '2026-02-13T23:59:58.250Z'],
    ['seconds', '1700000000.5', '2023-11-14T22:13:20.500Z'],
    ['milliseconds', '1700000000500', '2023-11-14T22:13:20.500Z'],
  ])('in the format %s is read: %s', async (format, cell, timestamp) => {
    expect(await read(`date\n${cell}\n`, { format })).toEqual([{ ...names, timestamp, data: {} }]);
  });

  test.each([
    ['Europe/Berlin', '2026-01-10 12:00', '2026-01-10T11:00:00.000Z'],
    ['Europe/Berlin', '2026-07-10 12:00', '2026-07-10T10:00:00.000Z'],
    ['Europe/Berlin', '2026-07-10T12:00:00+05:00', '2026-07-10T07:00:00.000Z'],
    ['Europe/Berlin', '1700000000', '2023-11-14T22:13:20.000Z'],
    ['America/New_York', 'Jul 4 2026 00:00', '2026-07-04T04:00:00.000Z'],
    ['Asia/Kathmandu', '2026-03-01', '2026-02-28T18:15:00.000Z'],
  ])('without an offset is of the zone %s: %s', async (zone, cell, timestamp) => {
    expect(await read(`date\n${cell}\n`, { zone })).toEqual([{ ...names, timestamp, data: {} }]);
  });

  test('in another format names the row and the flag', async () => {
    const { badRows } = await readFile('date\n2026-02-30\n13/02/2026\n30/02/2026\n', { format: 'DD/MM/YYYY' });
    expect(badRows).toEqual([
      expect.stringMatching(/^row 2: it has no time: "2026-02-30" cannot be read as one; give --time-format/),
      expect.stringMatching(/^row 4: it has no time: "30\/02\/2026"/),
    ]);
  });

  test.each([
    [{ format: 'DD/MM' }, /^--time-format must be seconds, milliseconds, or made of YYYY, MM and DD/],
    [{ zone: 'Mars/Base' }, /^--zone must be a time zone such as Europe\/Berlin or UTC, not "Mars\/Base"$/],
  ])('%j is refused', async (options, says) => {
    expect(await refusal('date\n2026-01-01\n', options)).toMatch(says);
  });
});

describe('a row that cannot be read is named and left out', () => {
  test('where it has no time', async () => {
    const { points, badRows } = await readFile('date,v\n2000-01-01,1\nsoon,2\n,3\n2000-01-04,4\n');
    expect(points.map(({ data }) => data['v'])).toEqual([1, 4]);
    expect(badRows).toEqual([
      expect.stringMatching(/^row 3: it has no time: "soon" cannot/),
      expect.stringMatching(/^row 4: it has no time: "" cannot/),
    ]);
  });

  test('where it has no service, though there is a column for it', async () => {
    const { points, badRows } = await readFile('serviceId,v\nweb,1\n,2\n', { time: [], serviceId: undefined });
    expect([points.length, badRows]).toEqual([1, ['row 3: it has no serviceId: give --service for such rows']]);
  });

  test('where it has more cells than there are columns', async () => {
    const { badRows } = await readFile('a,b\n1,2\n1,2,3\n', { time: [] });
    expect(badRows).toEqual(['row 3: it has 3 cells, but the file has 2 columns']);
  });

  test('where it is not UTF-8', async () => {
    const { badRows } = await readFile(Buffer.from('city\nK\xf6ln\n', 'latin1'), { time: [] });
    expect(badRows).toEqual(['row 2: it is not UTF-8 text: "K\ufffdln"']);
  });
});

describe('a file is refused', () => {
  test('without an entity type or a service', async () => {
    expect(await refusal('v\n1\n', { time: [], entityType: undefined })).toBe(
      'the file has no column entityType: give --entity-type',
    );
    expect(await refusal('v\n1\n', { time: [], serviceId: undefined })).toBe(
      'the file has no column serviceId: give --service',
    );
  });

  test('with two columns of one name', async () => {
    expect(await refusal('a,b,a\n1,2,3\n')).toBe('two columns have the name "a"');
  });

  test('whose quotes do not match', async () => {
    expect(await refusal('a,b\n1,"2\n3,4\n')).toMatch(/^the file is no CSV: .*[Qq]uot.* line/);
  });
});

describe('the file that is read', () => {
  const file = fileURLToPath(new URL('../../node_modules/vega-datasets/data/stocks.csv', import.meta.url));

  test('may be a real one', async () => {
    const plan = await planCsv(() => createReadStream(file), names);
    expect(plan.rows).toBe(560);
    const points = await toArray(readCsv(createReadStream(file), plan, expect.fail));
    expect(points).toHaveLength(560);
    expect(points[0]).toEqual({
      ...names,
      timestamp: '2000-01-01T00:00:00.000Z',
      data: { symbol: 'MSFT', price: 39.81 },
    });
  });

  test('is closed when the reader leaves early, or the file is refused', async () => {
    const streams: Readable[] = [];
    const open = () => {
      const stream = createReadStream(file, { highWaterMark: 256 });
      streams.push(stream);
      return stream;
    };
    const plan = await planCsv(open, names);
    for await (const _ of readCsv(open(), plan, expect.fail)) break;
    await expect(planCsv(open, {})).rejects.toThrow('the file has no column entityType');
    for (const stream of streams) await closed(stream);
    expect(streams).toHaveLength(5);
  });

  test('ends the reading with its own error where it fails', async () => {
    await expect(planCsv(() => createReadStream('/no/such/file.csv'), names)).rejects.toThrow('ENOENT');
  });
});
