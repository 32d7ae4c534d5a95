// One question to the time engine, as it comes from a line of JSON or from the command line, and its answer.
import type { Compiled, CronDialect, Recurrence } from '#time/recurrence.ts';
import { compile } from '#time/recurrence.ts';
import type { Zone } from '#time/zone.ts';
import { instantOf, isoUtc, zoneOf } from '#time/zone.ts';

/** The keys are those of `almanac next --batch`; nothing is known about the values before they are read. */
export type Question = Readonly<Partial<Record<(typeof QUESTION_KEYS)[number], unknown>>>;

export const QUESTION_KEYS = [
  'kind',
  'expr',
  'tz',
  'dialect',
  'from',
  'after',
  'before',
  'until',
  'count',
  'at',
  'anchor',
] as const;

export type Answer = { readonly instants: readonly string[] } | { readonly fires: boolean };

/** What is wrong with a question, for people (message) and programs (code, field). */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly code: 'bad_input' | 'too_many' | 'kind_not_supported' | 'bad_json';
  readonly field: string | undefined;

  constructor(code: Refused['code'], field: string | undefined, message: string) {
    super(message);
    this.code = code;
    this.field = field;
  }
}

/** More than this in one answer is a mistake, and would not fit in memory if it were not. */
export const MOST_INSTANTS = 100_000;

const DEFAULT_COUNT = 5;

/**
 * Answers with the instants after `after` (strictly) or from `from` on, before `until` or `before`, at most `count` of
 * them; or, when `at` is given, with whether it fires then. Throws Refused or TimeError.
 * @param now epoch milliseconds; where the search begins when the question names neither `after` nor `from`
 */
export function answer(question: Question, now: number): Answer {
  const zone = zoneOf(textOf(question, 'tz'));
  const compiled = compile(recurrenceOf(question, zone, now));
  const at = instantIn(question, 'at', zone);
  return at === undefined ? { instants: instantsOf(question, compiled, zone, now) } : { fires: compiled.matches(at) };
}

const instants = new Float64Array(MOST_INSTANTS + 1);

function instantsOf(question: Question, compiled: Compiled, zone: Zone, now: number): string[] {
  const after = instantIn(question, 'after', zone);
  const from = instantIn(question, 'from', zone);
  const start = Math.max(
    after === undefined ? -Infinity : after + 1,
    from ?? (after === undefined ? now + 1 : -Infinity),
  );
  const end = Math.min(instantIn(question, 'until', zone) ?? Infinity, instantIn(question, 'before', zone) ?? Infinity);
  const count = countOf(question) ?? (end === Infinity ? DEFAULT_COUNT : instants.length);
  const length = compiled.expand(start, end, instants.subarray(0, count));
  if (length > MOST_INSTANTS) {
    throw new Refused('too_many', 'until', `more than ${MOST_INSTANTS} instants: shorten the window or give a count`);
  }
  return Array.from(instants.subarray(0, length), isoUtc);
}

function recurrenceOf(question: Question, zone: Zone, now: number): Recurrence {
  const kind = question.kind === undefined ? 'cron' : textOf(question, 'kind');
  const expr = textOf(question, 'expr');
  switch (kind) {
    case 'cron':
      // compile refuses a dialect that is none.
      return question.dialect === undefined
        ? { kind, expr, zone: zone.id }
        : { kind, expr, dialect: textOf(question, 'dialect') as CronDialect, zone: zone.id };
    case 'every':
      return { kind, every: durationOf(expr), anchor: anchorOf(question, zone, now), zone: zone.id };
    case 'daily':
      return { kind, times: expr.split(',').map((time) => time.trim()), zone: zone.id };
    case 'at':
      return { kind, at: readInstant(expr, 'expr', zone), zone: zone.id };
    default:
      throw new Refused('kind_not_supported', 'kind', `kind ${kind}: cron, every, daily or at`);
  }
}

function anchorOf(question: Question, zone: Zone, now: number): number {
  for (const key of ['anchor', 'from', 'after'] as const) {
    const anchor = instantIn(question, key, zone);
    if (anchor !== undefined) return anchor;
  }
  return now;
}

/** `90s`, `15m`, `2h`, `1d`, `1w` as ISO 8601 durations; any other text as it is. */
function durationOf(text: string): string {
  const [, count, unit] = /^(\d+)\s*([smhdw])$/i.exec(text.trim()) ?? [];
  if (count === undefined || unit === undefined) return text.trim();
  return `P${/[smh]/i.test(unit) ? 'T' : ''}${count}${unit.toUpperCase()}`;
}

function textOf(question: Question, key: keyof Question): string {
  const value = question[key];
  if (typeof value === 'string' && value !== '') return value;
  throw new Refused('bad_input', key, `${key}: ${value === undefined ? 'is missing' : 'a text'}`);
}

function countOf({ count }: Question): number | undefined {
  if (count === undefined) return undefined;
  if (typeof count === 'number' && Number.isInteger(count) && count >= 1 && count <= MOST_INSTANTS) return count;
  throw new Refused('bad_input', 'count', `count: a whole number, 1–${MOST_INSTANTS}`);
}

function instantIn(question: Question, key: keyof Question, zone: Zone): number | undefined {
  const value = question[key];
  if (value === undefined) return undefined;
  if (typeof value === 'string') return readInstant(value, key, zone);
  throw new Refused('bad_input', key, `${key}: ${INSTANT_FORM}`);
}

const INSTANT_FORM = 'an instant such as 2026-03-08T08:00:00Z, or a wall time such as 2026-03-08T02:00';

/** Reads an instant, or a wall time in the zone, to the millisecond. */
function readInstant(text: string, field: string, zone: Zone): number {
  const isInstant = /T.*(?:Z|[+-]\d{2}(?::?\d{2})?(?:\[.*\])?)$/i.test(text);
  try {
    return isInstant
      ? Temporal.Instant.from(text).epochMilliseconds
      : instantOf(zone, Temporal.PlainDateTime.from(text).toZonedDateTime('UTC').epochMilliseconds);
  } catch {
    throw new Refused('bad_input', field, `${field} ${text || '""'}: ${INSTANT_FORM}`);
  }
}
