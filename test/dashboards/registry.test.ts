// All dashboards over a store: limits, versions, edits at the same time.
import { describe, expect, test } from 'vitest';
import { randomId } from '../../src/base/ids.ts';
import type { DashboardRecord } from '../../src/dashboards/dashboard.ts';
import { Dashboards } from '../../src/dashboards/registry.ts';
import { openMemoryStore } from '../../src/store/memory-store.ts';
import type { Store } from '../../src/store/store.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { widgetInput } from './inputs.ts';

const limits = { maxDashboards: 50, maxWidgets: 30, takesWebhooks: true };

class World {
  readonly clock = new FakeClock();
  readonly store: Store = openMemoryStore({ clock: this.clock, maxBytes: 1e6 }).store;
  readonly dashboards = this.registry();

  /** Another registry over the same store: as in another process. */
  registry(): Dashboards {
    return new Dashboards({ store: this.store, limits, now: () => this.clock.now(), newId: randomId });
  }

  create(name = 'Shop', viewer = 'ann'): Promise<DashboardRecord> {
    return this.dashboards.create(viewer, { name, widgets: [] });
  }

  async createdId(): Promise<string> {
    return (await this.create()).dashboard.id;
  }
}

function rejected(results: readonly PromiseSettledResult<unknown>[]): unknown[] {
  return results.flatMap((result) => (result.status === 'rejected' ? [(result.reason as { code: string }).code] : []));
}

test('dashboards are listed oldest first, of all owners or of one', async () => {
  const world = new World();
  await world.create('one');
  await world.clock.advance(1);
  await world.create('two', 'bob');
  await world.clock.advance(1);
  await world.create('three');
  const names = (owner: string | null = null) => world.dashboards.list(owner).map(({ dashboard }) => dashboard.name);
  expect([names(), names('ann'), names('bob'), names('eve')]).toEqual([
    ['one', 'two', 'three'],
    ['one', 'three'],
    ['two'],
    [],
  ]);
});

test('a registry that starts later has what the store has', async () => {
  const world = new World();
  const id = await world.createdId();
  const gone = await world.createdId();
  await world.dashboards.update('bob', id, { name: 'New', isHome: true }, null);
  await world.dashboards.delete(gone);
  const other = world.registry();
  await other.load();
  expect(other.list()).toEqual(world.dashboards.list());
  expect(other.get(id)).toMatchObject({ version: 2, isHome: true, dashboard: { name: 'New', updatedBy: 'bob' } });
});

describe('limits', () => {
  test('hold for dashboards made at the same time, one after the other, and after one is deleted', async () => {
    const world = new World();
    const results = await Promise.allSettled(Array.from({ length: 60 }, () => world.create()));
    expect(rejected(results)).toEqual(Array(10).fill('LIMIT_EXCEEDED'));
    expect(world.dashboards.size).toBe(50);
    await expect(world.create()).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 50 });
    await world.dashboards.delete(world.dashboards.list()[0]?.dashboard.id ?? '');
    expect(rejected(await Promise.allSettled([world.create(), world.create()]))).toEqual(['LIMIT_EXCEEDED']);
  });

  test('count no dashboard twice while it is on its way to the store', async () => {
    const world = new World();
    for (let i = 0; i < 48; i += 1) await world.create();
    // The last one is asked for in each of the moments in which the one before it is being stored.
    for (let turns = 0; turns < 8; turns += 1) {
      const one = world.create();
      for (let i = 0; i < turns; i += 1) await Promise.resolve();
      const both = await Promise.all([one, world.create()]);
      for (const { dashboard } of both) await world.dashboards.delete(dashboard.id);
    }
    expect(world.dashboards.size).toBe(48);
  });

  test('count no dashboard that was refused', async () => {
    const world = new World();
    await expect(world.dashboards.create('ann', { name: '', widgets: [] })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    });
    for (let i = 0; i < 50; i += 1) await world.create();
    expect(world.dashboards.size).toBe(50);
  });

  test('of widgets hold for widgets added at the same time', async () => {
    const world = new World();
    const id = await world.createdId();
    const adds = Array.from({ length: 40 }, (_, i) =>
      world.dashboards.addWidget('ann', id, widgetInput(`w${i}`), null),
    );
    expect(rejected(await Promise.allSettled(adds))).toEqual(Array(10).fill('LIMIT_EXCEEDED'));
    expect(world.dashboards.get(id)?.dashboard.widgets).toHaveLength(30);
  });
});

