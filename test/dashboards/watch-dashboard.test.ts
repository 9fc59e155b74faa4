// Watching a dashboard: a snapshot, what changes, and its definition.
import { describe, expect, test } from 'vitest';
import { randomId } from '../../src/base/ids.ts';
import type { WidgetInput } from '../../src/dashboards/edit-dashboard.ts';
import { Dashboards } from '../../src/dashboards/registry.ts';
import {
  type DashboardUpdate,
  type DashboardWatchOptions,
  watchDashboard,
} from '../../src/dashboards/watch-dashboard.ts';
import { openMemoryStore } from '../../src/store/memory-store.ts';
import type { WindowsOptions } from '../../src/windows/windows.ts';
import { WindowWorld } from '../windows/window-world.ts';
import { queryInput, widgetInput } from './inputs.ts';

const web = widgetInput('web', { query: queryInput({ serviceId: 'web' }) });
const app = widgetInput('app', { query: queryInput({ serviceId: 'app' }) });

class World extends WindowWorld {
  readonly dashboards: Dashboards;
  id = '';
  /** By widget. */
  readonly alertsChanged = new Map<string, number>();
  readonly stopTicking: () => void;

  constructor(asked: Partial<WindowsOptions> = {}) {
    super(asked);
    const { store } = openMemoryStore({ clock: this.clock, maxBytes: 1e6 });
    const limits = { maxDashboards: 10, maxWidgets: 10, takesWebhooks: true };
    this.dashboards = new Dashboards({ store, limits, now: () => this.log.now(), newId: randomId });
    this.stopTicking = this.startTicking();
  }

  static async with(widgets: readonly WidgetInput[], asked: Partial<WindowsOptions> = {}): Promise<World> {
    const world = new World(asked);
    world.id = (await world.dashboards.create('ann', { name: 'Shop', widgets })).dashboard.id;
    return world;
  }

  watch(asked: Partial<DashboardWatchOptions> = {}): Watcher {
    const { dashboards, windows, tickers, log, id } = this;
    return new Watcher({
      dashboards,
      windows,
      tickers,
      alertsChanged: (widgetId) => this.alertsChanged.get(widgetId) ?? 0,
      log,
      epoch: 1,
      id,
      everySeconds: null,
      widgetIds: null,
      comparesPrevious: true,
      ...asked,
    });
  }

  widgetId(place: number): string {
    return this.dashboards.get(this.id)?.dashboard.widgets[place]?.id ?? '';
  }

  async update(input: Parameters<Dashboards['update']>[2]): Promise<void> {
    await this.dashboards.update('ann', this.id, input, null);
    await this.clock.advance(0);
  }
}

class Watcher {
  readonly updates: DashboardUpdate[] = [];
  failure: unknown;
  isDone = false;
  readonly iterator;

  constructor(options: DashboardWatchOptions) {
    this.iterator = watchDashboard(options);
  }

  /** Takes updates as they come. */
  read(): this {
    this.iterator.next().then(
      ({ value, done }) => {
        this.isDone = done === true;
        if (value === undefined) return;
        this.updates.push(value);
        this.read();
      },
      (error: unknown) => {
        this.failure = error;
      },
    );
    return this;
  }

  /** Of each update: the name and count of its widgets, behind `all` where it is a snapshot. */
  get seen(): unknown[][] {
    return this.updates.map(({ isSnapshot, widgets }) => {
      const counts = widgets.map(({ widget, frame }) => `${widget.name} ${frame?.value.count}`);
      return isSnapshot ? ['all', ...counts] : counts;
    });
  }
}

test('every widget comes at once, then those whose value changed, at the interval of the dashboard', async () => {
  const world = await World.with([web, app, web]);
  await world.add({});
  const watcher = world.watch().read();
  await world.clock.advance(0);
  expect(watcher.seen).toEqual([['all', 'web 1', 'app 0', 'web 1']]);
  await world.add({}, 0, 'app');
  await world.clock.advance(4999);
  expect(watcher.updates).toHaveLength(1);
  await world.clock.advance(1);
  await world.clock.advance(5000);
  await world.add({});
  await world.clock.advance(5000);
  expect(watcher.seen.slice(1)).toEqual([['app 1'], ['web 2', 'web 2']]);
  expect(watcher.updates[1]).toMatchObject({
    isSnapshot: false,
    at: world.clock.now() - 10_000,
    record: { version: 1 },
  });
});

