// Between a point and those who take it: one that throws stops neither the others, nor the point, nor the process.
// What it held for that point's series is dropped and built again; at the third failure at one offset it skips that point.
import type { Logger } from '../base/logger.ts';
import type { StoredPoint } from '../points/point.ts';
import type { Counters } from './counters.ts';

export interface Consumer {
  readonly name: string;
  take(point: StoredPoint): void;
  /** Drops what it holds for the point's series and gets it again from the log, in which it may meet the point again. */
  rebuild(point: StoredPoint): void;
}

const failuresPerOffset = 3;
const offsetsRemembered = 1000;

export class Fence {
  readonly #counters: Counters;
  readonly #logger: Logger;
  // How often, by consumer and offset; the oldest are forgotten.
  readonly #failures = new Map<string, number>();
  // Those of them that have failed three times.
  readonly #skipped = new Set<string>();

  constructor(counters: Counters, logger: Logger) {
    this.#counters = counters;
    this.#logger = logger;
  }

  pass(consumer: Consumer, point: StoredPoint): void {
    if (this.#skipped.size > 0 && this.isSkipped(consumer.name, point.offset)) return;
    try {
      consumer.take(point);
    } catch (error) {
      this.failed(consumer, point, error);
    }
  }

  /** Whether a consumer is to leave a point out for good. */
  isSkipped(consumer: string, offset: number): boolean {
    return this.#skipped.has(keyOf(consumer, offset));
  }

  failed(consumer: Consumer, point: StoredPoint, error: unknown): void {
    const key = keyOf(consumer.name, point.offset);
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#remember(key, failures);
    this.#counters.noteUnforeseen();
    const where = {
      consumer: consumer.name,
      offset: point.offset,
      entityType: point.entityType,
      serviceId: point.serviceId,
    };
    this.#logger.error({ error, failures, ...where }, 'a consumer failed at a point; its state is built again');
    if (failures === failuresPerOffset) {
      this.#skipped.add(key);
      this.#counters.skippedByConsumers += 1;
      this.#logger.error(where, 'a consumer leaves a point out after three failures');
    }
    try {
      consumer.rebuild(point);
    } catch (again) {
      this.#counters.noteUnforeseen();
      this.#logger.error({ error: again, ...where }, 'a consumer could not build its state again');
    }
  }

  #remember(key: string, failures: number): void {
    this.#failures.set(key, failures);
    if (this.#failures.size <= offsetsRemembered) return;
    for (const oldest of this.#failures.keys()) {
      this.#failures.delete(oldest);
      this.#skipped.delete(oldest);
      break;
    }
  }
}

function keyOf(consumer: string, offset: number): string {
  return `${consumer}/${offset}`;
}
