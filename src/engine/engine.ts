// The engine's face: what can be asked of it, in one place. What it does itself is to start and stop its parts in order;
// everything else is a part's.
import type { StoredAlert } from '../alerts/alert.ts';
import { Webhooks } from '../alerts/webhooks.ts';
import type { AnswerBudget } from '../base/answer-budget.ts';
import { type Clock, type Timer, withNow } from '../base/clock.ts';
import { PulseError } from '../base/errors.ts';
import { randomId } from '../base/ids.ts';
import type { LiveIterator } from '../base/live-iterator.ts';
import type { Logger } from '../base/logger.ts';
import type { TimeSpanInput } from '../base/time-span.ts';
import type { DashboardRecord } from '../dashboards/dashboard.ts';
import type { CreateDashboardInput } from '../dashboards/edit-dashboard.ts';
import { Dashboards } from '../dashboards/registry.ts';
import { type DashboardUpdate, watchDashboard } from '../dashboards/watch-dashboard.ts';
import type { FeedUpdate } from '../feeds/feed.ts';
import { FeedIndex } from '../feeds/feed-index.ts';
import type { Analysis } from '../insights/analysis.ts';
import type { LineGuard } from '../points/line-guard.ts';
import type { PointInput, StoredPoint } from '../points/point.ts';
import { Catalogue } from '../series/catalogue.ts';
import type { SeriesView } from '../series/series.ts';
import { encodeCursor } from '../store/cursor.ts';
import type { Storage } from '../store/store.ts';
import type { Tail } from '../store/tail.ts';
import { Tickers } from '../windows/ticking.ts';
import { Windows } from '../windows/windows.ts';
import { Alerts } from './alerts.ts';
import { Analyzers } from './analyzers.ts';
import { Connections, type ConnectionView } from './connections.ts';
import { Counters } from './counters.ts';
import { Effects } from './effects.ts';
import type { EngineLimits } from './engine-limits.ts';
import { Events } from './events.ts';
import { readEvery } from './every.ts';
import { Fence } from './fence.ts';
import { ForecastPool } from './forecast-pool.ts';
import { Housekeeping } from './housekeeping.ts';
import { Ingest, type IngestResult } from './ingest.ts';
import { Insights, type StoredInsight } from './insights.ts';
import { KpiAnalysis } from './kpi-analysis.ts';
import { KpiForecasts } from './kpi-forecasts.ts';
import { Kpis } from './kpis.ts';
import { LoopDelay } from './loop-delay.ts';
import { OpenSubscriptions } from './open-subscriptions.ts';
import { embeddedPeers } from './peers.ts';
import { type PointsPage, type PointsQuery, readPointAt, readPointsPage } from './point-pages.ts';
import { Predictions } from './predictions.ts';
import { Reads, untilAborted } from './reads.ts';
import { loadPanes, recover } from './recover.ts';
import { SavedAnalysis } from './saved-analysis.ts';
import { ClockWatch, readServerClock, type ServerClock } from './server-clock.ts';
import { type SimulationInput, Simulations, type SimulationView } from './simulations.ts';
import { consumersOf, type EngineState } from './state.ts';
import { type EngineStatus, type NotReady, performanceOf, watchStatus } from './status.ts';
import { tick, tickMs } from './tick.ts';
import { assertMay, assertMayAdminister, assertMayRead, type Viewer } from './viewer.ts';
import { type WatchPointsInput, watchPoints } from './watch-points.ts';

export interface EngineOptions {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly version: string;
  readonly limits: EngineLimits;
  /** In [0, 1): for the seeds of simulations. */
  random(): number;
}

