// CSV files as they come, and that a row that cannot be read is named.

import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { isPulseError } from '../../src/base/errors.ts';
import type { PointInput } from '../../src/points/point.ts';
import { type CsvDefaults, readCsv } from '../../src/points/read-csv.ts';

const names = { entityType: 'stock', serviceId: 'nyse' };

function read(text: string | Buffer, defaults: CsvDefaults = names): Promise<PointInput[]> {
  return toArray(readCsv(Readable.from([Buffer.from(text)]), defaults));
}

async function toArray(points: AsyncIterable<PointInput>): Promise<PointInput[]> {
  const all: PointInput[] = [];
  for await (const point of points) all.push(point);
  return all;
}

/** Settles when the stream has let go of its file. */
function closed(stream: Readable): Promise<void> {
  return new Promise((resolve) => (stream.closed ? resolve() : stream.once('close', resolve)));
}

async function dataOf(text: string): Promise<unknown[]> {
  return (await read(text)).map(({ data }) => data);
}

async function refusal(text: string | Buffer, defaults: CsvDefaults = names): Promise<string> {
  const error = await read(text, defaults).catch((error: unknown) => error);
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
    const points = await read('entity_type,serviceId,v\norders,web,1\n,,2\n', names);
    expect(points).toEqual([
      { entityType: 'orders', serviceId: 'web', data: { v: 1 } },
      { ...names, data: { v: 2 } },
    ]);
  });

  test('without a time column gives points without a timestamp', async () => {
    expect(await read('a\n1\n')).toEqual([{ ...names, data: { a: 1 } }]);
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

  test('with a timestamp keeps its date as a field', async () => {
    expect(await read('date,timestamp\n2024-05-06,2024-05-06T07:08:09+02:00\n')).toEqual([
      { ...names, timestamp: '2024-05-06T05:08:09.000Z', data: { date: '2024-05-06' } },
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
    expect(await read(',a\n0,x\n')).toEqual([{ ...names, data: { a: 'x' } }]);
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

describe('a cell', () => {
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
  ])('%s is the value %s', async (cell, value) => {
    expect(await dataOf(`a\n${cell}\n`)).toEqual([{ a: value }]);
  });

  test.each(['00123', '12345678901234567890', '1e999', '1,234', '+49', '12 %', 'NaN', 'null', '0x10', '-', '.'])(
    '%s stays a text',
    async (cell) => {
      expect(await dataOf(`a,b\n"${cell}",1\n`)).toEqual([{ a: cell, b: 1 }]);
    },
  );
});

describe('what cannot be read', () => {
  test('is named by its row, as a spreadsheet counts', async () => {
    const said = 'is neither a date, such as 2026-11-24 16:38:52, nor seconds or milliseconds since 1970';
    expect(await refusal('date,v\n2000-01-01,1\nsoon,2\n')).toBe(`row 3 has no time: "soon" ${said}`);
    expect(await refusal('v,date\n1\n')).toBe(`row 2 has no time: "" ${said}`);
  });

  test('is a row without an entity type or a service', async () => {
    expect(await refusal('v\n1\n', { serviceId: 'web' })).toBe(
      'row 2 has no entityType: give a column of that name, or --entity-type',
    );
    expect(await refusal('serviceId,v\nweb,1\n,2\n', { entityType: 'a' })).toBe(
      'row 3 has no serviceId: give a column of that name, or --service',
    );
  });

  test('is a row with more cells than there are columns', async () => {
    expect(await refusal('a,b\n1,2\n1,2,3\n')).toBe('row 3 has 3 cells, but the file has 2 columns');
  });

  test('is a file with two columns of one name', async () => {
    expect(await refusal('a,b,a\n1,2,3\n')).toBe('two columns have the name "a"');
  });

  test('is a file whose quotes do not match', async () => {
    expect(await refusal('a,b\n1,"2\n3,4\n')).toMatch(/^the file is no CSV: .*[Qq]uot.* line/);
  });

  test('is a file that is not UTF-8', async () => {
    expect(await refusal(Buffer.from('city\nK\xf6ln\n', 'latin1'))).toBe('row 2 is not UTF-8 text: "K\ufffdln"');
  });
});

describe('the file that is read', () => {
  const file = fileURLToPath(new URL('../../node_modules/vega-datasets/data/stocks.csv', import.meta.url));

  test('may be a real one', async () => {
    const points = await toArray(readCsv(createReadStream(file), names));
    expect(points).toHaveLength(560);
    expect(points[0]).toEqual({
      ...names,
      timestamp: '2000-01-01T00:00:00.000Z',
      data: { symbol: 'MSFT', price: 39.81 },
    });
  });

  test('is closed when the reader leaves early', async () => {
    const input = createReadStream(file, { highWaterMark: 256 });
    for await (const _ of readCsv(input, names)) break;
    await closed(input);
  });

  test('is closed when a row cannot be read', async () => {
    const input = createReadStream(file, { highWaterMark: 256 });
    await expect(toArray(readCsv(input, {}))).rejects.toThrow('row 2 has no entityType');
    await closed(input);
  });

  test('ends the reading with its own error where it fails', async () => {
    const missing = readCsv(createReadStream('/no/such/file.csv'), names);
    await expect(toArray(missing)).rejects.toThrow('ENOENT');
  });
});
