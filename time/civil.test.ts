import { expect, test } from 'vitest';
import { civilDate, dayNumber, MONTH_STARTS, monthAt, monthLength, MONTHS, weekdayOf, yearOfMonth } from './civil.ts';

test('every day from 1600 to 2400 is the date that Temporal counts', () => {
  const wrong: string[] = [];
  let date = Temporal.PlainDate.from('1600-01-01');
  const end = dayNumber(2400, 12, 31);
  for (let day = dayNumber(1600, 1, 1); day <= end; day += 1) {
    const { year, month, day: dayOfMonth } = civilDate(day);
    const same = year === date.year && month === date.month && dayOfMonth === date.day;
    const back = dayNumber(date.year, date.month, date.day) === day && weekdayOf(day) === date.dayOfWeek % 7;
    if (!same || !back) wrong.push(`day ${day} is ${date.toString()}, not ${year}-${month}-${dayOfMonth}`);
    date = date.add({ days: 1 });
  }
  expect(wrong).toEqual([]);
  expect(date.toString()).toBe('2401-01-01');
});

test('every day of the table lies in its month', () => {
  const [first = 0, end = 0] = [MONTH_STARTS[0], MONTH_STARTS[MONTHS]];
  const wrong: number[] = [];
  for (let day = first; day < end; day++) {
    const date = civilDate(day);
    const month = monthAt(day);
    if (yearOfMonth(month) !== date.year || (month % 12) + 1 !== date.month) wrong.push(day);
  }
  expect(wrong).toEqual([]);
  expect(end - first).toBeGreaterThan(232 * 365);
});

test('a month has its length, also beyond December', () => {
  expect([1, 2, 3, 4, 13, 14].map((month) => monthLength(2027, month))).toEqual([31, 28, 31, 30, 31, 29]);
  expect(monthLength(2100, 2)).toBe(28);
  expect(monthLength(2000, 2)).toBe(29);
});
