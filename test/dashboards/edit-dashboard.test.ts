// What may be changed in a dashboard, and what is wrong with what may not.
import { describe, expect, test } from 'vitest';
import { type InputIssue, isPulseError } from '../../src/base/errors.ts';
import type { Dashboard } from '../../src/dashboards/dashboard.ts';
import {
  addWidget,
  type CreateDashboardInput,
  createDashboard,
  findWidget,
  removeWidget,
  updateDashboard,
  updateLayout,
  updateWidget,
  type WidgetInput,
} from '../../src/dashboards/edit-dashboard.ts';
import { anEdit, queryInput, widgetInput } from './inputs.ts';

const later = anEdit({ viewerId: 'bob', now: 2000 });
const stamp = { updatedAt: 2000, updatedBy: 'bob' };

/** Two widgets: wid_1 at 0/0 and wid_2 at 3/0. */
function aDashboard(asked: Partial<CreateDashboardInput> = {}): Dashboard {
  return createDashboard({ name: 'Shop', widgets: [widgetInput('a'), widgetInput('b')], ...asked }, anEdit());
}

/** The paths of what is wrong, or the code of another error. */
function wrong(run: () => unknown): string[] {
  try {
    run();
  } catch (error) {
    if (!isPulseError(error)) throw error;
    if (error.code !== 'INVALID_INPUT') return [error.code];
    return (error.details.issues as readonly InputIssue[]).map(({ path }) => path.join('.'));
  }
  return [];
}

