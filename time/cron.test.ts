import { describe, expect, test } from 'vitest';
import type { CronDialect, Recurrence } from './recurrence.ts';
import { compile, instantsBetween } from './recurrence.ts';
import { TimeError } from './error.ts';
import { isoUtc } from './zone.ts';

const YEAR_2026 = [at('2026-01-01T00:00Z'), at('2027-01-01T00:00Z')] as const;

describe('a cron expression', () => {
  const SAME: readonly (readonly [written: string, meant: string])[] = [
    ['@hourly', '0 * * * *'],
    ['@daily', '0 0 * * *'],
    ['@midnight', '0 0 * * *'],
    ['@weekly', '0 0 * * 0'],
    ['@monthly', '0 0 1 * *'],
    ['@yearly', '0 0 1 1 *'],
    ['@ANNUALLY', '0 0 1 1 *'],
    ['  0\t9 *  * 1 ', '0 9 * * 1'],
    ['0 9 * * 7', '0 9 * * 0'],
    ['0 9 * * 5-7', '0 9 * * 0,5,6'],
    ['0 9 * * sat-sun', '0 9 * * 0,6'],
    ['0 9 * * Mon-FRI', '0 9 * * 1-5'],
    ['0 9 * jan,Dec *', '0 9 * 1,12 *'],
    ['5/20 * * * *', '5,25,45 * * * *'],
    ['10-30/10 * * * *', '10,20,30 * * * *'],
    ['0,0,0 9 ? * ?', '0 9 * * *'],
    ['?/30 9 * * *', '0,30 9 * * *'],
    ['0 0 9 * * *', '0 9 * * *'],
    ['0 0 9 * * * *', '0 9 * * *'],
    ['0 9 * * 5#L', '0 9 * * 5L'],
    ['0 9 * * fri#2', '0 9 * * 5#2'],
    ['0 9 lw * *', '0 9 LW * *'],
    ['00 09 01 01 *', '0 9 1 1 *'],
    ['0 9 * * 4/2', '0 9 * * 4,6'],
  ];
  test.each(SAME)('%j means %j', (written, meant) => {
    const instants = year(written);
    expect(instants.length).toBeGreaterThan(0);
    expect(instants).toEqual(year(meant));
  });

  test('may name seconds and a year', () => {
    expect(year('*/20 59 23 31 12 * 2026')).toEqual([
      '2026-12-31T23:59:00Z',
      '2026-12-31T23:59:20Z',
      '2026-12-31T23:59:40Z',
    ]);
    expect(year('0 0 12 1 1 * 2027')).toEqual([]);
    expect(year('0 0 12 1 6 * 2024/2')).toEqual(['2026-06-01T12:00:00Z']);
  });

  test('wants both day fields when the weekday begins with +', () => {
    expect(year('0 12 13 * +5')).toEqual(['2026-02-13T12:00:00Z', '2026-03-13T12:00:00Z', '2026-11-13T12:00:00Z']);
  });

  test('has nothing before 1970 and nothing after 2199', () => {
    const yearly = compile(cron('0 0 1 1 *'));
    expect(yearly.next(-Infinity)).toBe(0);
    expect(yearly.next(at('2198-06-01T00:00Z'))).toBe(at('2199-01-01T00:00Z'));
    expect(yearly.next(at('2199-01-01T00:00Z'))).toBeNaN();
    expect(yearly.next(Infinity)).toBeNaN();
    expect(instantsBetween(yearly, -Infinity, Infinity, 1000)).toHaveLength(230);
  });

  test('ends when its last year is over, even inside a repeated hour', () => {
    const lastMinutes = compile(cron('* 1 1 11 * 2026', { zone: 'America/Chicago', seconds: true }));
    const repeated = at('2026-11-01T07:59Z');
    expect(lastMinutes.next(at('2026-11-01T06:59:30Z'))).toBe(at('2026-11-01T07:00Z'));
    expect(lastMinutes.next(repeated)).toBeNaN();
  });

  test('is prepared once for equal texts', () => {
    expect(compile(cron('7 7 * * *'))).toBe(compile(cron('7 7 * * *')));
    expect(compile(cron('7 7 * * *'))).not.toBe(compile(cron('7 7 * * *', { zone: 'Europe/Madrid' })));
  });

  test('in quartz has seconds, counts Sunday as 1 and wants one ?', () => {
    expect(year('0 0 12 ? * 6#3', 'quartz')).toEqual(year('0 12 * * 5#3'));
    expect(year('0 0 12 ? * MON-FRI', 'quartz')).toEqual(year('0 12 * * 1-5'));
    expect(year('0 0 12 ? * 2/2', 'quartz')).toEqual(year('0 12 * * 1,3,5'));
    expect(year('0 0 12 ? * L', 'quartz')).toEqual(year('0 12 * * 6'));
    expect(year('0 0 12 L * ? 2026', 'quartz')).toEqual(year('0 12 L * *'));
    expect(year('@daily', 'quartz')).toEqual(year('@daily'));
  });

  test('in vixie lets a step that is too long pass, as cron does', () => {
    expect(year('*/90 0 1 1 *', 'vixie')).toEqual(['2026-01-01T00:00:00Z']);
  });
});

