// Times as files have them: ISO dates with or without a time or an offset, dates with the month's name or slashes
// (month first), seconds or milliseconds since 1970. Where no offset is given it is UTC, whatever this machine's zone.
import { readTimestamp } from './timestamp.ts';

const iso = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?)(?: ?(Z|UTC|[+-]\d{2}(?::?\d{2})?))?)?$/i;
const offsetWithin = /gmt|utc|\d:\d{2}.*[+-]\d/i;
const number = /^-?\d+(?:\.\d+)?$/;
// Date reads anything with digits in it, "room 7" as a day of 2001: only words that dates are made of may come near it.
const dateWord =
  /^(?:(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun)[a-z]*|am|pm|utc|gmt)$/i;

/** Milliseconds since 1970, whole; NaN where it is no time. */
export function readLooseTime(text: string): number {
  const match = iso.exec(text);
  if (match !== null) {
    const [, day, time, offset] = match;
    return readTimestamp(`${day}T${(time ?? '00:00').replace(',', '.')}${rfcOffset(offset)}`);
  }
  if (/^\d{4}$/.test(text)) return Date.parse(text);
  if (number.test(text)) return readNumber(Number(text));
  return readNamedDate(text);
}

/** Whether a text that is a time says by itself how far from UTC it is: with an offset, or as a count since 1970. */
export function hasOffset(text: string): boolean {
  const match = iso.exec(text);
  if (match !== null) return match[3] !== undefined;
  return (number.test(text) && !/^\d{4}$/.test(text)) || offsetWithin.test(text);
}

function rfcOffset(offset: string | undefined): string {
  if (offset === undefined || !/^[+-]/.test(offset)) return 'Z';
  const digits = offset.replace(':', '').padEnd(5, '0');
  return `${digits.slice(0, 3)}:${digits.slice(3)}`;
}

// Below 1e11 they are seconds: as milliseconds that is before March 1973, as seconds it lasts past the year 5000.
function readNumber(value: number): number {
  const time = Math.round(Math.abs(value) < 1e11 ? value * 1000 : value);
  return Number.isNaN(new Date(time).getTime()) ? Number.NaN : time;
}

function readNamedDate(text: string): number {
  const words = text.match(/[a-z]+/gi) ?? [];
  if (!/\b\d{4}\b/.test(text) || !words.every((word) => dateWord.test(word))) return Number.NaN;
  // With an offset in it, Date reads it as it stands.
  if (offsetWithin.test(text)) return Date.parse(text);
  const time = Date.parse(`${text} UTC`);
  if (Number.isNaN(time)) return time;
  // 30 February would be taken for 1 March.
  const day = new Date(time).getUTCDate();
  return (text.match(/\d+/g) ?? []).some((digits) => Number(digits) === day) ? time : Number.NaN;
}
