// The English words that sentences about recurrences are made of.

export const WEEKDAY_WORDS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;

export const MONTH_WORDS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;

/** "a", "a and b", "a, b and c". */
export function listed(words: readonly string[], conjunction = 'and'): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} ${conjunction} ${last}`;
}

/** "1st", "22nd", "13th". */
export function ordinal(value: number): string {
  const teen = value % 100 >= 11 && value % 100 <= 13;
  return `${value}${teen ? 'th' : (['th', 'st', 'nd', 'rd'][value % 10] ?? 'th')}`;
}

/** "minute", "5 minutes". */
export function counted(count: number, unit: string): string {
  return count === 1 ? unit : `${count} ${unit}s`;
}

/** Whether the values follow one another without a hole. */
export function isRun(values: readonly number[]): boolean {
  return values.every((value, index) => index === 0 || value === (values[index - 1] ?? 0) + 1);
}

/** "09:30", "09:30:15"; `time` is milliseconds since midnight. */
export function clockTime(time: number): string {
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  const seconds = (time % 60_000) / 1000;
  return `${two(time / 3_600_000)}:${two((time % 3_600_000) / 60_000)}${seconds === 0 ? '' : `:${two(seconds)}`}`;
}