describe('a refused cron expression names field, position and mend', () => {
  interface Refusal {
    readonly expr: string;
    readonly says: string;
    readonly field: string;
    readonly position: number;
    readonly dialect?: CronDialect;
  }
  const REFUSALS: readonly Refusal[] = [
    { expr: '75 * * * *', says: 'minute 75: 0–59', field: 'minute', position: 0 },
    { expr: '0 5-75 * * *', says: 'hour 75: 0–23', field: 'hour', position: 4 },
    { expr: '0 24 * * *', says: 'hour 24: 0–23', field: 'hour', position: 2 },
    { expr: '0 0 0 * *', says: 'day of month 0: 1–31', field: 'day of month', position: 4 },
    { expr: '0 0 * 13 *', says: 'month 13: 1–12 or JAN–DEC', field: 'month', position: 6 },
    { expr: '0 0 * * 8', says: 'weekday 8: 0–7 or SUN–SAT', field: 'weekday', position: 8 },
    { expr: '60 * * * * *', says: 'second 60: 0–59', field: 'second', position: 0 },
    { expr: '0 0 0 1 1 * 1969', says: 'year 1969: 1970–2199', field: 'year', position: 12 },
    { expr: '1,2,x * * * *', says: 'minute x: 0–59, a range', field: 'minute', position: 4 },
    { expr: '-5 * * * *', says: 'minute -5: 0–59, a range', field: 'minute', position: 0 },
    { expr: '1.5 * * * *', says: 'minute 1.5: 0–59, a range', field: 'minute', position: 0 },
    { expr: '0 0 * foo *', says: 'month foo: 1–12 or JAN–DEC', field: 'month', position: 6 },
    { expr: '0 0 * * monday', says: 'weekday monday: 0–7 or SUN–SAT', field: 'weekday', position: 8 },
    { expr: '0 22-2 * * *', says: 'ranges do not wrap around: 22-23,0-2', field: 'hour', position: 2 },
    { expr: '0 0 * * fri-mon', says: 'ranges do not wrap around: 5-6,0-1', field: 'weekday', position: 8 },
    { expr: '0 0 * nov-feb *', says: 'ranges do not wrap around: 11-12,1-2', field: 'month', position: 6 },
    { expr: '*/0 * * * *', says: 'minute */0: a step is at least 1', field: 'minute', position: 0 },
    { expr: '*/90 * * * *', says: 'minute */90: a step is at most 60', field: 'minute', position: 0 },
    { expr: '*/x * * * *', says: 'minute */x: a step is a number', field: 'minute', position: 0 },
    { expr: '*/5/5 * * * *', says: 'minute */5/5: one step only', field: 'minute', position: 0 },
    { expr: '5,,6 * * * *', says: 'a value is missing beside the comma', field: 'minute', position: 2 },
    { expr: '5, * * * *', says: 'a value is missing beside the comma', field: 'minute', position: 2 },
    { expr: '0 0 32W * *', says: 'day of month 32: 1–31', field: 'day of month', position: 4 },
    { expr: '0 0 1-5W * *', says: 'day of month 1-5W: 1–31', field: 'day of month', position: 4 },
    { expr: '0 0 L-31 * *', says: 'L-n takes n 0–30', field: 'day of month', position: 4 },
    { expr: '0 L * * *', says: 'hour L: 0–23', field: 'hour', position: 2 },
    { expr: '0 0 * * L', says: 'say which weekday, as in 5L', field: 'weekday', position: 8 },
    { expr: '0 0 * * 1#6', says: 'weekday#n takes n 1–5, or L', field: 'weekday', position: 8 },
    { expr: '0 0 * * 9L', says: 'weekday 9: 0–7', field: 'weekday', position: 8 },
    { expr: '0 0 * * +', says: 'weekday +: 0–7', field: 'weekday', position: 8 },
    { expr: '* * * *', says: 'the expression has 4 fields: 5 fields', field: 'expr', position: 0 },
    { expr: '', says: 'the expression has 0 fields', field: 'expr', position: 0 },
    { expr: '* * * * * * * *', says: 'the expression has 8 fields', field: 'expr', position: 0 },
    { expr: '@fortnightly', says: 'one of @yearly', field: 'expr', position: 0 },
    { expr: '@reboot', says: 'the start of the machine, not a time', field: 'expr', position: 0 },
    { expr: '@every 90s', says: 'use a recurrence of the kind every', field: 'expr', position: 0 },
    { expr: '0 12 * * 1', says: '6 fields', field: 'expr', position: 0, dialect: 'quartz' },
    { expr: '0 0 12 * * 1', says: 'quartz wants ?', field: 'weekday', position: 11, dialect: 'quartz' },
    { expr: '0 0 12 ? * 0', says: 'weekday 0: 1–7', field: 'weekday', position: 11, dialect: 'quartz' },
  ];
  test.each(REFUSALS)('$expr → $says', ({ expr, says, field, position, dialect }) => {
    const error = refusal({ kind: 'cron', expr, zone: 'UTC', dialect });
    expect(error).toMatchObject({ code: 'bad_cron', field, position });
    expect(error.message).toContain(says);
    expect(error.message).toContain(error.hint);
  });

  test.each([
    '0 0 30 2 *',
    '0 0 31 4,6 *',
    '0 0 L-30 2 *',
    '0 0 31W 2 *',
    '0 0 29 2 +1',
    '0 0 0 29 2 * 2026',
    '0 0 * 2 1#5',
  ])('%j, whose day does not come, is refused', (expr) => {
    expect(refusal(cron(expr))).toMatchObject({ code: 'never_fires', field: 'day of month' });
  });

  test('the dialect is one of three', () => {
    const unknown = 'unix' as CronDialect;
    expect(refusal({ kind: 'cron', expr: '* * * * *', zone: 'UTC', dialect: unknown })).toMatchObject({
      code: 'bad_dialect',
      field: 'dialect',
      hint: 'one of ocps, vixie, quartz',
    });
  });
});

function at(text: string): number {
  return Temporal.Instant.from(text).epochMilliseconds;
}

function cron(expr: string, { zone = 'UTC', seconds = false } = {}): Recurrence {
  return { kind: 'cron', expr: seconds ? `0 ${expr}` : expr, zone };
}

function year(expr: string, dialect?: CronDialect): string[] {
  return instantsBetween(compile({ kind: 'cron', expr, zone: 'UTC', dialect }), ...YEAR_2026, 1e6).map(isoUtc);
}

function refusal(recurrence: Recurrence): TimeError {
  try {
    compile(recurrence);
  } catch (error) {
    if (error instanceof TimeError) return error;
    throw error;
  }
  return expect.fail('it was not refused');
}
