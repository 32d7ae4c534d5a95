// A cron expression as a rule of times and days. Equal time parts and equal day parts are made once and shared, so that
// ten thousand triggers cost little more than their different texts.
import { remember } from './cache.ts';
import type { DayRule } from './cron/day.ts';
import { dayRule, longestWait } from './cron/day.ts';
import type { CronDialect } from './cron/field.ts';
import type { CronPieces } from './cron/parse.ts';
import { cutCron, daysOf, isWildcard, timesOf } from './cron/parse.ts';
import { TimeError } from './error.ts';
import type { WallClockRule } from './wall-clock.ts';

/** `ocps` is the default; in `vixie` a step of `*` counts as a star; `quartz` has seconds and counts Sunday as 1. */
export const CRON_DIALECTS: readonly CronDialect[] = ['ocps', 'vixie', 'quartz'];

export type { CronDialect } from './cron/field.ts';

/** 29 February may be eight years away; what waits longer is a mistake rather than a plan. */
const LONGEST_WAIT_MONTHS = 8 * 12;

const rules = new Map<string, WallClockRule>();
const times = new Map<string, Int32Array>();
const days = new Map<string, DayRule>();

/**
 * The rule that an expression stands for. Throws TimeError `bad_cron` with field, position and mend, `never_fires` for
 * days that do not come within eight years, `bad_dialect`.
 */
export function cronRule(expr: string, dialect: CronDialect = 'ocps'): WallClockRule {
  return remember(rules, `${dialect} ${expr}`, 20_000, () => readRule(expr, dialect));
}

function readRule(expr: string, given: CronDialect): WallClockRule {
  if (!CRON_DIALECTS.includes(given)) {
    const hint = `one of ${CRON_DIALECTS.join(', ')}`;
    throw new TimeError('bad_dialect', `dialect ${given}: ${hint}`, { field: 'dialect', hint });
  }
  // Macros come from crontab and mean the same everywhere.
  const dialect = expr.trimStart().startsWith('@') ? 'ocps' : given;
  const pieces = cutCron(expr, dialect);
  const { second, minute, hour, day, month, weekday, year } = pieces;
  const timesKey = [dialect, second.text, minute.text, hour.text].join(' ');
  const daysKey = [dialect, day.text, month.text, weekday.text, year.text].join(' ');
  const wildcard = isWildcard(pieces);
  return {
    times: remember(times, timesKey, 5000, () => timesOf(pieces, dialect)),
    days: remember(days, daysKey, 5000, () => readDays(pieces, dialect)),
    gap: wildcard ? 'skip' : 'transition',
    overlap: wildcard ? 'both' : 'first',
  };
}

function readDays(pieces: CronPieces, dialect: CronDialect): DayRule {
  const rule = dayRule(daysOf(pieces, dialect));
  const wait = longestWait(rule);
  // Whoever writes a year knows how far away it is.
  if (wait === Infinity || (rule.years === undefined && wait > LONGEST_WAIT_MONTHS)) throw neverFires(pieces, wait);
  return rule;
}

function neverFires({ day, month, weekday, year }: CronPieces, wait: number): TimeError {
  const texts = [`day of month ${day.text}`, `month ${month.text}`, `weekday ${weekday.text}`];
  if (year.text !== '*') texts.push(`year ${year.text}`);
  const when = wait === Infinity ? 'there is no such day' : 'such days lie more than 8 years apart';
  const hint = 'change the day of month, the month or the weekday';
  return new TimeError('never_fires', `${texts.join(', ')}: ${when}; ${hint}`, {
    field: 'day of month',
    position: day.position,
    hint,
  });
}
