// How many requests a client may make in a minute, over all doors; none is refused where no limit is set.
import type { IncomingMessage } from 'node:http';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { clientAddress } from './client-address.ts';

export interface RateLimits {
  /** Of one client; 0: any number. */
  readonly maxRequestsPerMinute: number;
  /** The header that has the client's address, where a proxy is in front; '': the connection has it. */
  readonly clientAddressHeader: string;
}

export interface Refusal {
  readonly message: string;
  readonly retryAfterSeconds: number;
  readonly extensions: { readonly code: 'LIMIT_EXCEEDED'; readonly limit: number };
}

export class RequestRates {
  readonly #limits: RateLimits;
  readonly #limiter: RateLimiterMemory | null;

  constructor(limits: RateLimits) {
    this.#limits = limits;
    const { maxRequestsPerMinute: points } = limits;
    this.#limiter = points === 0 ? null : new RateLimiterMemory({ points, duration: 60 });
  }

  /** Who asks, as requests are counted. */
  clientOf(request: IncomingMessage): string {
    return this.#limiter === null ? '' : clientAddress(request, this.#limits.clientAddressHeader);
  }

  /** Counts a request of a client; why it must wait, or null. */
  async note(client: string): Promise<Refusal | null> {
    if (this.#limiter === null) return null;
    try {
      await this.#limiter.consume(client);
      return null;
    } catch (error) {
      if (error instanceof RateLimiterRes) return this.#refusal(error);
      throw error;
    }
  }

  #refusal({ msBeforeNext }: RateLimiterRes): Refusal {
    const limit = this.#limits.maxRequestsPerMinute;
    const retryAfterSeconds = Math.max(1, Math.ceil(msBeforeNext / 1000));
    const message = `a client has ${limit} requests a minute; go on in ${retryAfterSeconds} s`;
    return { message, retryAfterSeconds, extensions: { code: 'LIMIT_EXCEEDED', limit } };
  }
}