test('a widget is told of where one of its alerts has changed', async () => {
  const world = await World.with([web, app]);
  const watcher = world.watch().read();
  await world.clock.advance(5000);
  world.alertsChanged.set(world.widgetId(1), 7);
  await world.clock.advance(10_000);
  expect(watcher.seen.slice(1)).toEqual([['app 0']]);
});

test('widgets that run empty are told of', async () => {
  const world = await World.with([web]);
  await world.add({});
  const watcher = world.watch().read();
  await world.clock.advance(65_000);
  expect(watcher.seen).toEqual([['all', 'web 1'], ['web 0']]);
});

test('the interval may be asked for, slower or faster than that of the dashboard', async () => {
  const world = await World.with([web]);
  const fast = world.watch({ everySeconds: 1 }).read();
  const slow = world.watch({ everySeconds: 20 }).read();
  for (let i = 0; i < 20; i += 1) {
    await world.clock.advance(1000);
    await world.add({});
  }
  await world.clock.advance(20_000);
  expect(fast.updates).toHaveLength(21);
  expect(slow.seen).toEqual([['all', 'web 0'], ['web 19'], ['web 20']]);
});

test('widgets can be chosen; others are not computed', async () => {
  const world = await World.with([web, app]);
  const watcher = world.watch({ widgetIds: [world.widgetId(1)] }).read();
  await world.add({});
  await world.add({}, 0, 'app');
  await world.clock.advance(5000);
  expect(watcher.seen).toEqual([['all', 'app 0'], ['app 1']]);
  expect(world.windows.size).toBe(1);
});

test('a dashboard or a widget that is not there is NOT_FOUND, and leaves nothing behind', async () => {
  const world = await World.with([web]);
  expect(() => world.watch({ id: 'dash_none' })).toThrow(
    expect.objectContaining({ code: 'NOT_FOUND', id: 'dash_none' }),
  );
  expect(() => world.watch({ widgetIds: [world.widgetId(0), 'wid_none'] })).toThrow(
    expect.objectContaining({ code: 'NOT_FOUND', id: 'wid_none' }),
  );
  expect(world.windows.size).toBe(0);
});

describe('when the definition changes', () => {
  test('all comes again at once, with the new definition', async () => {
    const world = await World.with([web, app]);
    const watcher = world.watch().read();
    await world.clock.advance(1500);
    await world.update({ name: 'New' });
    expect(watcher.seen).toEqual([
      ['all', 'web 0', 'app 0'],
      ['all', 'web 0', 'app 0'],
    ]);
    expect(watcher.updates[1]?.record.dashboard.name).toBe('New');
    await world.dashboards.removeWidget('ann', world.widgetId(0), null);
    await world.dashboards.addWidget('ann', world.id, widgetInput('both'), null);
    await world.clock.advance(0);
    expect(watcher.seen.at(-1)).toEqual(['all', 'app 0', 'both 0']);
    expect(watcher.updates.at(-1)?.widgets.every(({ record }) => record.version === 4)).toBe(true);
    await world.add({});
    await world.clock.advance(5000);
    expect(watcher.seen.at(-1)).toEqual(['both 1']);
    // The windows of each definition are let go with it.
    await watcher.iterator.return();
    await world.clock.advance(60_000);
    world.windows.dropIdle();
    expect(world.windows.size).toBe(0);
  });

  test('its interval holds from then on', async () => {
    const world = await World.with([web]);
    const watcher = world.watch().read();
    await world.update({ refreshInterval: { size: 1, unit: 'SECOND' } });
    await world.add({});
    await world.clock.advance(1000);
    expect(watcher.seen.at(-1)).toEqual(['web 1']);
  });

  test('a chosen widget that is removed is left out', async () => {
    const world = await World.with([web, app]);
    const watcher = world.watch({ widgetIds: [world.widgetId(0), world.widgetId(1)] }).read();
    await world.clock.advance(0);
    await world.dashboards.removeWidget('ann', world.widgetId(0), null);
    await world.clock.advance(0);
    expect(watcher.seen.at(-1)).toEqual(['all', 'app 0']);
  });

  test('the old definition stands until every new window is filled, and nothing mixes the two', async () => {
    const world = await World.with([web, app]);
    const watcher = world.watch().read();
    await world.clock.advance(0);
    world.slow.hold();
    await world.dashboards.updateWidget('ann', world.widgetId(0), widgetInput('both'), null);
    await world.add({});
    await world.clock.advance(5000);
    expect(watcher.seen).toEqual([['all', 'web 0', 'app 0'], ['web 1']]);
    expect(watcher.updates.map(({ record }) => record.version)).toEqual([1, 1]);
    world.slow.releaseAll();
    await world.clock.advance(0);
    expect(watcher.seen.at(-1)).toEqual(['all', 'both 1', 'app 0']);
    expect(watcher.updates.at(-1)?.record.version).toBe(2);
  });

  test('a window of the old one that fails does not end the watch of the new one', async () => {
    const world = await World.with([web]);
    world.slow.hold();
    const watcher = world.watch().read();
    await world.dashboards.removeWidget('ann', world.widgetId(0), null);
    await world.clock.advance(0);
    world.slow.failure = new Error('block 1 is damaged');
    world.slow.releaseAll();
    await world.clock.advance(0);
    expect([watcher.seen, watcher.failure]).toEqual([[['all']], undefined]);
  });
});

