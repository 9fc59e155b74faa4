// All dashboards: kept in the store by compare-and-set, here in memory as the store has them; who watches one hears of
// every change of its definition.
import { conflict, limitExceeded, notFound } from '../base/errors.ts';
import type { Store, Versioned } from '../store/store.ts';
import { type Dashboard, type DashboardLimits, type DashboardRecord, reviveDashboard } from './dashboard.ts';
import * as edits from './edit-dashboard.ts';

export interface RegistryOptions {
  readonly store: Store;
  readonly limits: DashboardLimits;
  /** The log's clock. */
  now(): number;
  newId(prefix: string): string;
}

/** Null: it was deleted. */
export type DefinitionListener = (record: DashboardRecord | null) => void;

const homeId = 'home';
const attempts = 10;

export class Dashboards {
  readonly #options: RegistryOptions;
  readonly #records = new Map<string, { dashboard: Dashboard; version: number }>();
  readonly #listeners = new Map<string, Set<DefinitionListener>>();
  readonly #listenersToAll: ((id: string, record: DashboardRecord | null) => void)[] = [];
  #home: { id: string | null; version: number | null } = { id: null, version: null };
  // Dashboards that are on their way to the store: they count.
  readonly #creating = new Set<string>();
  // The newest edit of each dashboard that is being edited: the next one waits for it, so that none here is in another's way.
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(options: RegistryOptions) {
    this.#options = options;
  }

  /** Reads what the store has. */
  async load(): Promise<void> {
    for (const row of await this.#options.store.list('dashboard')) this.#keep(row);
    await this.#loadHome();
  }

  async #loadHome(): Promise<void> {
    const home = await this.#options.store.get('setting', homeId);
    if (home !== undefined) this.#home = { id: (home.body as { id: string | null }).id, version: home.version };
  }

  get size(): number {
    return this.#records.size;
  }

  get(id: string): DashboardRecord | undefined {
    const record = this.#records.get(id);
    return record === undefined ? undefined : { ...record, isHome: this.#home.id === id };
  }

  /** Oldest first; null: of all owners. */
  list(owner: string | null = null): DashboardRecord[] {
    const found = [...this.#records.values()].filter(({ dashboard }) => owner === null || dashboard.owner === owner);
    const records = found.map((record) => ({
      ...record,
      isHome: this.#home.id === record.dashboard.id,
    }));
    return records.sort(
      (a, b) => a.dashboard.createdAt - b.dashboard.createdAt || compare(a.dashboard.id, b.dashboard.id),
    );
  }

  /** The dashboard that a widget is on. */
  ofWidget(widgetId: string): DashboardRecord | undefined {
    return this.list().find(({ dashboard }) => dashboard.widgets.some(({ id }) => id === widgetId));
  }

  /** Calls `listener` at every change of any of them. */
  listenToAll(listener: (id: string, record: DashboardRecord | null) => void): void {
    this.#listenersToAll.push(listener);
  }

  listen(id: string, listener: DefinitionListener): () => void {
    const listeners = this.#listeners.get(id) ?? new Set();
    this.#listeners.set(id, listeners);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(id) === listeners) this.#listeners.delete(id);
    };
  }

  /** Errors: INVALID_INPUT, LIMIT_EXCEEDED. */
  async create(viewerId: string, input: edits.CreateDashboardInput): Promise<DashboardRecord> {
    const { maxDashboards } = this.#options.limits;
    const coming = [...this.#creating].filter((id) => !this.#records.has(id)).length;
    if (this.size + coming >= maxDashboards) {
      throw limitExceeded(`there are ${maxDashboards} dashboards already; delete one first`, maxDashboards);
    }
    const dashboard = edits.createDashboard(input, this.#edit(viewerId));
    this.#creating.add(dashboard.id);
    try {
      await this.#put(dashboard.id, null, dashboard);
    } finally {
      this.#creating.delete(dashboard.id);
    }
    return this.#existing(dashboard.id);
  }

  /** Errors: INVALID_INPUT, NOT_FOUND, CONFLICT. */
  async update(
    viewerId: string,
    id: string,
    input: edits.UpdateDashboardInput & { readonly isHome?: boolean | null | undefined },
    version: number | null,
  ): Promise<DashboardRecord> {
    await this.#change(id, version, (old) => edits.updateDashboard(old, input, this.#edit(viewerId)));
    const { isHome } = input;
    if (isHome != null) await this.#inTurn(homeId, () => this.#setHome(id, isHome));
    return this.#existing(id);
  }

  /** Errors: NOT_FOUND. */
  delete(id: string): Promise<void> {
    return this.#inTurn(id, () => this.#delete(id));
  }

  async #delete(id: string): Promise<void> {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const { version } = this.#existing(id);
      if (await this.#put(id, version, null)) return;
    }
    throw conflict(`dashboard ${id} is being changed by many at once; try again`);
  }

  /** Errors: INVALID_INPUT, LIMIT_EXCEEDED, NOT_FOUND, CONFLICT. */
  async addWidget(viewerId: string, id: string, input: edits.WidgetInput, version: number | null) {
    let widgetId = '';
    const record = await this.#change(id, version, (old) => {
      const edited = edits.addWidget(old, input, this.#edit(viewerId));
      widgetId = edited.widgetId;
      return edited.dashboard;
    });
    return { record, widgetId };
  }

  /** Errors: INVALID_INPUT, NOT_FOUND, CONFLICT. */
  updateWidget(viewerId: string, widgetId: string, input: edits.WidgetInput, version: number | null) {
    const id = this.#dashboardOf(widgetId);
    return this.#change(id, version, (old) => edits.updateWidget(old, widgetId, input, this.#edit(viewerId)));
  }

  /** Errors: NOT_FOUND, CONFLICT. */
  removeWidget(viewerId: string, widgetId: string, version: number | null): Promise<DashboardRecord> {
    const id = this.#dashboardOf(widgetId);
    return this.#change(id, version, (old) => edits.removeWidget(old, widgetId, this.#edit(viewerId)));
  }

  /** Errors: INVALID_INPUT, NOT_FOUND, CONFLICT. */
  updateLayout(viewerId: string, id: string, positions: readonly edits.WidgetPositionInput[], version: number | null) {
    return this.#change(id, version, (old) => edits.updateLayout(old, positions, this.#edit(viewerId)));
  }

  /** Without a version the edit is made on what is there, again where somebody else was quicker. */
  #change(id: string, version: number | null, edit: (old: Dashboard) => Dashboard): Promise<DashboardRecord> {
    return this.#inTurn(id, () => this.#changeNow(id, version, edit));
  }