/** Opens an engine over a store: caught up with its log, following it. `stop()` leaves no timer and closes the store. */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const { storage, clock, logger, limits } = options;
  const { store, log, ownership } = storage;
  const lease = ownership.lease(0);
  const counters = new Counters(clock);
  const events = new Events(logger);
  const analyzers = new Analyzers({ store, limits });
  await analyzers.load();
  const insights = new Insights({ store, lease, clock, log, choice: analyzers, counters, logger, events, limits });
  await insights.load();
  const state = makeState(options, counters, insights.analysis);
  const reported = () => insights.committed();
  const savedAnalysis = new SavedAnalysis({ analysis: insights.analysis, store, lease, log, logger, reported });
  const dashboards = new Dashboards({ store, limits: options.limits, now: () => log.now(), newId: randomId });
  await dashboards.load();
  const following = await recover(state, store, savedAnalysis, logger);
  await loadPanes(state, store, logger);
  insights.begin();
  await savedAnalysis.begin();
  const engine = new Engine(options, { state, dashboards, following, events, analyzers, insights, savedAnalysis });
  await engine.begin();
  return engine;
}

function makeState(
  { storage, clock, logger, limits }: EngineOptions,
  counters: Counters,
  analysis: Analysis,
): EngineState {
  const { log } = storage;
  const { epoch } = storage.ownership.lease(0);
  const parts = {
    log,
    catalogue: new Catalogue(),
    catalogued: { upTo: 0 },
    stepped: { at: 0 },
    analysis,
    feeds: new FeedIndex(),
    windows: new Windows({
      ...limits,
      log,
      clock,
      epoch,
      onWarning: (error) => logger.warn({ error }, 'a saved state is not used'),
    }),
    tickers: new Tickers(clock, (error) => {
      counters.noteUnforeseen();
      logger.error({ error }, 'a watcher failed at a tick');
    }),
    counters,
    effects: new Effects(),
    fence: new Fence(counters, logger),
  };
  return { ...parts, consumers: consumersOf(parts) };
}

/** What is there before the engine: caught up with the log. */
interface EngineParts {
  readonly state: EngineState;
  readonly dashboards: Dashboards;
  readonly following: Tail;
  readonly events: Events;
  readonly analyzers: Analyzers;
  readonly insights: Insights;
  readonly savedAnalysis: SavedAnalysis;
}

export class Engine {
  readonly dashboards: Dashboards;
  readonly kpis: Kpis;
  readonly simulations: Simulations;
  readonly alerts: Alerts;
  readonly analyzers: Analyzers;
  readonly insights: Insights;
  readonly kpiAnalysis: KpiAnalysis;
  readonly predictions: Predictions;
  readonly counters: Counters;
  readonly events: Events;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly limits: EngineLimits;
  readonly connections = new Connections();
  /** Reads of the past by clients. */
  readonly reads: Reads;
  readonly #loopDelay: LoopDelay;
  readonly #pool: ForecastPool;
  readonly kpiForecasts: KpiForecasts;
  readonly #options: EngineOptions;
  readonly #state: EngineState;
  readonly #ingest: Ingest;
  readonly #following: Tail;
  readonly #webhooks: Webhooks;
  readonly #ticking: Timer;
  readonly #housekeeping: Housekeeping;
  readonly #clockWatch: ClockWatch;
  readonly #startedAt: number;
  readonly #startedMonotonic: number;
  readonly #subscriptions: OpenSubscriptions;
  #isStopped = false;
  #stopping: Promise<void> | undefined;
  #endDemo: (() => Promise<void>) | null = null;

