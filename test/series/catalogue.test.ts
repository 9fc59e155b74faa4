// The catalogue against a plain count over all points that were noted.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { StoredPoint } from '../../src/points/point.ts';
import { Catalogue } from '../../src/series/catalogue.ts';
import type { SeriesView } from '../../src/series/series.ts';

const names: readonly (readonly [string, string])[] = [
  ['orders', 'web'],
  ['orders', 'app'],
  ['visits', 'web'],
];

const points: fc.Arbitrary<StoredPoint[]> = fc
  .array(
    fc.record({
      series: fc.integer({ min: 1, max: 3 }),
      timestamp: fc.integer({ min: 0, max: 50 }),
      data: fc.constantFrom({ n: 1 }, { n: 'x' }, { other: true }, {}),
    }),
    { maxLength: 40 },
  )
  .map((all) => all.map((point, i) => stored(point.series, point.timestamp, i + 1, point.data)));

function stored(series: number, timestamp: number, offset: number, data: StoredPoint['data'] = {}): StoredPoint {
  const [entityType = '', serviceId = ''] = names[series - 1] ?? [];
  return { entityType, serviceId, timestamp, data, metadata: null, series, offset, receivedAt: 1000 + offset };
}

function expected(all: readonly StoredPoint[]): Pick<SeriesView, 'entityType' | 'serviceId' | 'pointCount'>[] {
  const views = names.flatMap(([entityType, serviceId], i) => {
    const own = all.filter(({ series }) => series === i + 1);
    if (own.length === 0) return [];
    const times = own.map(({ timestamp }) => timestamp);
    const bounds = { firstPointAt: Math.min(...times), lastPointAt: Math.max(...times) };
    const fields = ['n', 'other'].flatMap((name) => {
      const kinds = new Set(own.flatMap(({ data }) => (name in data ? [typeof data[name]] : [])));
      const [kind] = kinds;
      if (kind === undefined) return [];
      return [
        {
          name,
          kind: kinds.size > 1 ? 'MIXED' : { number: 'NUMBER', string: 'TEXT', boolean: 'BOOLEAN' }[kind as 'number'],
        },
      ];
    });
    return [{ entityType, serviceId, pointCount: own.length, ...bounds, fields }];
  });
  const text = ({ entityType, serviceId }: { entityType: string; serviceId: string }) => `${entityType}/${serviceId}`;
  return views.sort((a, b) => (text(a) < text(b) ? -1 : 1));
}

function noted(all: readonly StoredPoint[], catalogue = new Catalogue()): Catalogue {
  for (const point of all) catalogue.note(point);
  return catalogue;
}

test('counts, bounds and kinds of fields are those of all points of each series, in the order of their names', () => {
  fc.assert(
    fc.property(points, (all) => {
      const catalogue = noted(all);
      expect(catalogue.list(null, null)).toEqual(expected(all));
      expect(catalogue.size).toBe(expected(all).length);
    }),
    { numRuns: 200 },
  );
});

test('a point is late where its series has had a younger one', () => {
  fc.assert(
    fc.property(points, (all) => {
      const catalogue = new Catalogue();
      for (const [i, point] of all.entries()) {
        const before = all.slice(0, i).filter(({ series }) => series === point.series);
        const isLate = before.some(({ timestamp }) => timestamp > point.timestamp);
        expect(catalogue.note(point)).toBe(isLate);
      }
    }),
    { numRuns: 200 },
  );
});

test('a list can be of one entity type, of one service, or of both', () => {
  const catalogue = noted([stored(1, 1, 1), stored(2, 1, 2), stored(3, 1, 3)]);
  const services = (...of: [string | null, string | null]) =>
    catalogue.list(...of).map(({ entityType, serviceId }) => `${entityType}/${serviceId}`);
  expect(services('orders', null)).toEqual(['orders/app', 'orders/web']);
  expect(services(null, 'web')).toEqual(['orders/web', 'visits/web']);
  expect(services('orders', 'app')).toEqual(['orders/app']);
  expect(services('orders', 'nobody')).toEqual([]);
});

test('a list is a copy: what comes later does not change it', () => {
  const catalogue = noted([stored(1, 1, 1)]);
  const [before] = catalogue.list(null, null);
  catalogue.note(stored(1, 2, 2, { n: 1 }));
  expect(before).toMatchObject({ pointCount: 1, fields: [] });
});

test('what is saved and loaded at any moment goes on as if nothing had happened', () => {
  fc.assert(
    fc.property(points, fc.nat(40), (all, cut) => {
      const loaded = new Catalogue();
      loaded.load(noted(all.slice(0, cut)).save());
      noted(all.slice(cut), loaded);
      expect(loaded.list(null, null)).toEqual(expected(all));
      expect(loaded.size).toBe(expected(all).length);
      expect(Buffer.from(loaded.save())).toEqual(Buffer.from(noted(all).save()));
    }),
    { numRuns: 200 },
  );
});

test('loading replaces what was there, and bytes that cannot be read leave it as it was', () => {
  const catalogue = noted([stored(1, 1, 1), stored(2, 1, 2)]);
  const before = catalogue.list(null, null);
  expect(() => catalogue.load(Buffer.from('no JSON'))).toThrow();
  expect(() => catalogue.load(Buffer.from('[{"number":7,"fields":[]},{"number":8,"fields":7}]'))).toThrow();
  expect([catalogue.list(null, null), catalogue.size]).toEqual([before, 2]);
  catalogue.load(noted([stored(3, 1, 1)]).save());
  expect(catalogue.list(null, null).map(({ entityType }) => entityType)).toEqual(['visits']);
  expect(catalogue.size).toBe(1);
});

test('a series whose newest point arrived before a time is forgotten, and begins anew with its next point', () => {
  const catalogue = noted([stored(1, 40, 1), stored(1, 10, 2), stored(2, 10, 3), stored(3, 10, 4)]);
  catalogue.dropOlderThan(1003);
  expect(catalogue.list(null, null).map(({ serviceId, entityType }) => `${entityType}/${serviceId}`)).toEqual([
    'orders/app',
    'visits/web',
  ]);
  expect(catalogue.size).toBe(2);
  expect(catalogue.note(stored(1, 20, 5))).toBe(false);
  expect(catalogue.list('orders', 'web')).toMatchObject([{ pointCount: 1, firstPointAt: 20, lastPointAt: 20 }]);
});