describe('versions', () => {
  test('grow by one with every change, of whatever kind', async () => {
    const { dashboards, ...world } = new World();
    const { dashboard, version } = await dashboards.create('ann', { name: 'a', widgets: [widgetInput()] });
    const { id } = dashboard;
    const { record, widgetId } = await dashboards.addWidget('ann', id, widgetInput(), 1);
    const position = { x: 0, y: 8, width: 1, height: 1 };
    const after = [
      version,
      record.version,
      (await dashboards.updateWidget('ann', widgetId, widgetInput('b'), 2)).version,
      (await dashboards.updateLayout('ann', id, [{ widgetId, position }], 3)).version,
      (await dashboards.removeWidget('ann', widgetId, 4)).version,
      (await dashboards.update('ann', id, { name: 'b' }, 5)).version,
    ];
    expect(after).toEqual([1, 2, 3, 4, 5, 6]);
    expect((await world.store.get('dashboard', id))?.version).toBe(6);
  });

  test('that are outdated are a conflict that names the current one, and change nothing', async () => {
    const { dashboards } = new World();
    const { dashboard } = await dashboards.create('ann', { name: 'a', widgets: [widgetInput()] });
    const { id } = dashboard;
    const widgetId = dashboard.widgets[0]?.id ?? '';
    await dashboards.update('ann', id, { name: 'b' }, 1);
    const before = dashboards.get(id);
    for (const change of [
      dashboards.update('bob', id, { name: 'c', isHome: true }, 1),
      dashboards.addWidget('bob', id, widgetInput(), 1),
      dashboards.updateWidget('bob', widgetId, widgetInput('x'), 1),
      dashboards.removeWidget('bob', widgetId, 3),
      dashboards.updateLayout('bob', id, [], 1),
    ]) {
      await expect(change).rejects.toMatchObject({ code: 'CONFLICT', details: { currentVersion: 2 } });
    }
    expect(dashboards.get(id)).toEqual(before);
  });

  test('let one of several changes on the same version through', async () => {
    const world = new World();
    const id = await world.createdId();
    const names = Array.from({ length: 20 }, (_, i) => `n${i}`);
    const results = await Promise.allSettled(names.map((name) => world.dashboards.update('ann', id, { name }, 1)));
    expect(rejected(results)).toEqual(Array(19).fill('CONFLICT'));
    expect(world.dashboards.get(id)).toMatchObject({ version: 2, dashboard: { name: 'n0' } });
  });
});