  constructor(options: EngineOptions, parts: EngineParts) {
    const { state, dashboards, following, events, analyzers, insights, savedAnalysis } = parts;
    const { storage, clock, logger, limits } = options;
    const { log, store, ownership } = storage;
    const { maxSeries, pointRules: rules, retentionMs, insightRetentionMs } = limits;
    const lease = ownership.lease(0);
    this.#options = options;
    this.#state = state;
    this.#following = following;
    this.dashboards = dashboards;
    this.counters = state.counters;
    this.events = events;
    this.#subscriptions = new OpenSubscriptions(state.counters, events);
    this.analyzers = analyzers;
    this.insights = insights;
    this.logger = logger;
    this.clock = clock;
    this.limits = limits;
    this.reads = new Reads(clock, limits);
    const { reads } = this;
    this.kpis = new Kpis(state, embeddedPeers(state.windows), { ...limits, epoch: lease.epoch, reads });
    this.#ingest = new Ingest({ log, counters: state.counters, rules, maxSeries, monotonic: () => clock.monotonic() });
    const sink = { send: (points: readonly PointInput[]) => this.ingestOwn(points) };
    const { random } = options;
    const pointClock = withNow(clock, () => log.now());
    this.simulations = new Simulations({ sink, clock: pointClock, logger, maxRunning: limits.maxSimulations, random });
    const common = { store, lease, clock, logger, log, limits, now: () => log.now() };
    this.#webhooks = new Webhooks(common);
    const { windows, tickers, counters } = state;
    const onError = (error: unknown) => {
      counters.noteUnforeseen();
      logger.error({ error }, 'a prediction could not be committed; it is tried again');
    };
    this.#loopDelay = new LoopDelay(clock);
    this.#pool = new ForecastPool(limits);
    this.predictions = new Predictions({ store, lease, clock, onError, state, limits, pool: this.#pool, reads });
    const watching = { ...common, dashboards, windows, tickers, reads };
    this.kpiAnalysis = new KpiAnalysis({ ...watching, insights });
    const scores = (widgetId: string) => this.kpiAnalysis.scores(widgetId);
    this.kpiForecasts = new KpiForecasts({ ...watching, counters, pool: this.#pool, insights });
    const forecasts = (widgetId: string, at: number) => this.kpiForecasts.at(widgetId, at);
    this.alerts = new Alerts({ ...watching, counters, events, scores, forecasts, webhooks: this.#webhooks });
    this.#startedAt = log.now();
    this.#startedMonotonic = clock.monotonic();
    this.#ticking = clock.every(tickMs, () => {
      tick(state, log.now());
    });
    this.#clockWatch = new ClockWatch(log.clock, clock, logger);
    this.#housekeeping = new Housekeeping(state, {
      clock,
      store,
      lease,
      logger,
      retentionMs,
      insightRetentionMs,
      savedAnalysis,
      kpiAnalysis: this.kpiAnalysis,
      alerts: this.alerts,
      insights,
      predictions: this.predictions,
    });
  }

  /** Takes up what is stored of alerts and webhooks, before anybody asks. */
  async begin(): Promise<void> {
    await this.alerts.load();
    await this.predictions.load();
    this.kpiAnalysis.load();
    this.kpiForecasts.load();
    await this.#webhooks.load();
  }

  /** Whether points are taken. */
  get isReady(): boolean {
    return this.notReady === null;
  }

  /** Why no points are taken: the code that an append would get, and a sentence; null while they are. */
  get notReady(): NotReady | null {
    if (this.#isStopped) return { code: 'STOPPED', reason: 'the engine is stopping' };
    const health = this.#options.storage.health();
    return health.ok ? null : { code: health.code, reason: health.reason };
  }

  /** The log's clock, in milliseconds. */
  now(): number {
    return this.#state.log.now();
  }

  /** Takes NDJSON lines in; `bytes` must not be used afterwards. Errors: FORBIDDEN, CONFLICT, STORAGE_*. */
  async ingestLines(
    viewer: Viewer,
    bytes: Buffer,
    batchId: string | null,
    guard: LineGuard | null = null,
  ): Promise<IngestResult> {
    this.#assertRunning();
    assertMay(viewer, 'ingest');
    return this.#ingest.lines(bytes, batchId, guard);
  }

  /** Errors: as ingestLines. */
  async ingest(viewer: Viewer, points: readonly PointInput[], batchId: string | null): Promise<IngestResult> {
    this.#assertRunning();
    assertMay(viewer, 'ingest');
    return this.#ingest.points(points, batchId);
  }

  /** Takes points in that this process makes up. Errors: STORAGE_*. */
  async ingestOwn(points: readonly PointInput[]): Promise<void> {
    this.#assertRunning();
    await this.#ingest.points(points, null);
  }

  /** A demo runs in this process: `end` ends it for good. */
  onDemoEnd(end: () => Promise<void>): void {
    this.#endDemo = end;
  }

  /** False where no demo runs. Errors: FORBIDDEN, STORAGE_*. */
  async endDemo(viewer: Viewer): Promise<boolean> {
    assertMay(viewer, 'edit');
    const end = this.#endDemo;
    this.#endDemo = null;
    await end?.();
    return end !== null;
  }

  /** A note that the process keeps about itself; undefined where there is none. */
  async readMark(name: string): Promise<unknown> {
    return (await this.#options.storage.store.get('setting', name))?.body;
  }

  async writeMark(name: string, body: object): Promise<void> {
    const { store } = this.#options.storage;
    let version = (await store.get('setting', name))?.version ?? null;
    for (;;) {
      const result = await store.put('setting', name, version, body);
      if (!('conflict' in result)) return;
      // Another write came first: this one replaces it.
      version = result.conflict === 0 ? null : result.conflict;
    }
  }

  /** Whether anything was ever sent. */
  get hasPoints(): boolean {
    return this.#state.log.head(0) > 0;
  }

  status(): EngineStatus {
    const { catalogue, counters } = this.#state;
    const { notReady } = this;
    return {
      version: this.#options.version,
      startedAt: this.#startedAt,
      uptimeSeconds: (this.clock.monotonic() - this.#startedMonotonic) / 1000,
      ready: notReady === null,
      notReadyReason: notReady === null ? null : `${notReady.code}: ${notReady.reason}`,
      connections: counters.connections,
      subscriptions: this.#subscriptions.size + counters.shared,
      dashboards: this.dashboards.size,
      series: catalogue.size,
      alertsFiring: this.alerts.firing,
      insights: this.insights.figures,
      storage: this.#options.storage.description,
      clock: readServerClock(this.#state.log.clock),
      performance: performanceOf(counters, this.#loopDelay.p99Ms, this.now()),
    };
  }

  /** Believes the wall clock at once, for deletion too. Errors: FORBIDDEN. */
  acceptClock(viewer: Viewer): ServerClock {
    assertMayAdminister(viewer);
    const { clock } = this.#state.log;
    clock.accept();
    this.#clockWatch.look();
    this.#housekeeping.saveClock();
    return readServerClock(clock);
  }

  /** Who is connected, oldest first. Errors: FORBIDDEN for who may not change dashboards. */
  connectionsFor(viewer: Viewer): ConnectionView[] {
    assertMay(viewer, 'edit');
    return this.connections.list();
  }

  /** Known series; null: of all. Leaves out what the viewer may not read. */
  series(viewer: Viewer, entityType: string | null, serviceId: string | null): SeriesView[] {
    const { read } = viewer.rights;
    const found = this.#state.catalogue.list(entityType, serviceId);
    return read === null ? found : found.filter((series) => read.includes(series.entityType));
  }

  /** Errors: FORBIDDEN, BAD_USER_INPUT, STORAGE_DAMAGED. */
  async points(
    viewer: Viewer,
    query: PointsQuery,
    signal: AbortSignal | null = null,
    answer: AnswerBudget | null = null,
  ): Promise<PointsPage> {
    assertMayRead(viewer, query.entityType);
    return this.reads.run(signal, (read) =>
      untilAborted(readPointsPage(this.#state.log, query, this.limits, answer), read.signal),
    );
  }

  /** The point at that place; null where retention has taken it. Errors: FORBIDDEN, STORAGE_DAMAGED. */
  async pointAt(viewer: Viewer, entityType: string, offset: number): Promise<StoredPoint | null> {
    assertMayRead(viewer, entityType);
    return readPointAt(this.#state.log, entityType, offset);
  }

  /** The cursor of an offset of a partition. */
  cursor(partition: number, offset: number): string {
    return encodeCursor(this.#state.log.id, 'points', { partition, offset });
  }

  /** Of a point. */
  cursorOf(entityType: string, offset: number): string {
    return this.cursor(this.#state.log.partitionOf(entityType), offset);
  }

  /** Errors: FORBIDDEN, INVALID_INPUT, BAD_USER_INPUT at once; STORAGE_DAMAGED from the iterator. */
  watchPoints(viewer: Viewer, input: WatchPointsInput): LiveIterator<FeedUpdate> {
    assertMayRead(viewer, input.entityType);
    return this.#subscriptions.add(
      watchPoints(this.#state, input, { clock: this.clock, limits: this.limits }),
      'dataUpdates',
      viewer,
    );
  }

  /** Errors: as Kpis.watch. */
  watchKpi(...args: Parameters<Kpis['watch']>): ReturnType<Kpis['watch']> {
    return this.#subscriptions.add(this.kpis.watch(...args), 'kpi', args[0]);
  }

  /** Errors: INVALID_INPUT, NOT_FOUND at once. Null: the dashboard's own interval; all widgets. Without `comparesPrevious`, `previous` may be null. */
  watchDashboard(
    id: string,
    every: TimeSpanInput | null,
    widgetIds: readonly string[] | null,
    comparesPrevious = true,
  ): LiveIterator<DashboardUpdate> {
    const { windows, tickers, log } = this.#state;
    const { dashboards } = this;
    const { epoch } = this.#options.storage.ownership.lease(0);
    const everySeconds = every === null ? null : readEvery(every);
    const alertsChanged = (widgetId: string) => this.alerts.changesOf(widgetId);
    const asked = { id, everySeconds, widgetIds, comparesPrevious };
    const options = { dashboards, windows, tickers, log, epoch, alertsChanged, ...asked };
    return this.#subscriptions.add(watchDashboard(options), 'dashboardUpdates');
  }

  /** Errors: BAD_USER_INPUT. Null: of all dashboards; those that fire now first. */
  async watchAlerts(...args: Parameters<Alerts['watch']>): Promise<LiveIterator<StoredAlert>> {
    return this.#subscriptions.add(await this.alerts.watch(...args), 'alerts', args[0]);
  }

  /** Errors: BAD_USER_INPUT. */
  async watchInsights(...args: Parameters<Insights['watch']>): Promise<LiveIterator<StoredInsight>> {
    return this.#subscriptions.add(await this.insights.watch(...args), 'insights', args[0]);
  }

  /** Errors: as Predictions.watch. */
  watchPrediction(...args: Parameters<Predictions['watch']>): ReturnType<Predictions['watch']> {
    return this.#subscriptions.add(this.predictions.watch(...args), 'predictionUpdates', args[0]);
  }

  /** Null: every 5 s. Errors: INVALID_INPUT at once. */
  watchStatus(every: TimeSpanInput | null): LiveIterator<EngineStatus> {
    const everySeconds = every === null ? 5 : readEvery(every);
    return this.#subscriptions.add(
      watchStatus(() => this.status(), this.#state.tickers, everySeconds),
      'status',
    );
  }

  /** Errors: FORBIDDEN, INVALID_INPUT, LIMIT_EXCEEDED. */
  async createDashboard(viewer: Viewer, input: CreateDashboardInput): Promise<DashboardRecord> {
    const record = await this.editing(viewer).create(viewer.id, input);
    this.events.emit('dashboard:created', { id: record.dashboard.id, owner: viewer.id });
    return record;
  }

  /** The dashboards, for a viewer who may change them. Errors: FORBIDDEN. */
  editing(viewer: Viewer): Dashboards {
    assertMay(viewer, 'edit');
    return this.dashboards;
  }

  /** Errors: FORBIDDEN, INVALID_INPUT, LIMIT_EXCEEDED, STOPPED. */
  simulate(viewer: Viewer, input: SimulationInput): SimulationView {
    this.#assertRunning();
    assertMay(viewer, 'ingest');
    return this.simulations.start(input);
  }

  /** Ends every subscription, stops every timer, saves the state and closes the store. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#isStopped = true;
    this.#subscriptions.end();
    this.#ticking.cancel();
    this.#clockWatch.stop();
    this.#loopDelay.stop();
    await this.simulations.stopAll();
    await this.#housekeeping.stop();
    await Promise.all([this.kpiForecasts.stop(), this.#pool.stop()]);
    await this.predictions.stop();
    await this.kpiAnalysis.stop();
    await this.alerts.stop();
    await this.insights.stop();
    await this.#webhooks.stop();
    this.#following.stop();
    this.#subscriptions.close();
    await this.#options.storage.close();
  }

  #assertRunning(): void {
    if (this.#isStopped) throw new PulseError('STOPPED', 'the engine is stopping; send it again to the next one');
  }
}
