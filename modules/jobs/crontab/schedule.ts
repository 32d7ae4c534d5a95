// The time part at the beginning of a crontab line.
import { TimeError } from '#time/error.ts';
import { compile } from '#time/recurrence.ts';

/** What is wrong with a line: the field, what was found there, and how to mend it. */
export interface Obstacle {
  readonly field: string;
  readonly message: string;
  readonly mend: string;
}

export interface Schedule {
  /** Five fields with single spaces between them, or a macro. */
  readonly expr: string;
  /** What follows: the user in a system crontab, then the command. */
  readonly rest: string;
  /** A schedule that cron knows and Almanac has not. */
  readonly unsupported?: Obstacle;
}

/** Reads five fields or a macro. Throws UnreadableLine that names the field and the mend. */
export function readSchedule(line: string): Schedule {
  const text = line.trimStart();
  return text.startsWith('@') ? readMacro(text) : readFields(text);
}

/** One sentence for a person. */
export function sentenceOf({ message, mend }: Obstacle): string {
  return message.endsWith(mend) ? message : `${message}; ${mend}`;
}

/** A line that cannot be read. */
export class UnreadableLine extends Error {
  readonly obstacle: Obstacle;

  constructor(field: string, message: string, mend: string) {
    const obstacle = { field, message, mend };
    super(sentenceOf(obstacle));
    this.obstacle = obstacle;
  }
}

const macros: ReadonlyMap<string, string> = new Map([
  ['@yearly', '@yearly'],
  ['@annually', '@yearly'],
  ['@monthly', '@monthly'],
  ['@weekly', '@weekly'],
  ['@daily', '@daily'],
  ['@midnight', '@midnight'],
  ['@hourly', '@hourly'],
  ['@every_minute', '* * * * *'],
]);

function readMacro(text: string): Schedule {
  const [, macro = '', rest = ''] = /^(\S+)\s*(.*)$/s.exec(text) ?? [];
  if (macro === '@reboot') return { expr: macro, rest, unsupported: reboot };
  const expr = macros.get(macro);
  if (expr !== undefined) return { expr, rest };
  const known = 'use @hourly, @daily, @weekly, @monthly, @yearly or five fields';
  throw new UnreadableLine(
    'schedule',
    `${macro} is not a time that cron knows`,
    macro.startsWith('@every') ? 'write */5 * * * * for every five minutes' : known,
  );
}

const reboot: Obstacle = {
  field: 'schedule',
  message: '@reboot runs a command when the machine starts, not at a time: there is nothing to show in a calendar',
  mend: 'leave this line in the crontab, or start the command with a systemd service',
};

function readFields(text: string): Schedule {
  const found = /^(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S+)(?:\s+(.*))?$/s.exec(text);
  if (found === null) throw neitherEntryNorSetting(text);
  const expr = found.slice(1, 6).join(' ');
  check(expr);
  return { expr, rest: found[6] ?? '' };
}

function neitherEntryNorSetting(text: string): UnreadableLine {
  const exported = /^export\s+(\w+=.*)$/.exec(text);
  if (exported !== null)
    return new UnreadableLine('setting', 'export is a word of the shell, not of cron', `write ${exported[1] ?? ''}`);
  if (/^["'\w]+\s*=/.test(text))
    return new UnreadableLine(
      'setting',
      'the quotes around the value do not match',
      'close the quote at the end of the line, with nothing behind it',
    );
  const fields = text.split(/\s+/);
  const missing = ['minute', 'hour', 'day of month', 'month', 'weekday'][fields.length] ?? 'command';
  return new UnreadableLine(
    missing,
    `the line has ${fields.length} of the five time fields and the command`,
    'write minute, hour, day of month, month, weekday and the command, or NAME=value',
  );
}

function check(expr: string): void {
  const random = expr.split(' ').findIndex((field) => field.includes('~'));
  if (random !== -1) {
    const field = ['minute', 'hour', 'day of month', 'month', 'weekday'][random] ?? 'schedule';
    throw new UnreadableLine(
      field,
      `${field} ${expr.split(' ')[random] ?? ''}: a random value, which only cronie knows`,
      'choose one value, for example 17',
    );
  }
  try {
    compile({ kind: 'cron', expr, dialect: 'vixie', zone: 'UTC' });
  } catch (error) {
    if (!(error instanceof TimeError)) throw error;
    throw new UnreadableLine(error.field ?? 'schedule', error.message, error.hint ?? 'change this field');
  }
}
