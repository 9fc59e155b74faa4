// Sends what waits in the outbox, at least once: signed as Standard Webhooks say, tried again with growing pauses, given up after a while.
// Redirects are not followed, and private addresses not reached unless that is allowed.
import { isIP } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { Agent, request } from 'undici';
import type { Clock, Timer } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Lease, OutboxRow, Store } from '../store/store.ts';
import { isPublicAddress, publicLookup } from './public-address.ts';
import { readDelivery } from './webhook-message.ts';

export interface WebhookLimits {
  /** `whsec_` and base64; null: nothing is sent. */
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

const pollMs = 1000;
const atOnce = 32;
const atOnceOfOne = 4;
const firstPauseMs = 5000;
const pauseGrowth = 4;
const answerBytes = 65_536;

export class Webhooks {
  readonly #options: WebhooksOptions;
  readonly #agent: Agent;
  readonly #polling: Timer;
  readonly #stopping = new AbortController();
  #queued = 0;
  #looking: Promise<void> | null = null;
  // By id of the delivery; and how many go to each origin.
  readonly #underway = new Map<string, Promise<void>>();
  readonly #busy = new Map<string, number>();

  constructor(options: WebhooksOptions) {
    const { clock, limits } = options;
    this.#options = options;
    const lookup = limits.webhooksReachPrivate ? {} : { lookup: publicLookup };
    this.#agent = new Agent({ connect: { ...lookup, timeout: limits.webhookTimeoutMs } });
    this.#polling = clock.every(pollMs, () => this.wake());
  }

  /** Takes up what waits from before. */
  async load(): Promise<void> {
    const { store, limits } = this.#options;
    this.#queued = (await store.outbox(Number.MAX_SAFE_INTEGER, limits.maxQueuedWebhooks)).length;
    this.wake();
  }

  /** How many of so many new deliveries there is room for: they are taken as waiting from now on. */
  reserve(wanted: number): number {
    const { limits, logger } = this.#options;
    const room = limits.webhookSecret === null ? 0 : Math.max(0, limits.maxQueuedWebhooks - this.#queued);
    const taken = Math.min(wanted, room);
    if (taken < wanted) {
      const why = limits.webhookSecret === null ? 'there is no --webhook-secret' : `${this.#queued} wait already`;
      logger.error({ leftOut: wanted - taken }, `webhooks are left out: ${why}`);
    }
    this.#queued += taken;
    return taken;
  }

  /** Something may be due. */
  wake(): void {
    if (this.#queued === 0 || this.#looking !== null || this.#stopping.signal.aborted) return;
    this.#looking = this.#sendDue()
      .catch((error) => this.#options.logger.error({ error }, 'webhooks could not be read; tried again soon'))
      .finally(() => {
        this.#looking = null;
      });
  }

  /** What is on its way is broken off: it is sent again after the next start, under the same id. */
  async stop(): Promise<void> {
    this.#polling.cancel();
    this.#stopping.abort(new Error('the server is stopping'));
    await this.#looking;
    await Promise.all(this.#underway.values());
    await this.#agent.destroy();
  }

  // One receiver that hangs must not hold up the others: each has so many places of its own.
  async #sendDue(): Promise<void> {
    const { store, now, limits } = this.#options;
    const rows = await store.outbox(now(), limits.maxQueuedWebhooks);
    for (const row of rows) {
      if (this.#stopping.signal.aborted || this.#underway.size >= atOnce) return;
      const { origin } = new URL(readDelivery(row.body).url);
      const busy = this.#busy.get(origin) ?? 0;
      if (this.#underway.has(row.id) || busy >= atOnceOfOne) continue;
      this.#busy.set(origin, busy + 1);
      this.#underway.set(row.id, this.#sendFor(origin, row));
    }
  }

  async #sendFor(origin: string, row: OutboxRow): Promise<void> {
    try {
      await this.#send(row);
    } catch (error) {
      this.#options.logger.error({ error }, 'what became of a webhook could not be noted; it is sent again');
    }
    const busy = (this.#busy.get(origin) ?? 1) - 1;
    if (busy === 0) this.#busy.delete(origin);
    else this.#busy.set(origin, busy);
    this.#underway.delete(row.id);
    this.wake();
  }

  async #send(row: OutboxRow): Promise<void> {
    const failure = await this.#post(row).then(
      () => null,
      (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
    );
    if (this.#stopping.signal.aborted && failure !== null) return;
    const { store, lease, limits, logger, now } = this.#options;
    const attempts = row.attempts + 1;
    if (failure !== null && attempts <= limits.webhookRetries) {
      const due = now() + firstPauseMs * pauseGrowth ** row.attempts;
      await store.commit(lease, [{ kind: 'outbox-put', ...row, attempts, due }]);
      return;
    }
    const { url } = readDelivery(row.body);
    if (failure !== null) logger.warn({ id: row.id, url, attempts, error: failure }, 'a webhook is given up');
    await store.commit(lease, [{ kind: 'outbox-done', id: row.id }]);
    this.#queued -= 1;
  }

  /** Rejects where it was not taken. */
  async #post({ id, body }: OutboxRow): Promise<void> {
    const { clock, limits } = this.#options;
    const { url, payload } = readDelivery(body);
    this.#checkLiteral(url);
    // Receivers compare it with their clocks.
    const at = new Date(clock.now());
    const late = new AbortController();
    const timer = clock.after(limits.webhookTimeoutMs, () => late.abort(new Error('no answer in time')));
    try {
      const { statusCode, body: answer } = await request(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'user-agent': 'PulseQL',
          'webhook-id': id,
          'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
          'webhook-signature': new Webhook(limits.webhookSecret ?? '').sign(id, at, payload),
        },
        body: payload,
        dispatcher: this.#agent,
        signal: AbortSignal.any([late.signal, this.#stopping.signal]),
      });
      await answer.dump({ limit: answerBytes });
      if (statusCode < 200 || statusCode > 299) throw new Error(`it was answered with ${statusCode}`);
    } finally {
      timer.cancel();
    }
  }

  // An address that is written out is not looked up.
  #checkLiteral(url: string): void {
    const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
    if (this.#options.limits.webhooksReachPrivate || isIP(host) === 0 || isPublicAddress(host)) return;
    throw new Error(`${host} is not public`);
  }
}
