// Times of a file by what is said of them: a format, and a zone for those without an offset.
import { badUserInput } from '../base/errors.ts';
import { shown } from '../base/json.ts';
import { hasOffset, readLooseTime } from './loose-time.ts';
import { ZonedTime } from './zoned-time.ts';

export interface TimeFormat {
  /** `seconds` or `milliseconds` since 1970, or a pattern such as `DD/MM/YYYY HH:mm:ss`; without it, as readLooseTime reads them. */
  readonly format?: string | undefined;
  /** Of times without an offset; without it UTC. */
  readonly zone?: string | undefined;
}

/** Milliseconds since 1970; NaN where the text is no such time. */
export type ReadTime = (text: string) => number;

const tokens: Readonly<Record<string, string>> = {
  YYYY: '(?<year>\\d{4})',
  MM: '(?<month>\\d{1,2})',
  DD: '(?<day>\\d{1,2})',
  HH: '(?<hour>\\d{1,2})',
  mm: '(?<minute>\\d{2})',
  ss: '(?<second>\\d{2}(?:[.,]\\d+)?)',
};
const tokenPattern = /YYYY|MM|DD|HH|mm|ss/g;

/** Errors: BAD_USER_INPUT for a format or a zone that is none, by the name of its flag. */
export function timeReader({ format, zone }: TimeFormat): ReadTime {
  const zoned = zone === undefined ? undefined : zoneOf(zone);
  const inZone = (time: number) => (zoned === undefined || Number.isNaN(time) ? time : zoned.at(time));
  if (format === 'seconds') return (text) => readNumber(text, 1000);
  if (format === 'milliseconds') return (text) => readNumber(text, 1);
  if (format === undefined) {
    return (text) => (hasOffset(text) ? readLooseTime(text) : inZone(readLooseTime(text)));
  }
  const pattern = patternOf(format);
  return (text) => inZone(readPattern(pattern, text));
}

function zoneOf(zone: string): ZonedTime {
  try {
    return new ZonedTime(zone);
  } catch {
    throw badUserInput(`--zone must be a time zone such as Europe/Berlin or UTC, not ${shown(zone)}`);
  }
}

function patternOf(format: string): RegExp {
  const found: readonly string[] = format.match(tokenPattern) ?? [];
  if (!found.includes('YYYY') || !found.includes('MM') || !found.includes('DD') || new Set(found).size < found.length) {
    const right = 'seconds, milliseconds, or made of YYYY, MM and DD, each once, and HH, mm and ss';
    throw badUserInput(`--time-format must be ${right}, such as DD/MM/YYYY HH:mm, not ${shown(format)}`);
  }
  const escaped = format.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll(tokenPattern, (token) => tokens[token] ?? token)}$`);
}

function readPattern(pattern: RegExp, text: string): number {
  const groups = pattern.exec(text)?.groups;
  if (groups === undefined) return Number.NaN;
  const part = (name: string) => Number(groups[name]?.replace(',', '.') ?? 0);
  const [month, day, hour, minute, second] = [part('month'), part('day'), part('hour'), part('minute'), part('second')];
  if (hour > 23 || minute > 59 || second >= 60) return Number.NaN;
  const time = Date.UTC(part('year'), month - 1, day, hour, minute) + Math.round(second * 1000);
  // 30 February would be taken for 1 March.
  const read = new Date(time);
  return read.getUTCMonth() === month - 1 && read.getUTCDate() === day ? time : Number.NaN;
}

function readNumber(text: string, unitMs: number): number {
  if (!/^-?\d+(?:\.\d+)?$/.test(text)) return Number.NaN;
  const time = Math.round(Number(text) * unitMs);
  return Number.isNaN(new Date(time).getTime()) ? Number.NaN : time;
}
