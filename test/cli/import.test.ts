// CSV files to a server by `ingest`: real ones, broken ones, and the same one twice.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { root } from '../../scripts/source-files.ts';
import { query, readAll } from '../support/graphql.ts';
import { runCommand, startServer } from '../support/start-server.ts';
import { tempFolder } from '../support/temp-folder.ts';

const real = (name: string) => path.join(root, 'node_modules/vega-datasets/data', name);

/** A file that goes with the test. */
function fileOf(name: string, text: string): string {
  const folder = tempFolder();
  onTestFinished(() => folder.remove());
  const file = path.join(folder.path, name);
  writeFileSync(file, text);
  return file;
}

function ingest(url: string, file: string, ...flags: string[]) {
  return runCommand(['ingest', file, '--url', url, '--entity-type', 'rows', '--service', 'file', ...flags]);
}

describe('a real file is imported', () => {
  // Its points before 2000 are for the server to refuse.
  test.each([
    ['birdstrikes.csv', ['--time', 'Flight Date'], 1, /^[1-9]\d* accepted, 0 duplicates, [1-9]\d* rejected$/],
    ['github.csv', [], 0, /^955 accepted/],
    ['iowa-electricity.csv', ['--time', 'year'], 0, /^51 accepted/],
    ['seattle-weather.csv', [], 0, /^1461 accepted/],
    ['sp500-2000.csv', [], 0, /^5105 accepted/],
    ['us-employment.csv', ['--time', 'month'], 0, /^120 accepted/],
    ['weather.csv', [], 0, /^2922 accepted/],
    ['zipcodes.csv', ['--time', 'none'], 0, /^42049 accepted/],
  ])(
    '%s with %j, once however often it is sent',
    async (name, flags, code, says) => {
      const { url } = await startServer();
      const first = await ingest(url, real(name), ...flags);
      expect(first.stdout.trim()).toMatch(says);
      expect(first.code).toBe(code);
      const count = async () =>
        (await query<{ series: [{ pointCount: number }] }>(url, '{ series { pointCount } }')).series[0].pointCount;
      const before = await count();
      const again = await ingest(url, real(name), ...flags);
      expect(again.stdout).toMatch(`0 accepted, ${before} duplicates`);
      expect(await count()).toBe(before);
    },
    60_000,
  );

  test.each([
    ['birdstrikes.csv', '--time'],
    ['us-employment.csv', '--time'],
    ['zipcodes.csv', '--time'],
  ])('but %s not without %s, with its columns named', async (name, flag) => {
    const { url } = await startServer();
    const { code, stdout, stderr } = await ingest(url, real(name));
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(new RegExp(`${flag}, one of "`));
  });
});

describe('a file that is not as it should be', () => {
  test('with another delimiter is imported', async () => {
    const { url } = await startServer();
    expect(await ingest(url, fileOf('a.tsv', 'time\tn\n2026-03-01\t1\n'))).toMatchObject({ code: 0 });
    expect(await ingest(url, fileOf('b.csv', 'time;n\n2026-03-01;2\n'))).toMatchObject({ code: 0 });
    expect((await readAll(url, 'rows')).map(({ data }) => data)).toEqual([{ n: 1 }, { n: 2 }]);
  });

  test('with numbers and texts in one column has texts in it', async () => {
    const { url } = await startServer();
    await ingest(url, fileOf('a.csv', 'time,zip\n2026-03-01,12345\n2026-03-01,01234\n'));
    expect((await readAll(url, 'rows')).map(({ data }) => data)).toEqual([{ zip: '12345' }, { zip: '01234' }]);
  });

  test('with short and broken rows is imported but for the broken ones, which are listed', async () => {
    const { url } = await startServer();
    const file = fileOf('a.csv', 'time,a,b\n2026-03-01,1\n2026-03-02,1,2,3\nsoon,1,2\n2026-03-04,4,5\n');
    const { code, stdout, stderr } = await ingest(url, file);
    expect([code, stdout]).toEqual([1, '2 accepted, 0 duplicates, 2 rejected\n']);
    expect(stderr).toMatch(/^row 3: it has 4 cells, but the file has 3 columns\nrow 4: it has no time: "soon"/);
    expect((await readAll(url, 'rows')).map(({ data }) => data)).toEqual([{ a: 1 }, { a: 4, b: 5 }]);
  });

  test.each([
    ['no time', 'created,n\n2026-03-01,1\n', /name the time with --time, one of "created", "n"/],
    [
      'two times',
      'timestamp,date\n2026-03-01,2026-03-02\n',
      /"timestamp", "date" may be the time: choose it with --time/,
    ],
  ])('with %s is refused before anything is sent', async (_, text, says) => {
    const { url } = await startServer();
    const { code, stdout, stderr } = await ingest(url, fileOf('a.csv', text));
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(says);
    expect(await readAll(url, 'rows')).toEqual([]);
  });
});

test('a row that was changed is stored when its file is sent again, a row that was added too', async () => {
  const { url } = await startServer();
  const file = fileOf('a.csv', 'time,n\n2026-03-01,1\n2026-03-02,2\n');
  await ingest(url, file);
  writeFileSync(file, 'time,n\n2026-03-01,1\n2026-03-02,20\n2026-03-03,3\n');
  expect(await ingest(url, file)).toMatchObject({ stdout: '2 accepted, 1 duplicates, 0 rejected\n' });
  expect(await ingest(url, file, '--no-keys')).toMatchObject({ stdout: '3 accepted, 0 duplicates, 0 rejected\n' });
});

test('what the server rejects is named by its row', async () => {
  const { url } = await startServer();
  const { code, stderr } = await ingest(url, fileOf('a.csv', 'time,n\n2026-03-01,1\n1999-03-01,2\n'));
  expect(code).toBe(1);
  expect(stderr).toMatch(/^row 3: timestamp: /);
});

test('a dry run says what each column becomes and sends nothing', async () => {
  const { url } = await startServer();
  const file = fileOf('a.csv', 'Time;zip;price;note;empty\n2026-03-01;01234;1.5;x;\nsoon;1;2;y;\n');
  const { code, stdout, stderr } = await ingest(url, file, '--dry-run', '--types', 'note=skip');
  expect(stdout.split('\n')).toEqual([
    'delimiter: ;',
    'Time    time',
    'zip     text',
    'price   number',
    'note    left out',
    'empty   text',
    'first point: {"entityType":"rows","serviceId":"file","timestamp":"2026-03-01T00:00:00.000Z","data":{"zip":"01234","price":1.5}}',
    'nothing was sent: 1 points, from 2026-03-01T00:00:00.000Z to 2026-03-01T00:00:00.000Z, 1 rows left out',
    '',
  ]);
  expect([code, stderr]).toEqual([1, expect.stringMatching(/^row 3: it has no time: "soon"/)]);
  expect(await readAll(url, 'rows')).toEqual([]);
});
