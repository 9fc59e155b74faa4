// Rounds of clock steps: a server whose clock is stepped and one whose clock is right get the same points, and must say the same.
import { setTimeout as sleep } from 'node:timers/promises';
import type { PointInput } from '../../../src/points/point.ts';
import { ndjson, post, query } from '../../support/graphql.ts';
import { randomFrom } from '../../support/random.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { SteppedServer } from './stepped-server.ts';

export interface RoundsOptions {
  readonly rounds: number;
  readonly seed: number;
  /** Every so many rounds the wrong clock lasts longer than a minute, after which retention has run. */
  readonly longEvery: number;
  /** Further words for the server whose clock is stepped. */
  readonly args?: readonly string[];
  onRound?(round: number): void;
}

export interface RoundsTally {
  rounds: number;
  atStart: number;
  long: number;
  sent: number;
  /** Points with a right time that were refused. */
  refused: number;
  /** Point keys and batch ids that were accepted a second time. */
  acceptedTwice: number;
  /** Points that were there once and are no longer. */
  deleted: number;
  /** Looks at which a window had another value than that of the right clock. */
  wrongWindows: number;
  /** Looks at which an alert had another state than that of the right clock. */
  wrongAlerts: number;
  /** The first of what was wrong. */
  readonly examples: string[];
}

const hourMs = 3_600_000;
const yearMs = 365 * 24 * hourMs;
const holdMs = 700;
const longHoldMs = 66_000;
const lookEveryMs = 350;
// A window's edges are looked at some milliseconds later on one server than on the other.
const edgeMs = 2500;
const maxExamples = 12;

export async function runRounds(options: RoundsOptions): Promise<RoundsTally> {
  const folders = [tempFolder(), tempFolder()];
  const [stepped, right] = folders.map(({ path }, i) => {
    return new SteppedServer({
      folder: path,
      args: ['--retention-days', '30', ...(i === 0 ? (options.args ?? []) : [])],
    });
  }) as [SteppedServer, SteppedServer];
  try {
    await Promise.all([stepped.start(), right.start()]);
    const run = new Run(stepped, right, options);
    await run.begin();
    for (let round = 1; round <= options.rounds; round += 1) {
      await run.round(round);
      options.onRound?.(round);
    }
    await run.end();
    return run.tally;
  } finally {
    await Promise.all([stepped.stop('SIGKILL'), right.stop('SIGKILL')]);
    for (const folder of folders) folder.remove();
  }
}

class Run {
  readonly tally: RoundsTally = {
    rounds: 0,
    atStart: 0,
    long: 0,
    sent: 0,
    refused: 0,
    acceptedTwice: 0,
    deleted: 0,
    wrongWindows: 0,
    wrongAlerts: 0,
    examples: [],
  };
  readonly #stepped: SteppedServer;
  readonly #right: SteppedServer;
  readonly #options: RoundsOptions;
  readonly #random: () => number;
  // By the right clock, of points with a time and of those without.
  readonly #sentAt: number[] = [];
  readonly #accepted: PointInput[] = [];
  readonly #dashboards = new Map<SteppedServer, string>();

  constructor(stepped: SteppedServer, right: SteppedServer, options: RoundsOptions) {
    this.#stepped = stepped;
    this.#right = right;
    this.#options = options;
    this.#random = randomFrom(options.seed);
  }

  /** The same alerts on both: one that is to fire, one that is not, and one that only a wrong window would resolve. */
  async begin(): Promise<void> {
    const text = `mutation { createDashboard(input: { name: "clock", widgets: [{ name: "orders", type: NUMBER,
      query: { entityType: "orders", aggregation: { function: COUNT }, timeWindow: { size: 1, unit: HOUR } },
      alerts: [{ name: "any", condition: ABOVE, threshold: 0, for: { size: 2, unit: SECOND } }, { name: "none", condition: BELOW, threshold: 1 }]
    }] }) { ... on Dashboard { id } } }`;
    await this.#send();
    for (const server of [this.#stepped, this.#right]) {
      const { createDashboard } = await query<{ createDashboard: { id: string } }>(server.url, text);
      this.#dashboards.set(server, createDashboard.id);
    }
    await sleep(4000);
    await this.#look(0);
  }

  async round(round: number): Promise<void> {
    const ms = this.#stepSize();
    const isLong = round % this.#options.longEvery === 0;
    const isAtStart = this.#random() < 0.25;
    if (isAtStart) await this.#restart(ms);
    else this.#stepped.setOffset(ms);
    await this.#use(round, ms, isLong ? longHoldMs : holdMs);
    if (this.#random() < 0.1) await this.#restart(0);
    else this.#stepped.setOffset(0);
    await this.#use(round, 0, holdMs);
    this.tally.rounds += 1;
    this.tally.atStart += isAtStart ? 1 : 0;
    this.tally.long += isLong ? 1 : 0;
  }

  /** What is there at the end, read from the log. */
  async end(): Promise<void> {
    await this.#restart(0);
    await sleep(1500);
    await this.#look(0);
    const { series } = await query<{ series: { pointCount: number }[] }>(
      this.#stepped.url,
      '{ series { pointCount } }',
    );
    const left = series.reduce((sum, { pointCount }) => sum + pointCount, 0);
    this.tally.deleted += Math.max(0, this.#accepted.length - left);
  }

  /** An hour to ten years, either way. */
  #stepSize(): number {
    const size = hourMs * ((10 * yearMs) / hourMs) ** this.#random();
    return this.#random() < 0.5 ? size : -size;
  }

  async #restart(offset: number): Promise<void> {
    await this.#stepped.stop(this.#random() < 0.5 ? 'SIGTERM' : 'SIGKILL');
    this.#stepped.setOffset(offset);
    await this.#stepped.start();
    // Windows are filled, and rules look once a second.
    await sleep(2500);
  }

  async #use(round: number, offset: number, forMs: number): Promise<void> {
    const end = performance.now() + forMs;
    do {
      await this.#send();
      await this.#sendAgain(round);
      await sleep(lookEveryMs);
      await this.#look(offset);
    } while (performance.now() < end);
  }

