import { describe } from '#time/describe.ts';
import { TimeError } from '#time/error.ts';
import { compile, instantsBetween } from '#time/recurrence.ts';

/** How far ahead the next runs are looked for, in milliseconds: a leap day comes at the latest after eight years. */
const AHEAD = 9 * 366 * 86_400_000;
const SHOWN = 5;

export type Explained =
  | { readonly kind: 'empty' }
  | { readonly kind: 'understood'; readonly words: string; readonly next: readonly number[] }
  | { readonly kind: 'refused'; readonly problem: string; readonly about: 'expression' | 'zone' };

/** What an expression means and when it runs next, from `now` (epoch milliseconds) on; or why it cannot be read. */
export function explainExpression(expression: string, zone: string, now: number): Explained {
  const expr = expression.trim();
  if (expr === '') return { kind: 'empty' };
  const recurrence = { kind: 'cron', expr, zone } as const;
  try {
    const next = instantsBetween(compile(recurrence), now + 1, now + AHEAD, SHOWN);
    return { kind: 'understood', words: describe(recurrence), next };
  } catch (problem) {
    if (!(problem instanceof TimeError)) throw problem;
    return {
      kind: 'refused',
      problem: problem.message,
      about: problem.code === 'unknown_zone' ? 'zone' : 'expression',
    };
  }
}

export const PRESETS: readonly { readonly label: string; readonly expr: string }[] = [
  { label: 'Every 15 minutes', expr: '*/15 * * * *' },
  { label: 'Hourly', expr: '0 * * * *' },
  { label: 'Daily at 02:00', expr: '0 2 * * *' },
  { label: 'Weekdays at 09:00', expr: '0 9 * * 1-5' },
  { label: 'First of the month', expr: '0 4 1 * *' },
];
