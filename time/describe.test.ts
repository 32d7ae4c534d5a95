import { expect, test } from 'vitest';
import { describe } from './describe.ts';

const CRON: readonly (readonly [expr: string, sentence: string])[] = [
  ['30 2 * * 1-5', 'At 02:30, Monday to Friday'],
  ['*/5 * * * *', 'Every 5 minutes'],
  ['* * * * *', 'Every minute'],
  ['* * * * * *', 'Every second'],
  ['15 3 1 * *', 'At 03:15 on the 1st of the month'],
  ['17 * * * *', 'Hourly at :17'],
  ['@hourly', 'Hourly at :00'],
  ['@weekly', 'At 00:00 on Sundays'],
  ['@yearly', 'At 00:00 on the 1st of January'],
  ['*/40 * * * *', 'Hourly at :00 and :40'],
  ['0 */2 * * *', 'Every 2 hours'],
  ['5 */4 * * *', 'Every 4 hours at :05'],
  ['0,30 9-17 * * 1-5', 'Every 30 minutes from 09:00 to 17:30, Monday to Friday'],
  ['30 9-17 * * *', 'Hourly from 09:30 to 17:30'],
  ['30 15 10 * * *', 'At 10:15:30'],
  ['0 1,2,3 * * 6,0', 'At 01:00, 02:00 and 03:00 on Saturdays and Sundays'],
  ['0 0 1,15 * *', 'At 00:00 on the 1st and 15th of the month'],
  ['0 0 1-7 * *', 'At 00:00 on the 1st to 7th of the month'],
  ['0 0 L * *', 'At 00:00 on the last day of the month'],
  ['0 0 LW * *', 'At 00:00 on the last working day of the month'],
  ['0 0 15W * *', 'At 00:00 on the working day nearest the 15th of the month'],
  ['0 12 * * 5L', 'At 12:00 on the last Friday of the month'],
  ['0 12 * * 2#2', 'At 12:00 on the second Tuesday of the month'],
  ['0 12 13 * 5', 'At 12:00 on the 13th of the month or on Fridays'],
  ['0 0 * 3 1', 'At 00:00 on Mondays in March'],
  ['0 0 1 1,7 *', 'At 00:00 on the 1st of January and July'],
  ['0 0 12 1 1 * 2027', 'At 12:00 on the 1st of January in 2027'],
];

test.each(CRON)('%j reads %j', (expr, sentence) => {
  expect(describe({ kind: 'cron', expr, zone: 'UTC' })).toBe(sentence);
});

test.each(['*/7 * * * *', '3-59/15 2,6-8 * * *', '0 12 13 * +5', '0 0 */2 * *'])(
  '%j, which has no good sentence, reads as it is written',
  (expr) => {
    expect(describe({ kind: 'cron', expr, zone: 'UTC' })).toBe(expr);
  },
);

const EVERY: readonly (readonly [every: string, sentence: string])[] = [
  ['PT15M', 'Every 15 minutes'],
  ['PT1H30M', 'Every 90 minutes'],
  ['PT1H', 'Every hour'],
  ['P1D', 'Every day at 03:30'],
  ['P2W', 'Every 2 weeks on Monday at 03:30'],
  ['P1M', 'Every month on the 9th at 03:30'],
  ['P1Y', 'Every year on 9 March at 03:30'],
  ['P1DT12H', 'Every 1 day and 12 hours'],
];

test.each(EVERY)('every %s reads %j', (every, sentence) => {
  const anchor = Temporal.Instant.from('2026-03-09T08:30Z').epochMilliseconds;
  expect(describe({ kind: 'every', every, anchor, zone: 'America/Chicago' })).toBe(sentence);
});

test('once and daily read as a date and as times', () => {
  const at = Temporal.Instant.from('2026-03-08T08:00Z').epochMilliseconds;
  expect(describe({ kind: 'at', at, zone: 'America/Chicago' })).toBe('Once, on 8 March 2026 at 03:00');
  expect(describe({ kind: 'daily', times: ['18:00', '09:30'], zone: 'UTC' })).toBe('At 09:30 and 18:00');
});
