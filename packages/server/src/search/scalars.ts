import { ERRORS } from '../errors.ts';
import type { Value } from './expression/tree.ts';

const bad = ({ at, text }: Value, expected: string): never => {
  throw ERRORS.InvalidExpression(at, expected, JSON.stringify(text.slice(0, 40)));
};

/** Whether `m` is 10^6 or 2^20 in the cloud is not documented; decimal here. */
const FACTORS: Readonly<Record<string, number>> = { k: 1e3, m: 1e6, g: 1e9 };

/** `12`, `-1.5`, `10k`, `1mb`, and `16:9` for ratios. @throws 400 with the position */
export function readNumber(value: Value): number {
  const match = /^(-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?)(?:([kmg])b?)?$/i.exec(value.text);
  if (match !== null && !value.prefix && !value.anywhere)
    return Number(match[1]) * (match[2] === undefined ? 1 : FACTORS[match[2].toLowerCase()]!);
  const ratio = /^(\d{1,6}(?:\.\d+)?):(\d{1,6}(?:\.\d+)?)$/.exec(value.text);
  if (ratio !== null && Number(ratio[2]) > 0) return Number(ratio[1]) / Number(ratio[2]);
  return bad(value, 'a number such as 12, 1.5 or 10k');
}

/** `true` or `false`. @throws 400 with the position */
export function readFlag(value: Value): boolean {
  if (value.prefix || value.anywhere || !/^(true|false)$/i.test(value.text)) return bad(value, 'true or false');
  return value.text.toLowerCase() === 'true';
}

/** From inclusive, to exclusive, milliseconds since 1970. */
export interface Interval {
  readonly from: number;
  readonly to: number;
  /** Written as a distance from now. */
  readonly relative: boolean;
}

const HOUR = 3_600_000;
const BACK: Readonly<Record<string, (date: Date, count: number) => void>> = {
  h: (date, count) => date.setTime(date.getTime() - count * HOUR),
  d: (date, count) => date.setTime(date.getTime() - count * 24 * HOUR),
  w: (date, count) => date.setTime(date.getTime() - count * 7 * 24 * HOUR),
  m: (date, count) => backMonths(date, count),
  y: (date, count) => backMonths(date, count * 12),
};

/** The same day of an earlier month, or its last day. */
function backMonths(date: Date, count: number): void {
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() - count);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, last));
}

/** A calendar date with its whole span; undefined when the text is none. */
function readCalendar(text: string): Interval | undefined {
  const parts =
    /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?\s?(Z|[+-]\d\d:?\d\d)?)?)?)?$/i.exec(
      text,
    );
  if (parts === null) return undefined;
  const given = parts
    .slice(1, 7)
    .filter((part) => part !== undefined)
    .map(Number);
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = given;
  const start = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  const kept = [start.getUTCFullYear(), start.getUTCMonth() + 1, start.getUTCDate(), start.getUTCHours()];
  if (kept.join() !== [year, month, day, hour].join() || minute > 59 || second > 59) return undefined;
  const end = new Date(start);
  SPANS[given.length]!(end);
  const offset = /^([+-])(\d\d):?(\d\d)$/.exec(parts[7] ?? '');
  const shift = offset === null ? 0 : Number(`${offset[1]}1`) * (Number(offset[2]) * 60 + Number(offset[3])) * 60_000;
  return { from: start.getTime() - shift, to: end.getTime() - shift, relative: false };
}

/** By how much a date with so many parts moves to its end. */
const SPANS: Readonly<Record<number, (date: Date) => void>> = {
  1: (date) => date.setUTCFullYear(date.getUTCFullYear() + 1),
  2: (date) => date.setUTCMonth(date.getUTCMonth() + 1),
  3: (date) => date.setUTCDate(date.getUTCDate() + 1),
  5: (date) => date.setTime(date.getTime() + 60_000),
  6: (date) => date.setTime(date.getTime() + 1000),
};

/**
 * A date: `3d` (units h, d, w, m for months, y), `2024-12-31`, `2024-12`, `2024`, a date with time (UTC unless it has an
 * offset), Unix seconds. A coarse date means its whole span, as in Elasticsearch: `>2024-12-31` begins after that day.
 *
 * @throws 400 with the position
 */
export function readDate(value: Value, now: number): Interval {
  const { text } = value;
  if (value.prefix || value.anywhere) return bad(value, 'a date without *');
  const back = /^(\d{1,5})([hdwmy])$/.exec(text);
  if (back !== null) {
    const date = new Date(now);
    BACK[back[2]!]!(date, Number(back[1]));
    const from = date.getTime();
    if (!Number.isNaN(from)) return { from, to: from, relative: true };
  }
  if (/^\d{5,12}$/.test(text)) return { from: Number(text) * 1000, to: Number(text) * 1000 + 1000, relative: false };
  const span = readCalendar(text);
  return span ?? bad(value, 'a date such as 2024-12-31, "2024-12-31T10:00:00Z", Unix seconds or 3d');
}
