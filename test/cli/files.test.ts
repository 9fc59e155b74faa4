// `ingest` and `replay`: files and standard input to a server, and what is said of what became of them.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { somePoints } from '../support/batches.ts';
import { ndjson, readAll } from '../support/graphql.ts';
import { runCommand, startServer } from '../support/start-server.ts';
import { tempFolder } from '../support/temp-folder.ts';

/** A file that goes with the test. */
function fileOf(name: string, text: string | Buffer): string {
  const folder = tempFolder();
  onTestFinished(() => folder.remove());
  const file = path.join(folder.path, name);
  writeFileSync(file, text);
  return file;
}

test('ingest sends a CSV file with its times and columns, under the names that are given', async () => {
  const { url } = await startServer();
  const csv = [
    'Timestamp,temp,station,note,code',
    '2026-03-01 10:00:00,1.5,north,"cold, wet",007',
    '2026-03-01 11:00:00,-2,south,,12',
    '',
    '2026-03-01T12:00:00+01:00,3,north,TRUE,x',
  ].join('\r\n');
  const file = fileOf('weather.csv', csv);
  const run = await runCommand(['ingest', file, '--url', url, '--entity-type', 'weather', '--service', 'stations']);
  expect(run).toEqual({ code: 0, stdout: '3 accepted, 0 duplicates, 0 rejected\n', stderr: '' });
  const points = await readAll(url, 'weather');
  expect(points.map(({ timestamp, serviceId, data }) => [timestamp, serviceId, data])).toEqual([
    ['2026-03-01T10:00:00.000Z', 'stations', { temp: 1.5, station: 'north', note: 'cold, wet', code: '007' }],
    ['2026-03-01T11:00:00.000Z', 'stations', { temp: -2, station: 'south', code: 12 }],
    ['2026-03-01T11:00:00.000Z', 'stations', { temp: 3, station: 'north', note: true, code: 'x' }],
  ]);
});

test('ingest sends NDJSON from a file or standard input, of any length, in its order', async () => {
  const { url } = await startServer();
  const points = somePoints(4500);
  const fromFile = await runCommand(['ingest', fileOf('points.ndjson', ndjson(points)), '--url', url]);
  expect(fromFile).toEqual({ code: 0, stdout: '4500 accepted, 0 duplicates, 0 rejected\n', stderr: '' });
  const nameless = ['{"data":{"n":4500}}', '', '{"data":{"n":4501},"serviceId":"own"}', ''].join('\n');
  const words = ['ingest', '-', '--url', `${url}/`, '--entity-type', 'orders', '--service', 'stdin'];
  const fromInput = await runCommand(words, { input: nameless });
  expect(fromInput).toEqual({ code: 0, stdout: '2 accepted, 0 duplicates, 0 rejected\n', stderr: '' });
  const found = await readAll(url, 'orders');
  expect(found.map(({ data }) => data['n'])).toEqual(Array.from({ length: 4502 }, (_, n) => n));
  expect(found.slice(-2).map(({ serviceId }) => serviceId)).toEqual(['stdin', 'own']);
});

test('ingest names what was rejected, counts duplicates, and exits 1', async () => {
  const { url } = await startServer();
  const lines = [
    ...somePoints(3).map((point) => JSON.stringify({ ...point, key: 'same' })),
    ...Array.from({ length: 12 }, () => '{"entityType":"orders","serviceId":"","data":{}}'),
    ndjson(somePoints(1)),
  ];
  const { code, stdout, stderr } = await runCommand([
    'ingest',
    fileOf('points.ndjson', lines.join('\n')),
    '--url',
    url,
  ]);
  expect([code, stdout]).toEqual([1, '2 accepted, 2 duplicates, 12 rejected\n']);
  const said = stderr.trim().split('\n');
  expect(said).toHaveLength(11);
  expect(said[0]).toMatch(/^point 4: serviceId: /);
  expect(said[9]).toMatch(/^point 13: /);
  expect(said[10]).toBe('… and 2 more');
});