describe('making a dashboard', () => {
  test('gives it an id, an owner, the defaults, and each widget an id and a place of its own', () => {
    const dashboard = aDashboard({ widgets: [widgetInput('a'), widgetInput('b'), widgetInput('c', { type: 'LINE' })] });
    expect(dashboard).toMatchObject({
      id: 'dash_4',
      name: 'Shop',
      description: '',
      owner: 'ann',
      layout: { columns: 12, rows: 8, responsive: true, theme: 'LIGHT' },
      refreshInterval: { size: 5, unit: 'SECOND', ms: 5000 },
      isActive: true,
      createdAt: 1000,
      updatedAt: 1000,
      updatedBy: 'ann',
    });
    expect(dashboard.widgets.map(({ id, position: { x, y, width, height } }) => [id, x, y, width, height])).toEqual([
      ['wid_1', 0, 0, 3, 2],
      ['wid_2', 3, 0, 3, 2],
      ['wid_3', 6, 0, 6, 3],
    ]);
    expect(dashboard.widgets[0]).toMatchObject({ name: 'a', type: 'NUMBER', visualization: {} });
  });

  test('keeps what is given: description, layout, interval, places and visualization', () => {
    const position = { x: 1, y: 2, width: 3, height: 4 };
    const dashboard = aDashboard({
      description: 'All of it',
      layout: { columns: 6, theme: 'DARK' },
      refreshInterval: { size: 2, unit: 'MINUTE' },
      widgets: [widgetInput('a', { position, visualization: { color: 'red', deep: { er: [1] } } })],
    });
    expect(dashboard).toMatchObject({
      description: 'All of it',
      layout: { columns: 6, rows: 8, theme: 'DARK' },
      refreshInterval: { ms: 120_000 },
      widgets: [{ position, visualization: { color: 'red', deep: { er: [1] } } }],
    });
  });

  test.each<[Partial<CreateDashboardInput>, string[]]>([
    [{ name: '' }, ['name']],
    [{ name: 'x'.repeat(201) }, ['name']],
    [{ description: 'x'.repeat(10_001) }, ['description']],
    [{ layout: { columns: 0 } }, ['layout.columns']],
    [{ layout: { rows: 5000 } }, ['layout.rows']],
    [{ refreshInterval: { size: 0, unit: 'SECOND' } }, ['refreshInterval']],
    [{ refreshInterval: { size: 61, unit: 'MINUTE' } }, ['refreshInterval']],
    [{ refreshInterval: { size: 1.5, unit: 'SECOND' } }, ['refreshInterval']],
    [{ widgets: [widgetInput(), widgetInput('')] }, ['widgets.1.name']],
    [{ widgets: [widgetInput('x'.repeat(201))] }, ['widgets.0.name']],
    [{ widgets: [widgetInput('a', { query: queryInput({ aggregation: null }) })] }, ['widgets.0.query.aggregation']],
    [{ widgets: [widgetInput('a', { visualization: { text: 'x'.repeat(65_536) } })] }, ['widgets.0.visualization']],
    [{ widgets: [widgetInput('a', { position: { x: 10, y: 0, width: 3, height: 1 } })] }, ['widgets.0.position.width']],
    [
      { layout: { columns: 2 }, widgets: [widgetInput('a', { position: { x: 0, y: 0, width: 3, height: 0 } })] },
      ['widgets.0.position.width', 'widgets.0.position.height'],
    ],
    [
      { name: '', widgets: [widgetInput('', { query: queryInput({ entityType: '', groupBy: ['a', 'a'] }) })] },
      ['name', 'widgets.0.name', 'widgets.0.query.entityType', 'widgets.0.query.groupBy'],
    ],
  ])('names everything that is wrong with its path (%#)', (asked, paths) => {
    expect(wrong(() => aDashboard(asked))).toEqual(paths);
  });

  test.each([
    ['{"__proto__":{"a":1}}', 'visualization.__proto__'],
    ['{"constructor":1}', 'visualization.constructor'],
    ['{"prototype":null}', 'visualization.prototype'],
    ['{"a":{"b":[1,[{"__proto__":{}}]]}}', 'visualization.a.b.1.0.__proto__'],
    ['{"a":[{"constructor":{"prototype":{}}}]}', 'visualization.a.0.constructor'],
  ])('refuses a visualization with a key that objects have by themselves, at any depth: %s', (text, path) => {
    const visualization = JSON.parse(text);
    expect(wrong(() => aDashboard({ widgets: [widgetInput('a', { visualization })] }))).toEqual([`widgets.0.${path}`]);
    const old = aDashboard();
    expect(wrong(() => addWidget(old, widgetInput('c', { visualization }), later))).toEqual([`widget.${path}`]);
    expect(wrong(() => updateWidget(old, 'wid_1', widgetInput('c', { visualization }), later))).toEqual([
      `widget.${path}`,
    ]);
  });

  test('takes such words in a visualization as text, and keys that only begin so', () => {
    const visualization = { title: '__proto__', constructors: ['prototype'], __proto: 1 };
    expect(aDashboard({ widgets: [widgetInput('a', { visualization })] }).widgets[0]).toMatchObject({ visualization });
  });

  test('takes as many widgets as there may be, and no more', () => {
    const edit = anEdit({ maxWidgets: 2 });
    const widgets = (count: number) => Array.from({ length: count }, () => widgetInput());
    expect(createDashboard({ name: 'a', widgets: widgets(2) }, edit).widgets).toHaveLength(2);
    expect(wrong(() => createDashboard({ name: 'a', widgets: widgets(3) }, edit))).toEqual(['LIMIT_EXCEEDED']);
  });

  test('without widgets is fine, and text may be as long as it says', () => {
    const longest = { name: 'x'.repeat(200), description: 'x'.repeat(10_000), widgets: [] };
    expect(wrong(() => aDashboard(longest))).toEqual([]);
  });
});

describe('changing a dashboard', () => {
  test('changes what is given and leaves the rest', () => {
    const old = aDashboard({ description: 'before' });
    expect(updateDashboard(old, { name: 'New' }, later)).toEqual({ ...old, ...stamp, name: 'New' });
    expect(updateDashboard(old, { description: '', isActive: false }, later)).toEqual({
      ...old,
      ...stamp,
      description: '',
      isActive: false,
    });
    const nothing = { name: null, description: null, layout: null, refreshInterval: null, isActive: null };
    expect(updateDashboard(old, nothing, later)).toEqual({ ...old, ...stamp });
    const much = { layout: { theme: 'DARK' as const }, refreshInterval: { size: 1, unit: 'HOUR' as const } };
    expect(updateDashboard(old, much, later)).toMatchObject({
      layout: { ...old.layout, theme: 'DARK' },
      refreshInterval: { ms: 3_600_000 },
    });
    expect(old.updatedBy).toBe('ann');
  });

  test('keeps every widget within the columns', () => {
    const old = aDashboard();
    expect(wrong(() => updateDashboard(old, { layout: { columns: 6 } }, later))).toEqual([]);
    expect(wrong(() => updateDashboard(old, { layout: { columns: 5 } }, later))).toEqual([
      'layout.columns.wid_2.width',
    ]);
  });

  test.each([
    [{ name: '' }, 'name'],
    [{ description: 'x'.repeat(10_001) }, 'description'],
    [{ layout: { rows: 0 } }, 'layout.rows'],
    [{ refreshInterval: { size: 2, unit: 'HOUR' as const } }, 'refreshInterval'],
  ])('names what is wrong (%#)', (input, path) => {
    expect(wrong(() => updateDashboard(aDashboard(), input, later))).toEqual([path]);
  });
});

