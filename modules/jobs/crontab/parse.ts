// A crontab as text → its entries. Follows crontab(5) of Vixie's cron as Debian has it; nothing is guessed and no line
// is dropped: what cannot be read comes back with its line number, the field and the mend.
import { isSwitchedOff, readComment, speaksOfSetting } from './comments.ts';
import { type CrontabEntry, readEntry } from './entry.ts';
import { isVariableName, noteOn, readSetting, type Setting, withheldSettings } from './environment.ts';
import { type Obstacle, UnreadableLine } from './schedule.ts';
import { giveBack, takenOverLine } from './take-over.ts';

export type { CrontabEntry } from './entry.ts';

export interface UnreadableEntry extends Obstacle {
  readonly line: number;
  readonly text: string;
}

export interface TakenOverLine {
  readonly line: number;
  /** Without the mark. */
  readonly text: string;
  /** What cron would run if the line were given back; absent when it cannot be read. */
  readonly entry?: CrontabEntry;
}

export interface ParsedCrontab {
  readonly entries: CrontabEntry[];
  readonly unreadable: UnreadableEntry[];
  /** Lines that an earlier import has taken over, as they were. */
  readonly takenOver: TakenOverLine[];
  /** What to know about the whole, in sentences. */
  readonly notes: { readonly line: number; readonly message: string }[];
}

/** @param system there is a user column: /etc/crontab and /etc/cron.d */
export function parseCrontab(text: string, system = false): ParsedCrontab {
  const parsed: ParsedCrontab = { entries: [], unreadable: [], takenOver: [], notes: [] };
  const lines = text.replace(/^\uFEFF/, '').split('\n');
  const ended = lines.at(-1) === '';
  if (ended) lines.pop();
  if (lines.some((line) => line.endsWith('\r'))) {
    parsed.notes.push({
      line: 1,
      message: 'The line ends of Windows are read as plain ones; cron itself would pass them on to the commands.',
    });
  }
  const take = openReading(parsed, system);
  lines.forEach((line, index) => take(index + 1, line.replace(/\r$/, '')));
  if (!ended && lines.length > 0) {
    parsed.notes.push({
      line: lines.length,
      message: 'The last line has no line end: cron ignores such a line, here it counts.',
    });
  }
  return parsed;
}

/**
 * Whether there is a user column: `plain` when the first word of every command is an account, `likely` when it is for most
 * of them. Lines that were taken over count as well.
 * @param isUser whether this word is an account of the machine, and not also a program: `git gc` may be either
 */
export function findUserColumn(text: string, isUser: (name: string) => boolean): 'plain' | 'likely' | 'none' {
  // Asking for an account may start a program: the first lines tell enough.
  const entries = parseCrontab(giveBack(text)).entries.slice(0, 50);
  const naming = entries.filter(({ command }) => {
    const [, first = ''] = /^([\w.-]+\$?)\s+[^-\s]/.exec(command) ?? [];
    return first !== '' && isUser(first);
  });
  if (entries.length > 0 && naming.length === entries.length) return 'plain';
  return naming.length * 2 > entries.length ? 'likely' : 'none';
}

/** Takes lines from top to bottom; settings and comments hold for what comes below them. */
function openReading(parsed: ParsedCrontab, system: boolean): (line: number, text: string) => void {
  let env: Readonly<Record<string, string>> = {};
  let zone: string | undefined;
  let comments: string[] = [];
  /** The last entry, while nothing stands between it and the next line; `named` when its comment is surely its name. */
  let neighbour: { readonly named: boolean } | undefined;

  function take(line: number, text: string): void {
    const taken = takenOverLine(text);
    if (taken !== undefined) takeTaken(line, taken);
    else if (text.trimStart().startsWith('#')) return takeComment(text.trimStart().slice(1));
    else if (text.trim() !== '') return takeActive(line, text);
    interrupt();
  }

  function takeTaken(line: number, text: string): void {
    try {
      parsed.takenOver.push({ line, text, entry: readEntry(line, text, { system, env, zone }) });
    } catch (error) {
      if (!(error instanceof UnreadableLine)) throw error;
      parsed.takenOver.push({ line, text });
    }
  }

  function takeComment(text: string): void {
    neighbour = undefined;
    // A line that somebody switched off took its comment with it.
    comments = isSwitchedOff(text) ? [] : [...comments, text];
  }

  function takeActive(line: number, text: string): void {
    try {
      const setting = readSetting(text);
      if (setting === undefined) return takeEntry(readEntry(line, text, { system, env, zone }));
      takeSetting(line, setting);
      neighbour = undefined;
      // A setting for one entry stands between it and its comment.
      if (speaksOfSetting(comments, setting.name)) comments = [];
      return;
    } catch (error) {
      if (!(error instanceof UnreadableLine)) throw error;
      parsed.unreadable.push({ line, text, ...error.obstacle });
    }
    interrupt();
  }

  function takeSetting(line: number, setting: Setting): void {
    const { name, value } = setting;
    if (!isVariableName(name)) {
      throw new UnreadableLine(
        'setting',
        `${name} is not a name of a variable`,
        'use letters, digits and _, not beginning with a digit',
      );
    }
    const message = noteOn(setting);
    if (message !== undefined) parsed.notes.push({ line, message });
    if (name === 'CRON_TZ') zone = value === '' ? undefined : value;
    if (!withheldSettings.has(name)) env = { ...env, [name]: value };
  }

  function takeEntry(entry: CrontabEntry): void {
    // A comment above several lines describes the first one, but may as well be the heading of all.
    if (comments.length === 0 && neighbour !== undefined && !neighbour.named) {
      parsed.entries.push({ ...(parsed.entries.pop() ?? entry), commentNames: false });
    }
    const comment = readComment(comments);
    neighbour = { named: comment?.byTool ?? false };
    parsed.entries.push({ ...entry, ...(comment === undefined ? {} : { comment: comment.text, commentNames: true }) });
    comments = [];
  }

  function interrupt(): void {
    comments = [];
    neighbour = undefined;
  }

  return take;
}