test('ingest says in a sentence what it cannot read, and nothing of the file has been taken from there on', async () => {
  const { url } = await startServer();
  const rows = [
    { name: 'a.csv', text: 'time,n\n2026-03-01,1\nsoon,2\n', says: /row 3 has no time: "soon"/ },
    { name: 'b.ndjson', text: `${ndjson(somePoints(2))}\n{"entityType"`, says: /line 3 is not JSON/ },
    { name: 'c.ndjson', text: '1\n', says: /line 1 must be an object, not 1/ },
    { name: 'd.json', text: '[{"data": {}},\n 1]', says: /line 2 must be an object, not 1/ },
    { name: 'e.json', text: '[{"data": {}}', says: /not closed|ends/ },
    {
      name: 'f.ndjson',
      text: Buffer.from('{}\n{"data": {"n": "caf\u00e9"}}\n', 'latin1'),
      says: /line 2 is not UTF-8 text/,
    },
  ];
  for (const { name, text, says } of rows) {
    const words = ['ingest', fileOf(name, text), '--url', url, '--entity-type', 'orders', '--service', 'x'];
    const { code, stderr } = await runCommand(words);
    expect(code).toBe(2);
    expect(stderr).toMatch(says);
    expect(stderr).not.toMatch(/^ +at /m);
  }
  const missing = await runCommand(['ingest', '/nowhere/points.csv', '--url', url]);
  expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining('/nowhere/points.csv')]);
});

test('ingest takes what the server takes: a byte order mark, and an array over many lines', async () => {
  const { url } = await startServer();
  const files = [
    fileOf('mark.ndjson', `\ufeff${ndjson(somePoints(2))}`),
    fileOf('array.json', `\ufeff  ${JSON.stringify(somePoints(3), null, 2)}\n`),
  ];
  for (const file of files) {
    const { code, stderr } = await runCommand(['ingest', file, '--url', url]);
    expect([code, stderr]).toEqual([0, '']);
  }
  expect(await readAll(url, 'orders')).toHaveLength(5);
});

test('ingest says in a sentence that nobody answers, or somebody else', async () => {
  const file = fileOf('points.ndjson', ndjson(somePoints(1)));
  const server = await startServer();
  const elsewhere = await runCommand(['ingest', file, '--url', `${server.url}/health/live`]);
  expect(elsewhere.code).toBe(0);
  await server.stop();
  const nobody = await runCommand(['ingest', file, '--url', server.url]);
  expect([nobody.code, nobody.stdout]).toEqual([1, '']);
  expect(nobody.stderr).toMatch(
    /^pulseql ingest: nobody answers at http:\/\/127\.0\.0\.1:\d+ \(.*\): start it with pulseql serve, or name it with --url\n$/,
  );
});

test('replay moves the first point to now and keeps the distances, divided by the speed', async () => {
  const { url } = await startServer();
  const start = Date.UTC(2024, 0, 1);
  const points = [0, 60, 120, 600].map((second) => ({
    entityType: 'orders',
    serviceId: 'web',
    timestamp: new Date(start + second * 1000).toISOString(),
    data: { second },
  }));
  const began = Date.now();
  const run = await runCommand(['replay', fileOf('old.ndjson', ndjson(points)), '--url', url, '--speed', '600']);
  expect(run).toEqual({ code: 0, stdout: '4 accepted, 0 duplicates, 0 rejected\n', stderr: '' });
  const found = await readAll(url, 'orders');
  const times = found.map(({ timestamp }) => Date.parse(timestamp));
  const [first = 0] = times;
  expect(first).toBeGreaterThanOrEqual(began);
  expect(times.map((time) => time - first)).toEqual([0, 100, 200, 1000]);
  // None was sent before its time had come.
  for (const { timestamp, receivedAt } of found)
    expect(Date.parse(receivedAt)).toBeGreaterThanOrEqual(Date.parse(timestamp));
});
