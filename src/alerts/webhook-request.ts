// One webhook as an HTTP request: signed as Standard Webhooks say, with a time limit, without redirects, and to public addresses only
// unless private ones are allowed.
import { isIP } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { Agent, request } from 'undici';
import type { Clock } from '../base/clock.ts';
import type { OutboxRow } from '../store/store.ts';
import { isPublicAddress, publicLookup } from './public-address.ts';
import { readDelivery } from './webhook-message.ts';

export interface WebhookRequestsOptions {
  readonly clock: Clock;
  /** The log's clock: the time that is signed. */
  now(): number;
  /** `whsec_` and base64. */
  readonly secret: string;
  readonly timeoutMs: number;
  readonly reachPrivate: boolean;
}

// An answer is read this far, so that its connection can be used again.
const answerBytes = 65_536;

export class WebhookRequests {
  readonly #options: WebhookRequestsOptions;
  readonly #signer: Webhook;
  readonly #agent: Agent;
  // Of the requests that have not ended.
  readonly #open = new Set<AbortController>();

  constructor(options: WebhookRequestsOptions) {
    const { secret, timeoutMs, reachPrivate } = options;
    this.#options = options;
    this.#signer = new Webhook(secret);
    this.#agent = new Agent({ connect: { ...(reachPrivate ? {} : { lookup: publicLookup }), timeout: timeoutMs } });
  }

  /** Rejects unless it is answered with 2xx in time. */
  async post({ id, body }: OutboxRow): Promise<void> {
    const { clock, timeoutMs } = this.#options;
    const { url, payload } = readDelivery(body);
    this.#checkLiteral(url);
    // Receivers compare it with their clocks.
    const at = new Date(clock.now());
    const ending = new AbortController();
    this.#open.add(ending);
    const timer = clock.after(timeoutMs, () => ending.abort(new Error('no answer in time')));
    try {
      const { statusCode, body: answer } = await request(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'user-agent': 'PulseQL',
          'webhook-id': id,
          'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
          'webhook-signature': this.#signer.sign(id, at, payload),
        },
        body: payload,
        dispatcher: this.#agent,
        signal: ending.signal,
      });
      await answer.dump({ limit: answerBytes });
      if (statusCode < 200 || statusCode > 299) throw new Error(`it was answered with ${statusCode}`);
    } finally {
      timer.cancel();
      this.#open.delete(ending);
    }
  }

  /** Makes every request that has not ended reject. */
  abort(reason: Error): void {
    for (const ending of this.#open) ending.abort(reason);
  }

  /** Closes the connections. */
  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  // An address that is written out is not looked up.
  #checkLiteral(url: string): void {
    const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
    if (this.#options.reachPrivate || isIP(host) === 0 || isPublicAddress(host)) return;
    throw new Error(`${host} is not public`);
  }
}
