// One line of a crontab that carries something out.
import { zoneOf } from '#time/zone.ts';
import { splitAtPercent } from './percent.ts';
import { type Obstacle, readSchedule, UnreadableLine } from './schedule.ts';

export interface CrontabEntry {
  /** Counted from 1. */
  readonly line: number;
  /** The line as written, without its end. */
  readonly text: string;
  /** Five fields with single spaces between them, or a macro. */
  readonly expr: string;
  /** From CRON_TZ; undefined = the zone of whoever imports. */
  readonly zone?: string;
  /** The user column of a system crontab. */
  readonly user?: string;
  readonly command: string;
  readonly stdin?: string;
  /** The settings above this line that reach the command. */
  readonly env: Readonly<Record<string, string>>;
  /** The comment directly above. */
  readonly comment?: string;
  /** The comment stands above this entry alone, so it can be its name. */
  readonly commentNames: boolean;
  /** What differs from cron, in sentences. */
  readonly notes: readonly string[];
  /** Why the entry cannot be imported although it can be read. */
  readonly unsupported?: Obstacle;
}

/** What the lines above say about an entry. */
export interface Surroundings {
  /** There is a user column. */
  readonly system: boolean;
  readonly env: Readonly<Record<string, string>>;
  readonly zone: string | undefined;
}

/** Throws UnreadableLine that names the field and the mend. */
export function readEntry(line: number, text: string, { system, env, zone }: Surroundings): CrontabEntry {
  const silent = /^\s*-(?=[\d*])/.test(text);
  const { expr, rest, unsupported } = readSchedule(silent ? text.replace('-', '') : text);
  const { user, commandText } = system ? readUser(rest) : { user: undefined, commandText: rest };
  const { command, stdin } = splitAtPercent(commandText);
  checkCommand(command);
  checkZone(zone);
  return {
    line,
    text,
    expr,
    ...(zone === undefined ? {} : { zone }),
    ...(user === undefined ? {} : { user }),
    command: command.trim(),
    ...(stdin === undefined ? {} : { stdin }),
    env,
    commentNames: false,
    notes: notesOn(commandText, silent),
    ...(unsupported === undefined ? {} : { unsupported }),
  };
}

function readUser(rest: string): { user: string; commandText: string } {
  const [, user = '', commandText = ''] = /^(\S*)\s*(.*)$/s.exec(rest) ?? [];
  if (/^[A-Za-z_][\w.-]*\$?$/.test(user)) return { user, commandText };
  const message = user === '' ? 'the user is missing' : `${user} is not a name of a user`;
  throw new UnreadableLine(
    'user',
    message,
    'a system crontab names the user between times and command: write root, for example',
  );
}

function checkCommand(command: string): void {
  const first = command.trim().split(/\s/)[0] ?? '';
  if (first === '') throw new UnreadableLine('command', 'the command is missing', 'write the command behind the times');
  if (!/^(\*|\?|(\*|\d+)\/\d+|\d+([-,]\d+)*)$/.test(first)) return;
  const message = `the command begins with ${first}, which looks like a sixth time field`;
  throw new UnreadableLine(
    'command',
    message,
    'a crontab line has five time fields: take the seconds or the year away',
  );
}

function checkZone(zone: string | undefined): void {
  if (zone === undefined) return;
  try {
    zoneOf(zone);
  } catch {
    throw new UnreadableLine('CRON_TZ', `CRON_TZ ${zone} is not a time zone`, 'use an IANA name such as Europe/Madrid');
  }
}

function notesOn(commandText: string, silent: boolean): string[] {
  const notes: string[] = [];
  if (silent) notes.push('The - before the minute keeps cronie from logging; here every run is kept.');
  if (commandText.includes('\\\\'))
    notes.push('\\\\ reaches the command as a single \\, as with Debian’s cron; cronie passes both on.');
  if (commandText.endsWith('\\'))
    notes.push('The line ends with \\, but cron knows no continued lines: the next line stands for itself.');
  return notes;
}
