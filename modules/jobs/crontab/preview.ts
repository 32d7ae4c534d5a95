// What an import would make of a crontab: read-only, for a person to check before anything is taken over.
import { createHash } from 'node:crypto';
import { describe } from '#time/describe.ts';
import { compile, type Recurrence } from '#time/recurrence.ts';
import type { Definition } from '../definition.ts';
import { makeUnique, nameOf } from './name.ts';
import { type CrontabEntry, type ParsedCrontab, parseCrontab, type UnreadableEntry } from './parse.ts';
import { sentenceOf } from './schedule.ts';
import { warningsOn } from './warnings.ts';

export interface PreviewOptions {
  /** There is a user column: /etc/crontab and /etc/cron.d. */
  readonly system?: boolean;
  /** Whose crontab it is; undefined = the account of the server. */
  readonly user?: string;
  /** IANA zone of the times, where CRON_TZ does not say otherwise. */
  readonly zone: string;
  readonly now: number;
  /** Keys of entries that were imported earlier, each with the name of its job. */
  readonly imported?: ReadonlyMap<string, string>;
  /** Names that jobs have already. */
  readonly takenNames?: Iterable<string>;
  /** Whether the machine has this account; left out, nothing is said about accounts. */
  readonly accountExists?: (name: string) => boolean;
}

/** One line that carries something out, or cannot be read. */
export interface PreviewItem {
  readonly line: number;
  /** The line as written. */
  readonly text: string;
  readonly name: string;
  readonly description?: string;
  /** As in the crontab; empty when the line cannot be read. */
  readonly schedule: string;
  readonly recurrence?: Recurrence;
  readonly words: string;
  /** The next three instants, epoch milliseconds. */
  readonly next: readonly number[];
  readonly zone: string;
  readonly command: string;
  readonly env: Readonly<Record<string, string>>;
  readonly user?: string;
  readonly stdin?: string;
  /** What the job would carry out. */
  readonly definition?: Definition;
  /** Equal for the same line of the same crontab: an import is not made twice. */
  readonly key: string;
  readonly warnings: readonly string[];
  readonly importable: boolean;
  /** Why it cannot be imported, with the mend. */
  readonly reason?: string;
  /** The part of the line that stands in the way. */
  readonly field?: string;
}

export interface CrontabPreview {
  /** In the order of the lines. */
  readonly items: readonly PreviewItem[];
  readonly takenOver: ParsedCrontab['takenOver'];
  readonly notes: ParsedCrontab['notes'];
}

/** Reads a crontab and says for every line what would become of it. */
export function previewCrontab(text: string, options: PreviewOptions): CrontabPreview {
  const parsed = parseCrontab(text, options.system);
  const names = makeUnique(parsed.entries.map(nameEntry), options.takenNames);
  const seen = new Map<string, number[]>();
  const readable = parsed.entries.map((entry, index) => previewEntry(entry, names[index] ?? '', seen, options));
  const items = [...readable, ...parsed.unreadable.map((entry) => previewUnreadable(entry, options))];
  return { items: items.sort((a, b) => a.line - b.line), takenOver: parsed.takenOver, notes: parsed.notes };
}

function nameEntry({ command, comment, commentNames }: CrontabEntry): string {
  return nameOf(command, commentNames ? comment : undefined);
}

function previewEntry(
  entry: CrontabEntry,
  name: string,
  seen: Map<string, number[]>,
  options: PreviewOptions,
): PreviewItem {
  const { line, text, expr, command, env, comment, stdin } = entry;
  const zone = entry.zone ?? options.zone;
  const user = entry.user ?? options.user;
  const base = keyOf(entry, user);
  const earlier = seen.get(base) ?? [];
  seen.set(base, [...earlier, line]);
  const common = {
    line,
    text,
    name,
    ...(comment === undefined || comment === name ? {} : { description: comment }),
    schedule: expr,
    zone,
    command,
    env,
    ...(user === undefined ? {} : { user }),
    ...(stdin === undefined ? {} : { stdin }),
    key: earlier.length === 0 ? base : `${base}#${earlier.length + 1}`,
  };
  if (entry.unsupported !== undefined) {
    const { unsupported } = entry;
    return {
      ...common,
      words: expr,
      next: [],
      warnings: [],
      importable: false,
      reason: sentenceOf(unsupported),
      field: unsupported.field,
    };
  }
  const recurrence = { kind: 'cron', expr, dialect: 'vixie', zone } as const;
  const reason = reasonAgainst(common.key, user, options);
  return {
    ...common,
    recurrence,
    words: describe(recurrence),
    next: nextThree(recurrence, options.now),
    definition: definitionOf(entry, user),
    warnings: [
      ...(earlier[0] === undefined ? [] : [`The same as line ${earlier[0]}: cron runs both.`]),
      ...warningsOn(recurrence, options.now),
      ...entry.notes,
    ],
    importable: reason === undefined,
    ...reason,
  };
}

function reasonAgainst(
  key: string,
  user: string | undefined,
  { imported, accountExists }: PreviewOptions,
): { reason: string; field?: string } | undefined {
  const job = imported?.get(key);
  if (job !== undefined) return { reason: `Imported already as ${job}.` };
  if (user === undefined || accountExists === undefined || accountExists(user)) return undefined;
  return {
    reason: `This machine has no account ${user}; correct the user, or tell whether this is a system crontab`,
    field: 'user',
  };
}

function previewUnreadable(entry: UnreadableEntry, { zone }: PreviewOptions): PreviewItem {
  const { line, text, field } = entry;
  const nothing = { schedule: '', words: '', next: [], command: '', env: {}, warnings: [] };
  const key = hashOf(['unreadable', text]);
  return {
    line,
    text,
    name: `Line ${line}`,
    zone,
    ...nothing,
    key,
    importable: false,
    reason: sentenceOf(entry),
    field,
  };
}

/** The search path that cron gives where the crontab sets none: programs are found where they were found so far. */
const cronPath = '/usr/bin:/bin';

function definitionOf({ command, env, stdin }: CrontabEntry, user: string | undefined): Definition {
  const { SHELL: shell, ...rest } = env;
  return {
    kind: 'command',
    command: {
      script: command,
      ...(shell === undefined || shell === '' ? {} : { shell }),
      env: { PATH: cronPath, ...rest },
      ...(stdin === undefined ? {} : { stdin }),
      ...(user === undefined ? {} : { user }),
    },
  };
}

function nextThree(recurrence: Recurrence, now: number): number[] {
  const compiled = compile(recurrence);
  const next: number[] = [];
  for (let at = compiled.next(now); !Number.isNaN(at) && next.length < 3; at = compiled.next(at)) next.push(at);
  return next;
}

/** The zone counts only where the crontab itself names it: the same line stays the same, wherever it is imported from. */
function keyOf({ expr, zone, command, stdin }: CrontabEntry, user: string | undefined): string {
  return hashOf([expr, zone ?? '', user ?? '', command, stdin ?? '']);
}

function hashOf(parts: readonly string[]): string {
  return `crontab:${createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22)}`;
}