test('while it is inactive nothing comes but its definition; then all again', async () => {
  const world = await World.with([web]);
  const watcher = world.watch().read();
  await world.clock.advance(0);
  await world.update({ isActive: false });
  expect(watcher.updates.at(-1)).toMatchObject({ isSnapshot: true, record: { dashboard: { isActive: false } } });
  await world.add({});
  await world.clock.advance(20_000);
  expect(watcher.updates).toHaveLength(2);
  const late = world.watch().read();
  await world.clock.advance(10_000);
  expect(late.seen).toEqual([['all', 'web 1']]);
  await world.update({ isActive: true });
  expect(watcher.seen.at(-1)).toEqual(['all', 'web 1']);
  await world.add({});
  await world.clock.advance(5000);
  expect(watcher.seen.at(-1)).toEqual(['web 2']);
});

test('deletion ends it without an error', async () => {
  const world = await World.with([web]);
  const watcher = world.watch().read();
  await world.clock.advance(0);
  await world.dashboards.delete(world.id);
  await world.clock.advance(0);
  expect([watcher.isDone, watcher.failure]).toEqual([true, undefined]);
});

test('a slow reader gets the latest of everything that changed since he last read, once', async () => {
  const world = await World.with([web, app]);
  const watcher = world.watch();
  await watcher.iterator.next();
  for (let i = 0; i < 4; i += 1) {
    await world.add({}, 0, i === 1 ? 'app' : 'web');
    await world.clock.advance(5000);
  }
  watcher.read();
  await world.clock.advance(5000);
  expect(watcher.seen).toEqual([['web 3', 'app 1']]);
});

describe('what goes wrong', () => {
  test('with one widget ends the watch with the error and lets the other windows go', async () => {
    const world = await World.with([web, app]);
    // The window of the first widget is there already, that of the second cannot be read.
    const first = world.watch({ widgetIds: [world.widgetId(0)] }).iterator;
    await first.next();
    await first.return();
    await world.clock.advance(0);
    world.slow.failure = new Error('block 1 is damaged');
    const watcher = world.watch().read();
    await world.clock.advance(0);
    expect([watcher.failure, world.windows.size]).toEqual([new Error('block 1 is damaged'), 1]);
    await world.clock.advance(60_000);
    world.windows.dropIdle();
    expect(world.windows.size).toBe(0);
  });

  test('with too many windows is an error of the watch', async () => {
    const world = await World.with([web, app], { maxWindows: 1 });
    const watcher = world.watch().read();
    await world.clock.advance(0);
    expect(watcher.failure).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 1 });
  });
});

test('who leaves at any moment lets his windows go, and hears no more', async () => {
  const world = await World.with([web, app]);
  const settled = world.watch().read();
  await world.clock.advance(0);
  world.slow.hold();
  await world.dashboards.addWidget('ann', world.id, widgetInput('both'), null);
  const filling = world.watch().read();
  await Promise.all([settled, filling].map(({ iterator }) => iterator.return()));
  world.slow.releaseAll();
  await world.clock.advance(60_000);
  world.windows.dropIdle();
  await world.update({ name: 'New' });
  expect([world.windows.size, world.tickers.size]).toEqual([0, 0]);
  expect([settled.updates.length, filling.updates.length]).toEqual([1, 0]);
  world.stopTicking();
  expect([world.clock.timers, world.tickErrors]).toEqual([0, []]);
});