describe('without a version', () => {
  test('twenty edits at the same time all land', async () => {
    const world = new World();
    const id = await world.createdId();
    const adds = Array.from({ length: 20 }, (_, i) =>
      world.dashboards.addWidget('ann', id, widgetInput(`w${i}`), null),
    );
    const made = await Promise.all(adds);
    const { dashboard, version } = world.dashboards.get(id) ?? made[0]?.record ?? (await world.create());
    expect(version).toBe(21);
    expect(dashboard.widgets.map(({ name }) => name).sort()).toEqual(
      Array.from({ length: 20 }, (_, i) => `w${i}`).sort(),
    );
    expect(made.map(({ widgetId }) => widgetId)).toEqual(dashboard.widgets.map(({ id: widget }) => widget));
  });

  test('an edit is made on what another process has just changed', async () => {
    const world = new World();
    const id = await world.createdId();
    const other = world.registry();
    await other.load();
    await other.update('bob', id, { description: 'by another' }, null);
    await world.dashboards.update('ann', id, { name: 'mine' }, null);
    expect(world.dashboards.get(id)).toMatchObject({
      version: 3,
      dashboard: { name: 'mine', description: 'by another' },
    });
    await expect(other.update('bob', id, { name: 'x' }, 2)).rejects.toMatchObject({ details: { currentVersion: 3 } });
  });

  test('an edit that fails is not in the way of the next', async () => {
    const world = new World();
    const id = await world.createdId();
    const results = await Promise.allSettled([
      world.dashboards.update('ann', id, { name: '' }, null),
      world.dashboards.update('ann', id, { name: 'good' }, null),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  });
});

describe('a deleted dashboard', () => {
  test('is not there for any change', async () => {
    const world = new World();
    const { dashboard } = await world.dashboards.create('ann', { name: 'a', widgets: [widgetInput()] });
    const widgetId = dashboard.widgets[0]?.id ?? '';
    await world.dashboards.delete(dashboard.id);
    expect([world.dashboards.get(dashboard.id), world.dashboards.ofWidget(widgetId), world.dashboards.size]).toEqual([
      undefined,
      undefined,
      0,
    ]);
    for (const change of [
      () => world.dashboards.delete(dashboard.id),
      () => world.dashboards.update('ann', dashboard.id, {}, null),
      () => world.dashboards.addWidget('ann', dashboard.id, widgetInput(), null),
      async () => world.dashboards.updateWidget('ann', widgetId, widgetInput(), null),
      async () => world.dashboards.removeWidget('ann', widgetId, null),
    ]) {
      await expect(change()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
  });

  test('is deleted once, though it is being changed', async () => {
    const world = new World();
    const id = await world.createdId();
    const results = await Promise.allSettled([
      world.dashboards.update('ann', id, { name: 'x' }, null),
      world.dashboards.delete(id),
      world.dashboards.delete(id),
      world.dashboards.update('ann', id, { name: 'y' }, null),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected']);
    expect(rejected(results)).toEqual(['NOT_FOUND', 'NOT_FOUND']);
  });

  test('that another process has changed meanwhile is deleted all the same', async () => {
    const world = new World();
    const id = await world.createdId();
    const other = world.registry();
    await other.load();
    await other.update('bob', id, { name: 'x' }, null);
    await world.dashboards.delete(id);
    expect(await world.store.get('dashboard', id)).toBeUndefined();
  });
});

describe('home', () => {
  test('is one dashboard at most, whichever was named last', async () => {
    const world = new World();
    const ids = [await world.createdId(), await world.createdId(), await world.createdId()];
    const homes = () => ids.map((id) => world.dashboards.get(id)?.isHome);
    expect(homes()).toEqual([false, false, false]);
    for (const id of ids) await world.dashboards.update('ann', id, { isHome: true }, null);
    expect(homes()).toEqual([false, false, true]);
    await world.dashboards.update('ann', ids[0] ?? '', { isHome: false }, null);
    expect(homes()).toEqual([false, false, true]);
    await world.dashboards.update('ann', ids[2] ?? '', { isHome: false }, null);
    expect(homes()).toEqual([false, false, false]);
  });

  test('is set by all who set it at the same time, and is one of them', async () => {
    const world = new World();
    const ids = await Promise.all(Array.from({ length: 12 }, () => world.createdId()));
    await Promise.all(ids.map((id) => world.dashboards.update('ann', id, { isHome: true }, null)));
    expect(world.dashboards.list().filter(({ isHome }) => isHome)).toHaveLength(1);
  });

  test('is set though another process has set it meanwhile', async () => {
    const world = new World();
    const ids = [await world.createdId(), await world.createdId()];
    const other = world.registry();
    await other.load();
    await other.update('bob', ids[0] ?? '', { isHome: true }, null);
    await world.dashboards.update('ann', ids[1] ?? '', { isHome: true }, null);
    expect(ids.map((id) => world.dashboards.get(id)?.isHome)).toEqual([false, true]);
  });
});

test('who listens hears of every change of that dashboard, of its deletion, and of being home or not', async () => {
  const world = new World();
  const [id, other] = [await world.createdId(), await world.createdId()];
  const heard: unknown[] = [];
  const leave = world.dashboards.listen(id, (record) =>
    heard.push(record === null ? null : [record.version, record.isHome]),
  );
  await world.dashboards.update('ann', id, { name: 'a' }, null);
  await world.dashboards.update('ann', other, { name: 'b' }, null);
  await world.dashboards.update('ann', id, { isHome: true }, null);
  await world.dashboards.update('ann', other, { isHome: true }, null);
  await world.dashboards.delete(id);
  leave();
  leave();
  expect(heard).toEqual([[2, false], [3, false], [3, true], [3, false], null]);
});