  async #send(): Promise<void> {
    const key = `key ${this.#accepted.length}`;
    const now = Date.now();
    const timestamp = this.#random() < 0.8 ? { timestamp: new Date(now).toISOString() } : {};
    const point = { entityType: 'orders', serviceId: 'web', ...timestamp, data: { n: 1 }, key };
    for (const server of [this.#right, this.#stepped]) {
      const { answer } = await post(server.url, ndjson([point]), { 'idempotency-key': key });
      this.#note('refused', answer.accepted === 1 ? 0 : 1, () => JSON.stringify(answer));
    }
    this.#sentAt.push(now);
    this.#accepted.push(point);
    this.tally.sent += 1;
  }

  /** Under its batch id, and without: neither may be stored a second time. */
  async #sendAgain(round: number): Promise<void> {
    const point = this.#accepted[Math.floor(this.#random() * this.#accepted.length)] as PointInput;
    const { answer: alone } = await post(this.#stepped.url, ndjson([point]));
    this.#note('acceptedTwice', alone.accepted, () => `round ${round}: key ${point.key}`);
    const { head } = await this.#count(this.#stepped, 'HOUR');
    await post(this.#stepped.url, ndjson([point]), { 'idempotency-key': `${point.key}` });
    const after = await this.#count(this.#stepped, 'HOUR');
    this.#note('acceptedTwice', Math.max(0, after.head - head), () => `round ${round}: batch id ${point.key}`);
  }

  async #look(offset: number): Promise<void> {
    const before = Date.now();
    const [hour, minute] = [await this.#count(this.#stepped, 'HOUR'), await this.#count(this.#stepped, 'MINUTE')];
    const late = Date.now() - before;
    const told = () => `clock off by ${Math.round(offset / hourMs)} h`;
    const all = this.#sentAt.length;
    this.#note(
      'wrongWindows',
      hour.value === all ? 0 : 1,
      () => `${told()}: ${hour.value} points in the hour, not ${all}`,
    );
    const within = (ms: number) => this.#sentAt.filter((at) => at > before - ms).length;
    const [least, most] = [within(60_000 - edgeMs - late), within(60_000 + edgeMs + late)];
    const fits = minute.value >= least && minute.value <= most;
    this.#note('wrongWindows', fits ? 0 : 1, () => `${told()}: ${minute.value} in the minute, not ${least} to ${most}`);
    const [states, expected] = [await this.#alerts(this.#stepped), await this.#alerts(this.#right)];
    this.#note('wrongAlerts', states === expected ? 0 : 1, () => `${told()}: ${states}, not ${expected}`);
  }

  async #count(server: SteppedServer, unit: 'HOUR' | 'MINUTE'): Promise<{ value: number; head: number }> {
    const text = `{ kpi(query: { entityType: "orders", aggregation: { function: COUNT }, timeWindow: { size: 1, unit: ${unit} } }) { value }
      series { pointCount } }`;
    const { kpi, series } = await query<{ kpi: { value: number }; series: { pointCount: number }[] }>(server.url, text);
    return { value: kpi.value, head: series.reduce((sum, { pointCount }) => sum + pointCount, 0) };
  }

  async #alerts(server: SteppedServer): Promise<string> {
    const text = `{ alerts(dashboardId: "${this.#dashboards.get(server)}") { nodes: edges { node { state rule { name } } } } }`;
    const { alerts } = await query<{ alerts: { nodes: { node: { state: string; rule: { name: string } } }[] } }>(
      server.url,
      text,
    );
    return alerts.nodes
      .filter(({ node }) => node.state !== 'INACTIVE')
      .map(({ node }) => `${node.rule.name} ${node.state}`)
      .sort()
      .join(', ');
  }

  #note(what: 'refused' | 'acceptedTwice' | 'wrongWindows' | 'wrongAlerts', count: number, told: () => string): void {
    if (count === 0) return;
    this.tally[what] += count;
    if (this.tally.examples.length < maxExamples) this.tally.examples.push(`${what}: ${told()}`);
  }
}

/** Whether anything was wrong. */
export function isFaulty({ refused, acceptedTwice, deleted, wrongWindows, wrongAlerts }: RoundsTally): boolean {
  return refused + acceptedTwice + deleted + wrongWindows + wrongAlerts > 0;
}
