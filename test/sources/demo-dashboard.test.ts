// The demo's dashboard asks for what the demo's points have, and fits its grid.
import { describe, expect, test } from 'vitest';
import type { InputIssue } from '../../src/base/errors.ts';
import { compileFilter } from '../../src/points/compile-filter.ts';
import { type FilterInput, readFilters } from '../../src/points/condition.ts';
import { demoBackfill } from '../../src/sources/demo.ts';
import { demoDashboard } from '../../src/sources/demo-dashboard.ts';

interface Query {
  readonly entityType: string;
  readonly serviceId?: string;
  readonly aggregation: { readonly function: string; readonly field?: string; readonly quantile?: number };
  readonly filters?: readonly FilterInput[];
  readonly groupBy?: readonly string[];
}

const points = [...demoBackfill({ seed: 1, until: Date.UTC(2026, 0, 1), spanMs: 300_000 })].flat();
const widgets = demoDashboard.widgets.map(({ name, query, position }) => ({ name, query: query as Query, position }));

describe.each(widgets)('the widget $name', ({ query, position }) => {
  test('asks for points that there are, with its field a number in each and its groups texts', () => {
    const issues: InputIssue[] = [];
    const passes = compileFilter({ filters: readFilters(query.filters, [], issues), where: null });
    expect(issues).toEqual([]);
    const own = points.filter(
      ({ entityType, serviceId, data }) =>
        entityType === query.entityType && (query.serviceId ?? serviceId) === serviceId && (passes?.(data) ?? true),
    );
    expect(own.length).toBeGreaterThan(10);
    const { function: name, field } = query.aggregation;
    expect(field === undefined).toBe(name === 'COUNT' || name === 'RATE');
    for (const { data } of own) {
      if (field !== undefined) expect(data[field]).toBeTypeOf('number');
      for (const group of query.groupBy ?? []) if (group !== 'serviceId') expect(data[group]).toBeTypeOf('string');
    }
  });

  test('lies within the grid of 12 by 8', () => {
    const { x, y, width, height } = position;
    expect(Math.min(x, y, width - 1, height - 1)).toBeGreaterThanOrEqual(0);
    expect(x + width).toBeLessThanOrEqual(12);
    expect(y + height).toBeLessThanOrEqual(8);
  });
});

test('the widgets fill the grid and do not overlap', () => {
  const cells = widgets.flatMap(({ position: { x, y, width, height } }) =>
    Array.from({ length: width * height }, (_, i) => `${x + (i % width)},${y + Math.floor(i / width)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  expect(cells).toHaveLength(12 * 8);
});

test('the widgets have names of their own', () => {
  expect(new Set(widgets.map(({ name }) => name)).size).toBe(widgets.length);
});
