// Sends what waits in the outbox, at least once: failed deliveries are retried with growing pauses and given up after a while. The store is
// read at the start only; what waits is known in memory from then on. Without a secret everything is held.
import { type Clock, sleep, type Timer } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { TimeSlice } from '../base/time-slice.ts';
import type { Change, Lease, OutboxRow, Store } from '../store/store.ts';
import { readDelivery } from './webhook-message.ts';
import { type QueuedDelivery, WebhookQueue } from './webhook-queue.ts';
import { WebhookRequests } from './webhook-request.ts';

export interface WebhookLimits {
  /** `whsec_` and base64; null: what waits is held, and nothing is sent. */
  readonly webhookSecret: string | null;
  readonly webhookTimeoutMs: number;
  /** After the first try. */
  readonly webhookRetries: number;
  /** Deliveries that wait at a time; more are left out, which is logged. */
  readonly maxQueuedWebhooks: number;
  readonly webhooksReachPrivate: boolean;
}

export interface WebhooksOptions {
  readonly store: Store;
  readonly lease: Lease;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The log's clock. */
  now(): number;
  readonly limits: WebhookLimits;
}

type Result = Change & { readonly kind: 'outbox-put' | 'outbox-done' };

const pollMs = 1000;
const commitAgainMs = 1000;
const maxAtOnce = 32;
const maxAtOncePerReceiver = 4;
const firstPauseMs = 5000;
const pauseGrowth = 4;
const rowsPerPage = 500;

export class Webhooks {
  readonly #options: WebhooksOptions;
  // Null: there is no secret.
  readonly #requests: WebhookRequests | null;
  readonly #polling: Timer;
  readonly #stopping = new AbortController();
  readonly #queue = new WebhookQueue(maxAtOncePerReceiver);
  // Deliveries that wait, with those that there is room kept for.
  #queued = 0;
  readonly #underway = new Set<Promise<void>>();
  // The last rows that were given are in the queue.
  #adding: Promise<void> = Promise.resolve();
  // What became of deliveries, by id, as far as it is not being committed.
  #results = new Map<string, Result>();
  #committing: Promise<void> | null = null;
  #isHoldLogged = false;

  constructor(options: WebhooksOptions) {
    const { clock, limits, now } = options;
    const { webhookSecret: secret, webhookTimeoutMs: timeoutMs, webhooksReachPrivate: reachPrivate } = limits;
    this.#options = options;
    this.#requests = secret === null ? null : new WebhookRequests({ clock, now, secret, timeoutMs, reachPrivate });
    this.#polling = clock.every(pollMs, () => this.#sendDue());
  }

  /** Takes up what waits from before. */
  async load(): Promise<void> {
    const { store } = this.#options;
    let after: string | undefined;
    for (;;) {
      const rows = await store.outbox(Number.MAX_SAFE_INTEGER, rowsPerPage, after);
      this.#queued += rows.length;
      await this.#addToQueue(rows);
      after = rows.at(-1)?.id;
      if (rows.length < rowsPerPage) break;
    }
    if (this.#requests === null && this.#queued > 0) this.#logHold();
    this.#sendDue();
  }

  /** How many of so many new deliveries there is room for, which is kept for them: they are added once they are committed. */
  reserve(wanted: number): number {
    const { limits, logger } = this.#options;
    const room = Math.max(0, limits.maxQueuedWebhooks - this.#queued);
    const taken = Math.min(wanted, room);
    if (taken < wanted) {
      logger.error({ leftOut: wanted - taken }, `webhooks are left out: ${this.#queued} wait already`);
    }
    this.#queued += taken;
    return taken;
  }

  /** Sends rows of the outbox that were committed, for which there was room. */
  add(rows: readonly OutboxRow[]): void {
    if (rows.length === 0) return;
    if (this.#requests === null && !this.#isHoldLogged) this.#logHold();
    this.#adding = this.#adding
      .then(() => this.#addToQueue(rows))
      .then(() => this.#sendDue())
      .catch((error) => this.#options.logger.error({ error }, 'webhooks could not be queued; a restart sends them'));
  }

  /** Requests that have no answer are aborted: they are sent again after the next start, under the same id. */
  async stop(): Promise<void> {
    this.#polling.cancel();
    const reason = new Error('the server is stopping');
    this.#stopping.abort(reason);
    this.#requests?.abort(reason);
    await this.#adding;
    await Promise.all(this.#underway);
    await this.#committing;
    await this.#requests?.close();
  }

  #logHold(): void {
    this.#isHoldLogged = true;
    const message =
      'webhooks are held since there is no secret to sign them with: start with PULSEQL_WEBHOOK_SECRET or --webhook-secret to send them';
    this.#options.logger.warn({ held: this.#queued }, message);
  }

  // In parts, for there may be thousands; what is held stays in the store alone.
  async #addToQueue(rows: readonly OutboxRow[]): Promise<void> {
    if (this.#requests === null) return;
    const slice = new TimeSlice(this.#options.clock);
    for (const row of rows) {
      if (slice.isOver) await slice.pause();
      // The same delivery, computed twice, is one row.
      if (!this.#queue.add(row, this.#options.now())) this.#queued -= 1;
    }
  }

  #sendDue(): void {
    if (this.#requests === null) return;
    this.#queue.admitDue(this.#options.now());
    while (this.#underway.size < maxAtOnce && !this.#stopping.signal.aborted) {
      const delivery = this.#queue.take();
      if (delivery === undefined) return;
      const sending = this.#deliver(delivery, this.#requests).finally(() => {
        this.#underway.delete(sending);
        this.#sendDue();
      });
      this.#underway.add(sending);
    }
  }

  async #deliver(delivery: QueuedDelivery, requests: WebhookRequests): Promise<void> {
    const { row } = delivery;
    const failure = await requests.post(row).then(
      () => null,
      (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
    );
    if (this.#stopping.signal.aborted && failure !== null) return;
    const { limits, logger, now } = this.#options;
    const attempts = row.attempts + 1;
    if (failure !== null && attempts <= limits.webhookRetries) {
      const due = now() + firstPauseMs * pauseGrowth ** row.attempts;
      const again = { ...row, attempts, due };
      this.#queue.retry(delivery, again, now());
      this.#commit({ kind: 'outbox-put', ...again });
      return;
    }
    const { url } = readDelivery(row.body);
    if (failure !== null) logger.warn({ id: row.id, url, attempts, error: failure }, 'a webhook is given up');
    this.#queue.finish(delivery);
    this.#commit({ kind: 'outbox-done', id: row.id });
  }

  // Results that come while a commit is on its way are the next commit.
  #commit(result: Result): void {
    this.#results.set(result.id, result);
    this.#committing ??= this.#commitAll();
  }

  async #commitAll(): Promise<void> {
    const { store, lease, logger, clock } = this.#options;
    while (this.#results.size > 0) {
      const results = this.#results;
      this.#results = new Map();
      try {
        await store.commit(lease, [...results.values()]);
        for (const { kind } of results.values()) if (kind === 'outbox-done') this.#queued -= 1;
      } catch (error) {
        logger.error({ error }, 'what became of webhooks could not be committed; it is tried again');
        this.#results = new Map([...results, ...this.#results]);
        if (this.#stopping.signal.aborted) break;
        await sleep(clock, commitAgainMs, this.#stopping.signal).catch(() => undefined);
      }
    }
    this.#committing = null;
  }
}
