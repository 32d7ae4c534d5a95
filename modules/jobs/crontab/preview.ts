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
  /** Jobs of entries that were imported earlier, by key. */
  readonly imported?: ReadonlyMap<string, ImportedJob>;
  /** Names that jobs have already. */
  readonly takenNames?: Iterable<string>;
  /** Whether the machine has this account; left out, nothing is said about accounts. */
  readonly accountExists?: (name: string) => boolean;
}

/** A job that an earlier import made. */
export interface ImportedJob {
  readonly id: string;
  readonly name: string;
  /** `waiting`: the import itself disabled it, and taking the line over enables it. `disabled`: a person did. */
  readonly state: 'waiting' | 'disabled' | 'active';
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
  /** The job that an earlier import made; with `importable`, taking the line over enables it. */
  readonly jobId?: string;
  readonly warnings: readonly string[];
  readonly importable: boolean;
  /** Why it cannot be imported, with the mend. */
  readonly reason?: string;
  /** The part of the line that stands in the way. */
  readonly field?: string;
}

/** A line that is commented out. */
export interface TakenLine {
  readonly line: number;
  readonly text: string;
  readonly jobId?: string;
  /** Nobody runs it: its job is still to be enabled. */
  readonly waiting: boolean;
}

export interface CrontabPreview {
  /** In the order of the lines. */
  readonly items: readonly PreviewItem[];
  readonly takenOver: readonly TakenLine[];
  readonly notes: ParsedCrontab['notes'];
}

/** Reads a crontab and says for every line what would become of it. */
export function previewCrontab(text: string, options: PreviewOptions): CrontabPreview {
  const parsed = parseCrontab(text, options.system);
  const identities = identify(parsed, options);
  const fresh = parsed.entries.filter(({ line }) => identities.get(line)?.job === undefined);
  const unique = makeUnique(fresh.map(nameEntry), options.takenNames);
  const names = new Map(fresh.map(({ line }, index) => [line, unique[index] ?? '']));
  const readable = parsed.entries.map((entry) => {
    const identity = identities.get(entry.line) ?? { key: '' };
    return previewEntry(entry, identity.job?.name ?? names.get(entry.line) ?? '', identity, options);
  });
  const items = [...readable, ...parsed.unreadable.map((entry) => previewUnreadable(entry, options))];
  const takenOver = parsed.takenOver.map(({ line, text: written }): TakenLine => {
    const job = identities.get(line)?.job;
    return { line, text: written, ...(job === undefined ? {} : { jobId: job.id }), waiting: job?.state === 'waiting' };
  });
  return { items: items.sort((a, b) => a.line - b.line), takenOver, notes: parsed.notes };
}

interface Identity {
  readonly key: string;
  /** Of an active entry that says the same, if there is one above. */
  readonly twin?: number;
  readonly job?: ImportedJob;
}

/** By line. Lines that are commented out count too: equal lines are told apart by their order, whichever was taken over. */
function identify({ entries, takenOver }: ParsedCrontab, options: PreviewOptions): ReadonlyMap<number, Identity> {
  const active = new Set(entries.map(({ line }) => line));
  const all = [...entries, ...takenOver.flatMap(({ entry }) => (entry === undefined ? [] : [entry]))];
  const seen = new Map<string, number[]>();
  return new Map(
    all
      .sort((a, b) => a.line - b.line)
      .map((entry): [number, Identity] => {
        const base = keyOf(entry, entry.user ?? options.user);
        const earlier = seen.get(base) ?? [];
        seen.set(base, [...earlier, entry.line]);
        const key = earlier.length === 0 ? base : `${base}#${earlier.length + 1}`;
        const job = options.imported?.get(key);
        const twin = earlier.find((line) => active.has(line));
        return [entry.line, { key, ...(twin === undefined ? {} : { twin }), ...(job === undefined ? {} : { job }) }];
      }),
  );
}

function nameEntry({ command, comment, commentNames }: CrontabEntry): string {
  return nameOf(command, commentNames ? comment : undefined);
}

function previewEntry(
  entry: CrontabEntry,
  name: string,
  { key, twin, job }: Identity,
  options: PreviewOptions,
): PreviewItem {
  const { line, text, expr, command, env, comment, stdin } = entry;
  const zone = entry.zone ?? options.zone;
  const user = entry.user ?? options.user;
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
    key,
    ...(job === undefined ? {} : { jobId: job.id }),
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
  const reason = reasonAgainst(job, user, options);
  return {
    ...common,
    recurrence,
    words: describe(recurrence),
    next: nextThree(recurrence, options.now),
    definition: definitionOf(entry, user),
    warnings: [
      ...(job === undefined
        ? []
        : [`Imported before: taking it over enables the job ${job.name} as it is and comments the line out.`]),
      ...(twin === undefined ? [] : [`The same as line ${twin}: cron runs both.`]),
      ...warningsOn(recurrence, options.now),
      ...entry.notes,
    ],
    importable: reason === undefined,
    ...reason,
  };
}

function reasonAgainst(
  job: ImportedJob | undefined,
  user: string | undefined,
  { accountExists }: PreviewOptions,
): { reason: string; field?: string } | undefined {
  if (job?.state === 'active') return { reason: `Imported already as ${job.name}.` };
  if (job?.state === 'disabled') {
    return {
      reason: `Imported already as ${job.name}, which somebody disabled: enable it in Almanac if it is to run there`,
    };
  }
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