describe('widgets', () => {
  test('are added at the end, with an id and a free place', () => {
    const old = aDashboard();
    const { dashboard, widgetId } = addWidget(old, widgetInput('c'), later);
    expect(dashboard.widgets.slice(0, 2)).toEqual(old.widgets);
    expect(dashboard.widgets[2]).toMatchObject({ id: widgetId, name: 'c', position: { x: 6, y: 0 } });
    expect(dashboard).toMatchObject(stamp);
    expect(old.widgets).toHaveLength(2);
  });

  test('may not be more than there may be', () => {
    const old = aDashboard();
    expect(wrong(() => addWidget(old, widgetInput(), { ...later, maxWidgets: 2 }))).toEqual(['LIMIT_EXCEEDED']);
  });

  test('are replaced whole, but stay where they are unless they are given a place', () => {
    const old = aDashboard({ widgets: [widgetInput('a', { visualization: { a: 1 } }), widgetInput('b')] });
    const changed = updateWidget(old, 'wid_1', widgetInput('new', { type: 'LINE' }), later);
    expect(changed.widgets.map(({ id, name }) => [id, name])).toEqual([
      ['wid_1', 'new'],
      ['wid_2', 'b'],
    ]);
    expect(changed.widgets[0]).toMatchObject({ type: 'LINE', visualization: {}, position: old.widgets[0]?.position });
    expect(changed).toMatchObject(stamp);
    const position = { x: 4, y: 4, width: 4, height: 4 };
    expect(updateWidget(old, 'wid_2', widgetInput('b', { position }), later).widgets[1]?.position).toEqual(position);
  });

  test('are removed alone', () => {
    const removed = removeWidget(aDashboard(), 'wid_1', later);
    expect(removed.widgets.map(({ id }) => id)).toEqual(['wid_2']);
    expect(removed).toMatchObject(stamp);
  });

  test('that are not there are NOT_FOUND', () => {
    const old = aDashboard();
    for (const run of [
      () => updateWidget(old, 'wid_9', widgetInput(), later),
      () => removeWidget(old, 'wid_9', later),
      () => findWidget(old, 'wid_9'),
    ]) {
      expect(wrong(run)).toEqual(['NOT_FOUND']);
    }
  });

  test.each<[Partial<WidgetInput>, string]>([
    [{ name: '' }, 'widget.name'],
    [{ query: queryInput({ timeWindow: { size: 0, unit: 'DAY' } }) }, 'widget.query.timeWindow'],
    [{ visualization: { text: 'x'.repeat(65_536) } }, 'widget.visualization'],
    [{ position: { x: 0, y: -1, width: 1, height: 1 } }, 'widget.position.y'],
  ])('name what is wrong where they are added and where they are replaced (%#)', (asked, path) => {
    const old = aDashboard();
    expect(wrong(() => addWidget(old, widgetInput('c', asked), later))).toEqual([path]);
    expect(wrong(() => updateWidget(old, 'wid_1', widgetInput('c', asked), later))).toEqual([path]);
  });
});

describe('moving widgets', () => {
  const place = (x: number, width = 3) => ({ x, y: 5, width, height: 2 });

  test('moves those that are named and no others', () => {
    const old = aDashboard();
    const moved = updateLayout(old, [{ widgetId: 'wid_2', position: place(9) }], later);
    expect(moved.widgets.map(({ position }) => position)).toEqual([old.widgets[0]?.position, place(9)]);
    expect(moved).toMatchObject(stamp);
  });

  test('is all or nothing, and names each that is wrong', () => {
    const moves = [
      { widgetId: 'wid_1', position: place(0) },
      { widgetId: 'wid_9', position: place(0) },
      { widgetId: 'wid_2', position: place(10) },
    ];
    expect(wrong(() => updateLayout(aDashboard(), moves, later))).toEqual([
      'positions.1.widgetId',
      'positions.2.position.width',
    ]);
  });
});
