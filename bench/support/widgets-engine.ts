// PulseQL's engine as a contestant: the widgets are on dashboards that somebody watches at their own interval, on a clock that the
// bench moves.
import { allRights, createEngine, type Engine } from '../../src/index.ts';
import { entityType, kpiOf, type MadeWidget, type OrderPoint } from './made-widgets.ts';
import { MovedClock } from './moved-clock.ts';
import type { Bounds, Shown, WidgetContestant } from './widget-contestant.ts';

const me = { id: 'bench', rights: allRights };
const widgetsADashboard = 20;
const pointsABatch = 500;

type Watch = ReturnType<Engine['watchDashboard']>;

export async function engineContestant(startsAt: number): Promise<WidgetContestant> {
  const clock = new MovedClock(startsAt);
  const settings = { 'max-memory-bytes': 1_000_000_000, 'max-windows': 2000 };
  const engine = await createEngine({ clock, settings });
  const watches: Watch[] = [];
  const shown: Shown[] = [];
  const places = new Map<string, number>();
  const take = ({ widgets }: { widgets: readonly { widget: { id: string }; frame: unknown }[] }) => {
    for (const { widget, frame } of widgets) {
      shown[places.get(widget.id) ?? -1] = shownOf((frame as { value: Parameters<typeof shownOf>[0] }).value);
    }
  };
  return {
    async load(points) {
      for (let at = 0; at < points.length; at += pointsABatch) {
        const batch = points.slice(at, at + pointsABatch);
        clock.moveTo(batch.at(-1)?.time ?? clock.now());
        await engine.ingest(me, batch.map(pointOf), null);
      }
    },
    async open(widgets) {
      for (let at = 0; at < widgets.length; at += widgetsADashboard) {
        const some = widgets.slice(at, at + widgetsADashboard);
        const id = await makeDashboard(engine, some);
        for (const [i, one] of (engine.dashboards.get(id)?.dashboard.widgets ?? []).entries())
          places.set(one.id, at + i);
        const watch = engine.watchDashboard(id, null, null);
        watches.push(watch);
        const first = await watch.next();
        if (!first.done) take(first.value);
      }
    },
    async refresh({ end }: Bounds) {
      const updates = watches.map((watch) => watch.next());
      clock.moveTo(end);
      clock.tick();
      for (const update of await Promise.all(updates)) if (!update.done) take(update.value);
      return shown;
    },
  };
}

async function makeDashboard(engine: Engine, widgets: readonly MadeWidget[]): Promise<string> {
  const { dashboard } = await engine.createDashboard(me, {
    name: 'bench',
    refreshInterval: { size: 1, unit: 'SECOND' },
    widgets: widgets.map((widget, i) => ({ name: `${i}`, type: 'NUMBER', query: kpiOf(widget) })),
  });
  return dashboard.id;
}

function pointOf({ service, time, ...data }: OrderPoint) {
  return { entityType, serviceId: service, timestamp: new Date(time).toISOString(), data };
}

function shownOf(value: {
  readonly value: number | null;
  readonly count: number;
  readonly groups: readonly {
    readonly key: readonly { readonly value: string | null }[];
    readonly value: number | null;
    readonly count: number;
  }[];
}): Shown {
  const groups = value.groups.map((group) => ({
    key: group.key[0]?.value ?? null,
    value: group.value,
    count: group.count,
  }));
  return { value: value.value, count: value.count, groups };
}
