// Reading a log to its end in pages, with what must hold of every page.
import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { everyPoint } from '../../src/points/condition.ts';
import type { StoredPoint } from '../../src/points/point.ts';
import type { ColumnPage, Log, ReadRequest, ScanEnd } from '../../src/store/store.ts';

/** All points from the oldest on, in large pages; `asked` narrows it. */
export function request(log: Log, asked: Partial<ReadRequest> = {}): ReadRequest {
  return {
    partition: 0,
    series: null,
    after: 0,
    upTo: log.head(0),
    from: null,
    to: null,
    filter: everyPoint,
    arrivedFrom: null,
    direction: 'forward',
    limit: 1000,
    maxScanned: Number.MAX_SAFE_INTEGER,
    ...asked,
  };
}

export async function readAll(log: Log, asked: Partial<ReadRequest> = {}): Promise<StoredPoint[]> {
  const points: StoredPoint[] = [];
  await inPages(log, request(log, asked), async (range) => {
    const page = await log.read(range);
    assert.ok(page.points.length <= range.limit, 'a page has no more points than its limit');
    points.push(...page.points);
    return page;
  });
  return points;
}

export interface Columns {
  readonly times: number[];
  readonly offsets: number[];
  readonly series: number[];
  readonly columns: unknown[][];
}

export async function readAllColumns(
  log: Log,
  fields: readonly string[],
  asked: Partial<ReadRequest>,
): Promise<Columns> {
  const all: Columns = { times: [], offsets: [], series: [], columns: fields.map(() => []) };
  await inPages(log, request(log, asked), async ({ limit: _, ...range }) => {
    const page: ColumnPage = await log.columns({ ...range, fields });
    all.times.push(...page.times);
    all.offsets.push(...page.offsets);
    all.series.push(...page.series);
    assert.equal(page.columns.length, fields.length);
    for (const [i, column] of page.columns.entries()) {
      assert.equal(column.length, page.times.length, 'each column has a value for each point');
      all.columns[i]?.push(...column);
    }
    return page;
  });
  return all;
}

async function inPages(log: Log, first: ReadRequest, read: (range: ReadRequest) => Promise<ScanEnd>): Promise<void> {
  let range = first;
  for (;;) {
    const page = await read(range);
    assert.equal(page.floor, log.floor(0), 'a page says where the log begins');
    if (page.done) return;
    const { stoppedAt } = page;
    if (range.direction === 'forward') {
      assert.ok(stoppedAt > range.after, 'a page that is not the last one gets further');
      range = { ...range, after: stoppedAt };
    } else {
      assert.ok(stoppedAt <= range.upTo, 'a page that is not the last one gets further');
      range = { ...range, upTo: stoppedAt - 1 };
    }
  }
}

/** Says where two long lists differ first: a comparison of all of it would take the test runner minutes. */
export function assertSame(actual: readonly unknown[], expected: readonly unknown[]): void {
  const place = actual.findIndex((item, i) => !isDeepStrictEqual(item, expected[i]));
  if (place >= 0) assert.deepEqual(actual[place], expected[place], `item ${place} is another one`);
  assert.equal(actual.length, expected.length, 'there are as many items');
}
