// The grid: what it may be, what may lie in it, where there is room.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { InputIssue } from '../../src/base/errors.ts';
import type { Layout, Position } from '../../src/dashboards/dashboard.ts';
import { checkPosition, defaultLayout, freePosition, readLayout } from '../../src/dashboards/layout.ts';

function issuesOf(run: (issues: InputIssue[]) => void): string[] {
  const issues: InputIssue[] = [];
  run(issues);
  return issues.map(({ path }) => path.join('.'));
}

test('what a layout leaves out stays as it was', () => {
  const issues: InputIssue[] = [];
  const before: Layout = { columns: 20, rows: 5, responsive: false, theme: 'DARK' };
  expect(readLayout(null, before, [], issues)).toEqual(before);
  expect(readLayout({ columns: 3, theme: null }, before, [], issues)).toEqual({ ...before, columns: 3 });
  expect(readLayout({ responsive: true, theme: 'LIGHT', rows: 9 }, before, [], issues)).toEqual({
    columns: 20,
    rows: 9,
    responsive: true,
    theme: 'LIGHT',
  });
  expect(issues).toEqual([]);
  expect(defaultLayout).toEqual({ columns: 12, rows: 8, responsive: true, theme: 'LIGHT' });
});

test('columns are 1 to 48 and rows 1 to 1,000', () => {
  const read = (columns: number, rows: number) =>
    issuesOf((issues) => readLayout({ columns, rows }, defaultLayout, ['layout'], issues));
  expect([read(1, 1), read(48, 1000)]).toEqual([[], []]);
  expect([read(0, 8), read(49, 8)]).toEqual([['layout.columns'], ['layout.columns']]);
  expect([read(12, 0), read(12, 1001)]).toEqual([['layout.rows'], ['layout.rows']]);
  expect(read(-1, -1)).toEqual(['layout.columns', 'layout.rows']);
});

test('a widget lies within the columns, and may lie below the last row', () => {
  const check = (x: number, y: number, width: number, height: number) =>
    issuesOf((issues) => checkPosition({ x, y, width, height }, defaultLayout, ['position'], issues));
  expect([check(0, 0, 12, 1), check(11, 999, 1, 1000), check(6, 50, 6, 3)]).toEqual([[], [], []]);
  expect([check(-1, 0, 3, 1), check(0, -1, 3, 1), check(0, 1000, 3, 1)]).toEqual([
    ['position.x'],
    ['position.y'],
    ['position.y'],
  ]);
  expect([check(0, 0, 0, 1), check(0, 0, 13, 1), check(10, 0, 3, 1)]).toEqual(Array(3).fill(['position.width']));
  expect([check(0, 0, 1, 0), check(0, 0, 1, 1001)]).toEqual(Array(2).fill(['position.height']));
});

describe('a free place', () => {
  const widgets = fc.array(
    fc.record({
      x: fc.integer({ min: 0, max: 11 }),
      y: fc.integer({ min: 0, max: 8 }),
      width: fc.integer({ min: 1, max: 12 }),
      height: fc.integer({ min: 1, max: 4 }),
    }),
    { maxLength: 12 },
  );
  const type = fc.constantFrom('NUMBER' as const, 'GAUGE' as const, 'LINE' as const, 'TABLE' as const);

  /** The cells that a place covers. */
  function cellsOf({ x, y, width, height }: Position): Set<string> {
    const cells = new Set<string>();
    for (let i = x; i < x + width; i += 1) for (let j = y; j < y + height; j += 1) cells.add(`${i}/${j}`);
    return cells;
  }

  test('lies in the grid, is free, and is the first one row by row', () => {
    fc.assert(
      fc.property(type, widgets, fc.integer({ min: 1, max: 14 }), (of, positions, columns) => {
        const layout = { ...defaultLayout, columns };
        const others = positions.map((position) => ({ position }));
        const place = freePosition(of, layout, others);
        expect(issuesOf((issues) => checkPosition(place, layout, [], issues))).toEqual([]);
        const taken = new Set(positions.flatMap((position) => [...cellsOf(position)]));
        const isFree = (at: Position) => [...cellsOf(at)].every((cell) => !taken.has(cell));
        expect(isFree(place)).toBe(true);
        for (let y = 0; y <= place.y; y += 1) {
          const end = y === place.y ? place.x : columns - place.width + 1;
          for (let x = 0; x < end; x += 1) expect(isFree({ ...place, x, y })).toBe(false);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('is small for a number and a gauge, larger for what is drawn', () => {
    const sizeOf = (of: Parameters<typeof freePosition>[0], columns = 12) => {
      const { width, height } = freePosition(of, { ...defaultLayout, columns }, []);
      return [width, height];
    };
    expect([sizeOf('NUMBER'), sizeOf('GAUGE'), sizeOf('LINE'), sizeOf('PIE')]).toEqual([
      [3, 2],
      [3, 2],
      [6, 3],
      [6, 3],
    ]);
    expect([sizeOf('NUMBER', 2), sizeOf('LINE', 2)]).toEqual([
      [2, 2],
      [2, 3],
    ]);
  });

  test('is one that a later edit takes, though all rows are full', () => {
    const full = { position: { x: 0, y: 0, width: 12, height: 1000 } };
    const place = freePosition('LINE', defaultLayout, [full]);
    expect(issuesOf((issues) => checkPosition(place, defaultLayout, [], issues))).toEqual([]);
  });
});
