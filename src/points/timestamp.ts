// RFC 3339 to milliseconds: the 24-character UTC form by hand with the hour cached, every other form by Date.

// Hours are spelled out: Date takes 24:00 for the next day, and behind a space any offset at all.
const rfc3339 =
  /^\d{4}-\d{2}-\d{2}[Tt ](?:[01]\d|2[0-3]):\d{2}(?::\d{2}(?:\.\d+)?)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

let cachedHour = '';
let cachedHourStart = 0;

/** Milliseconds since 1970; NaN where the text is no RFC 3339 timestamp. */
export function readTimestamp(text: string): number {
  // 2026-11-24T16:38:52.123Z: what Date.prototype.toISOString prints.
  if (text.length === 24 && text.charCodeAt(23) === 90 && text.charCodeAt(13) === 58 && text.charCodeAt(19) === 46) {
    const minute = twoDigits(text, 14);
    const second = twoDigits(text, 17);
    const milli = twoDigits(text, 20) * 10 + digit(text, 22);
    if (minute < 60 && second < 60 && text.charCodeAt(16) === 58) {
      if (cachedHour !== '' && text.startsWith(cachedHour)) {
        return cachedHourStart + minute * 60_000 + second * 1000 + milli;
      }
      return readInNewHour(text, minute * 60_000 + second * 1000 + milli);
    }
  }
  return readAnyForm(text);
}

function readInNewHour(text: string, withinHourMs: number): number {
  const time = readAnyForm(text);
  if (Number.isNaN(time)) return time;
  cachedHour = text.slice(0, 14);
  cachedHourStart = time - withinHourMs;
  return time;
}

function readAnyForm(text: string): number {
  if (!rfc3339.test(text)) return Number.NaN;
  const time = Date.parse(text);
  return isRealDay(text) ? time : Number.NaN;
}

// Date takes 31 February for 3 March; nobody who sends it means that.
function isRealDay(text: string): boolean {
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  return day >= 1 && day <= new Date(Date.UTC(Number(text.slice(0, 4)), month, 0)).getUTCDate();
}

function digit(text: string, index: number): number {
  const value = text.charCodeAt(index) - 48;
  return value >= 0 && value <= 9 ? value : Number.NaN;
}

function twoDigits(text: string, index: number): number {
  return digit(text, index) * 10 + digit(text, index + 1);
}
