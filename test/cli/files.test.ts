// `ingest` and `replay`: files and standard input to a server, and what is said of what became of them.
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
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
    ['2026-03-01T11:00:00.000Z', 'stations', { temp: -2, station: 'south', code: '12' }],
    ['2026-03-01T11:00:00.000Z', 'stations', { temp: 3, station: 'north', note: 'TRUE', code: 'x' }],
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
  expect(said[0]).toMatch(/^line 4: serviceId: /);
  expect(said[9]).toMatch(/^line 13: /);
  expect(said[10]).toBe('… and 2 more');
});

test('ingest says in a sentence what it cannot read, and nothing of the file has been taken from there on', async () => {
  const { url } = await startServer();
  const rows = [
    { name: 'a.csv', text: 'time,n\n2026-03-01,"1\n', says: /the file is no CSV/ },
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
});

test.each(['ingest', 'replay'])('%s of a file that is missing or no file exits 2 and names it', async (command) => {
  const folder = tempFolder();
  onTestFinished(() => folder.remove());
  const missing = path.join(folder.path, 'points.csv');
  const beside = path.join(fileOf('a.ndjson', ''), 'b.ndjson');
  expect(await runCommand([command, missing])).toEqual({
    code: 2,
    stdout: '',
    stderr: `pulseql ${command}: there is no file "${missing}"\n`,
  });
  expect(await runCommand([command, folder.path])).toEqual({
    code: 2,
    stdout: '',
    stderr: `pulseql ${command}: "${folder.path}" is a folder; name a file, or - for standard input\n`,
  });
  expect(await runCommand([command, beside])).toEqual({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(`^pulseql ${command}: "${beside}" cannot be read: ENOTDIR`),
  });
});

test('a line that cannot be read ends ingest and replay with the sums of what was stored before it', async () => {
  const { url } = await startServer();
  const file = (count: number) => fileOf('points.ndjson', `${ndjson(somePoints(count))}\nno json`);
  expect(await runCommand(['ingest', file(1), '--url', url])).toEqual({
    code: 2,
    stdout: '0 accepted, 0 duplicates, 0 rejected\n',
    stderr: expect.stringMatching(/^pulseql ingest: line 2 is not JSON: [^\n]+\n$/),
  });
  expect(await runCommand(['ingest', file(1998), '--url', url])).toMatchObject({
    code: 2,
    stdout: '1998 accepted, 0 duplicates, 0 rejected\n',
    stderr: expect.stringMatching(/^pulseql ingest: line 1999 is not JSON/),
  });
  expect(await runCommand(['replay', file(1), '--url', url])).toMatchObject({
    code: 2,
    stdout: expect.stringMatching(/^\d accepted, 0 duplicates, 0 rejected\n$/),
  });
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

/** A server that answers each request in turn as given; the last answer again. */
async function answering(...answers: ((response: ServerResponse) => unknown)[]): Promise<string> {
  let count = 0;
  const server = createServer((request, response) => {
    request.resume().once('end', () => answers[Math.min(count++, answers.length - 1)]?.(response));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const withJson = (status: number, body: object) => (response: ServerResponse) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

test("ingest and replay name the server's own code and message, and exit 1", async () => {
  const file = fileOf('points.ndjson', ndjson(somePoints(1)));
  const { url } = await startServer({ 'max-requests-per-minute': '1' });
  await runCommand(['ingest', file, '--url', url]);
  for (const command of ['ingest', 'replay']) {
    const { code, stdout, stderr } = await runCommand([command, file, '--url', url]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(new RegExp(`^pulseql ${command}: ${url} answers LIMIT_EXCEEDED: [^\n]+\n$`));
  }
});

test('ingest names a code of the server that it does not know itself', async () => {
  const url = await answering(
    withJson(500, { error: { code: 'INTERNAL_SERVER_ERROR', message: 'unexpected', id: 'e' } }),
  );
  const { code, stderr } = await runCommand(['ingest', fileOf('a.ndjson', ndjson(somePoints(1))), '--url', url]);
  expect([code, stderr]).toEqual([1, `pulseql ingest: ${url} answers INTERNAL_SERVER_ERROR: unexpected\n`]);
});

test('ingest reports what was accepted before the server refused the rest', async () => {
  const all = { accepted: 2000, duplicates: 0, rejected: [], rejectedCount: 0, cursor: 'c' };
  const some = { ...all, accepted: 7, error: { code: 'STORAGE_FULL', message: 'the disk is full' } };
  const url = await answering(withJson(200, all), withJson(507, some));
  const file = fileOf('points.ndjson', ndjson(somePoints(4000)));
  expect(await runCommand(['ingest', file, '--url', url])).toEqual({
    code: 1,
    stdout: '2007 accepted, 0 duplicates, 0 rejected\n',
    stderr: `pulseql ingest: ${url} answers STORAGE_FULL: the disk is full\n`,
  });
});

test('ingest goes on where the server rejects very many lines in a row', async () => {
  const { url } = await startServer();
  const bad = Array.from({ length: 2500 }, () => '{"entityType":"orders","serviceId":"","data":{}}');
  const file = fileOf('points.ndjson', [...bad, ndjson(somePoints(3))].join('\n'));
  const { code, stdout, stderr } = await runCommand(['ingest', file, '--url', url]);
  expect([code, stdout]).toEqual([1, '3 accepted, 0 duplicates, 2500 rejected\n']);
  expect(stderr).toMatch(/… and 2490 more\n$/);
});

test('ingest says in a sentence that it cannot connect, that the connection broke, or that another program answers', async () => {
  const file = fileOf('points.ndjson', ndjson(somePoints(1)));
  const server = await startServer();
  const elsewhere = await runCommand(['ingest', file, '--url', `${server.url}/health/live`]);
  expect(elsewhere.code).toBe(0);
  await server.stop();
  const says = async (url: string) => {
    const { code, stdout, stderr } = await runCommand(['ingest', file, '--url', url]);
    expect([code, stdout]).toEqual([1, '']);
    return stderr;
  };
  expect(await says(server.url)).toMatch(
    /^pulseql ingest: cannot connect to http:\/\/127\.0\.0\.1:\d+ \(.*ECONNREFUSED.*\): start the server with pulseql serve, or name it with --url\n$/,
  );
  expect(await says(await answering((response) => response.destroy()))).toMatch(
    /^pulseql ingest: the connection to http:\/\/127\.0\.0\.1:\d+ broke \(.+\); what was sent last may be stored or not\n$/,
  );
  expect(await says(await answering((response) => response.end('<h1>hello</h1>')))).toMatch(
    /^pulseql ingest: http:\S+\/ingest does not answer as PulseQL does, but with 200 and "<h1>hello<\/h1>"\n$/,
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
