import { type Caller, type Kernel, Problem, type Tx } from '#kernel';
import { accountExists } from '../account.ts';
import { type ImportMode, stateFor } from './modes.ts';
import { type CrontabPreview, previewCrontab, type PreviewItem } from './preview.ts';
import { readJobs, createJob } from '../service.ts';

export interface CrontabText {
  readonly text: string;
  /** Whose crontab it is; absent: the server's own account. */
  readonly user?: string | undefined;
  /** There is a user column. */
  readonly system?: boolean | undefined;
  /** IANA zone of the times where no CRON_TZ says otherwise. */
  readonly zone: string;
}

/** What an import would make, read-only: lines that were imported already say so. */
export async function previewImport(
  kernel: Kernel,
  caller: Caller,
  { text, user, system, zone }: CrontabText,
): Promise<CrontabPreview> {
  const jobs = await readJobs(kernel.db, caller.teamId);
  return previewCrontab(text, {
    zone,
    now: kernel.clock.now(),
    accountExists,
    takenNames: jobs.map(({ name }) => name),
    imported: new Map(jobs.flatMap(({ origin, name }) => (origin === null ? [] : [[origin.key, name] as const]))),
    ...(user === undefined ? {} : { user }),
    ...(system === undefined ? {} : { system }),
  });
}

export interface ImportWish extends CrontabText {
  readonly mode: ImportMode;
  /** Only these lines; absent: all that can be imported. */
  readonly lines?: readonly number[] | undefined;
}

export interface ImportReport {
  readonly imported: readonly { readonly line: number; readonly id: string; readonly name: string }[];
  readonly left: readonly { readonly line: number; readonly reason: string }[];
}

/** Makes a job of every importable line, all or none. @throws Problem 422 when a wished line cannot be imported */
export async function importCrontab(kernel: Kernel, caller: Caller, wish: ImportWish): Promise<ImportReport> {
  const { items } = await previewImport(kernel, caller, wish);
  const wanted = items.filter(({ line }) => wish.lines?.includes(line) ?? true);
  const refused = wish.lines?.find((line) => !wanted.some((item) => item.line === line && item.importable));
  if (refused !== undefined) {
    const reason = wanted.find(({ line }) => line === refused)?.reason ?? 'there is no entry on it';
    throw new Problem(422, 'not_importable', `Line ${refused} cannot be imported: ${reason}.`, { field: 'lines' });
  }
  const imported = await kernel.db.transaction(async (tx) => {
    const made: { line: number; id: string; name: string }[] = [];
    for (const item of wanted) {
      if (item.importable)
        made.push({ line: item.line, name: item.name, id: await importLine(kernel, tx, caller, item, wish) });
    }
    return made;
  });
  return {
    imported,
    left: items
      .filter(({ importable }) => !importable)
      .map(({ line, reason = 'It cannot be imported.' }) => ({ line, reason })),
  };
}

async function importLine(
  kernel: Kernel,
  tx: Tx,
  caller: Caller,
  item: PreviewItem,
  { mode, user }: ImportWish,
): Promise<string> {
  const { name, definition, recurrence, key, line } = item;
  if (definition?.kind !== 'command' || recurrence?.kind !== 'cron')
    throw new Error(`Line ${line} counts as importable without being a command with times.`);
  const begun = stateFor(mode);
  return createJob(
    kernel,
    tx,
    caller,
    {
      name,
      kind: 'command',
      command: definition.command,
      category: 'normal',
      tags: ['crontab'],
      recurrence: {
        kind: 'cron',
        expr: recurrence.expr,
        zone: recurrence.zone,
        ...(recurrence.dialect === undefined ? {} : { dialect: recurrence.dialect }),
      },
      policy: {},
      ...(item.description === undefined ? {} : { description: item.description }),
      ...(begun.state === 'disabled' ? { disabled: begun.reason } : {}),
    },
    { source: user === undefined ? 'crontab' : `crontab of ${user}`, line, key },
  );
}