  async #changeNow(id: string, version: number | null, edit: (old: Dashboard) => Dashboard): Promise<DashboardRecord> {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const record = this.#existing(id);
      if (version !== null && version !== record.version) throw outdated(id, version, record.version);
      if (await this.#put(id, record.version, edit(record.dashboard))) return this.#existing(id);
      if (version !== null) throw outdated(id, version, this.#existing(id).version);
    }
    throw conflict(`dashboard ${id} is being changed by many at once; try again`, this.#existing(id).version);
  }

  /** Runs an edit once those before it are done, whatever became of them. */
  async #inTurn<T>(id: string, edit: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(id);
    const turn = before === undefined ? edit() : before.then(edit, edit);
    this.#turns.set(id, turn);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(id) === turn) this.#turns.delete(id);
    }
  }

  async #put(id: string, expected: number | null, dashboard: Dashboard | null): Promise<boolean> {
    const result = await this.#options.store.put('dashboard', id, expected, dashboard);
    if ('conflict' in result) {
      const row = await this.#options.store.get('dashboard', id);
      if (row === undefined) this.#forget(id);
      else this.#keep(row);
      return false;
    }
    if (dashboard === null) this.#forget(id);
    else this.#keep({ kind: 'dashboard', id, version: result.version, revision: result.revision, body: dashboard });
    return true;
  }

  async #setHome(id: string, isHome: boolean): Promise<void> {
    const next = isHome ? id : null;
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const before = this.#home.id;
      if (before === next || (!isHome && before !== id)) return;
      const result = await this.#options.store.put('setting', homeId, this.#home.version, { id: next });
      if ('conflict' in result) {
        await this.#loadHome();
        continue;
      }
      this.#home = { id: next, version: result.version };
      for (const changed of [before, id]) if (changed !== null) this.#announce(changed);
      return;
    }
    throw conflict('the home dashboard is being changed by many at once; try again');
  }

  #keep({ id, version, body }: Versioned): void {
    const known = this.#records.get(id);
    if (known !== undefined && known.version >= version) return;
    this.#records.set(id, { dashboard: reviveDashboard(body), version });
    this.#announce(id);
  }

  #forget(id: string): void {
    if (this.#records.delete(id)) this.#announce(id);
  }

  #announce(id: string): void {
    const record = this.get(id) ?? null;
    for (const listener of [...(this.#listeners.get(id) ?? [])]) listener(record);
    for (const listener of this.#listenersToAll) listener(id, record);
  }

  #existing(id: string): DashboardRecord {
    const record = this.get(id);
    if (record === undefined) throw notFound('dashboard', id);
    return record;
  }

  #dashboardOf(widgetId: string): string {
    const record = this.ofWidget(widgetId);
    if (record === undefined) throw notFound('widget', widgetId);
    return record.dashboard.id;
  }

  #edit(viewerId: string): edits.Edit {
    const { limits, newId } = this.#options;
    return {
      viewerId,
      now: this.#options.now(),
      maxWidgets: limits.maxWidgets,
      takesWebhooks: limits.takesWebhooks,
      newId,
    };
  }
}

function outdated(id: string, version: number, current: number) {
  return conflict(
    `dashboard ${id} has version ${current}, not ${version}: read it again and repeat the change`,
    current,
  );
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
