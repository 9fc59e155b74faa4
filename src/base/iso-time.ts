// Times as RFC 3339 text in UTC with milliseconds, as Date.prototype.toISOString prints them: the hour is written once for the times in it.
const hourMs = 3_600_000;
// What Date can hold.
const maxMs = 8.64e15;

const twoDigits = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, '0'));
const seconds = twoDigits.map((text) => `:${text}.`);
const millis = Array.from({ length: 1000 }, (_, n) => `${String(n).padStart(3, '0')}Z`);

let cachedHour = Number.NaN;
let cachedText = '';

/** Errors: RangeError where it is no time. */
export function isoTime(ms: number): string {
  if (!Number.isInteger(ms) || Math.abs(ms) > maxMs) return new Date(ms).toISOString();
  const hour = Math.floor(ms / hourMs);
  const rest = ms - hour * hourMs;
  if (hour !== cachedHour) {
    // 2026-11-24T16: and without the rest, 00:00.000Z.
    cachedText = new Date(ms - rest).toISOString().slice(0, -10);
    cachedHour = hour;
  }
  const second = Math.floor(rest / 1000);
  const minute = Math.floor(second / 60);
  return `${cachedText}${twoDigits[minute]}${seconds[second - minute * 60]}${millis[rest - second * 1000]}`;
}
