// Wall-clock times of a time zone.

const hourMs = 3_600_000;
// Offsets change at whole quarters of an hour at most; an hour of a file is asked for once.
const mostCached = 10_000;

/** Reads times of a zone, such as Europe/Berlin. Errors: RangeError for a zone that is not known. */
export class ZonedTime {
  readonly #format: Intl.DateTimeFormat;
  readonly #offsets = new Map<number, number>();

  constructor(zone: string) {
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
      era: 'short',
    });
  }

  /**
   * The time, in milliseconds since 1970, at which clocks of the zone show what clocks in UTC show at `shown`. A time that clocks show twice is the
   * later one, one that they leave out is moved by what was left out.
   */
  at(shown: number): number {
    const guess = shown - this.#offset(shown);
    return shown - this.#offset(guess);
  }

  /** By how much clocks of the zone are ahead of UTC. */
  #offset(time: number): number {
    const quarter = Math.floor(time / (hourMs / 4));
    const cached = this.#offsets.get(quarter);
    if (cached !== undefined) return cached;
    if (this.#offsets.size >= mostCached) this.#offsets.clear();
    const offset = this.#readOffset(quarter * (hourMs / 4));
    this.#offsets.set(quarter, offset);
    return offset;
  }

  #readOffset(time: number): number {
    const parts = Object.fromEntries(this.#format.formatToParts(time).map(({ type, value }) => [type, value]));
    const part = (type: string) => Number(parts[type]);
    const year = parts['era'] === 'BC' ? 1 - part('year') : part('year');
    const shown = new Date(0);
    shown.setUTCFullYear(year, part('month') - 1, part('day'));
    shown.setUTCHours(part('hour'), part('minute'), part('second'));
    return shown.getTime() - Math.floor(time / 1000) * 1000;
  }
}
