import { type Caller, type Kernel, notFound, Problem, sql, type Tx, unprocessable } from '#kernel';
import { accountExists } from '../account.ts';
import type { JobRow } from '../schema.ts';
import { changeJobState, createJob, readJobs } from '../service.ts';
import { isAccountAlone } from './installed.ts';
import { givenBackReason, isDisabledByImport, type JobMode, stateFor } from './modes.ts';
import { findUserColumn } from './parse.ts';
import { type CrontabPreview, type ImportedJob, previewCrontab, type PreviewItem } from './preview.ts';

export interface CrontabText {
  readonly text: string;
  /** Whose crontab it is; absent: the server's own account. */
  readonly user?: string | undefined;
  /** There is a user column; absent: the text must not look as if there were one. */
  readonly system?: boolean | undefined;
  /** IANA zone of the times where no CRON_TZ says otherwise. */
  readonly zone: string;
}

/** What an import would make, read-only: lines that were imported already say so. @throws Problem 422 `user_column` */
export async function previewImport(
  kernel: Kernel,
  caller: Caller,
  { text, user, system, zone }: CrontabText,
  tx: Pick<Tx, 'rows'> = kernel.db,
): Promise<CrontabPreview> {
  if (system === undefined && findUserColumn(text, isAccountAlone) !== 'none') {
    throw new Problem(
      422,
      'user_column',
      'Most commands begin with the name of an account: this looks like a system crontab.',
      {
        field: 'system',
        hint: 'Say --system (in the API system: true) when these words are the users, or system: false when they are commands.',
      },
    );
  }
  const jobs = await readJobs(tx, caller.teamId);
  return previewCrontab(text, {
    zone,
    now: kernel.clock.now(),
    accountExists,
    takenNames: jobs.map(({ name }) => name),
    imported: new Map(
      jobs.flatMap((job) => (job.origin === null ? [] : [[job.origin.key, importedJob(job)] as const])),
    ),
    ...(user === undefined ? {} : { user }),
    ...(system === undefined ? {} : { system }),
  });
}

function importedJob(job: JobRow): ImportedJob {
  const state = isDisabledByImport(job) ? 'waiting' : job.state === 'disabled' ? 'disabled' : 'active';
  return { id: job.id, name: job.name, state };
}

export interface ImportWish extends CrontabText {
  readonly mode: JobMode;
  /** Only these lines; absent: all that can be imported. */
  readonly lines?: readonly number[] | undefined;
}

export interface ImportedLine {
  readonly line: number;
  readonly id: string;
  readonly name: string;
  /** False: an earlier import made the job. */
  readonly made: boolean;
}

export interface ImportReport {
  readonly imported: readonly ImportedLine[];
  readonly left: readonly { readonly line: number; readonly reason: string }[];
}

/**
 * Makes a job of every importable line, or enables the one that an earlier import made: all or none.
 * @throws Problem 422 when a wished line cannot be imported
 */
export async function importCrontab(kernel: Kernel, caller: Caller, wish: ImportWish): Promise<ImportReport> {
  return await kernel.db.transaction(async (tx) => {
    // Two imports at the same time would both find that a line has no job yet.
    await tx.run(sql`select pg_advisory_xact_lock(hashtextextended(${`import of crontabs ${caller.teamId}`}, 0))`);
    const preview = await previewImport(kernel, caller, wish, tx);
    const items = wish.mode === 'observe' ? preview.items.map(leaveKnown) : preview.items;
    const wanted = items.filter(({ line }) => wish.lines?.includes(line) ?? true);
    const refused = wish.lines?.find((line) => !wanted.some((item) => item.line === line && item.importable));
    if (refused !== undefined) {
      const reason = wanted.find(({ line }) => line === refused)?.reason ?? 'there is no entry on it';
      throw new Problem(422, 'not_importable', `Line ${refused} cannot be imported: ${reason.replace(/\.$/, '')}.`, {
        field: 'lines',
      });
    }
    const imported: ImportedLine[] = [];
    for (const item of wanted) if (item.importable) imported.push(await importLine(kernel, tx, caller, item, wish));
    return {
      imported,
      left: items
        .filter(({ importable }) => !importable)
        .map(({ line, reason = 'It cannot be imported.' }) => ({ line, reason })),
    };
  });
}

/** Observing a line that is observed already changes nothing. */
function leaveKnown(item: PreviewItem): PreviewItem {
  if (item.jobId === undefined || !item.importable) return item;
  return { ...item, importable: false, reason: `Imported already as ${item.name}.` };
}

async function importLine(
  kernel: Kernel,
  tx: Tx,
  caller: Caller,
  item: PreviewItem,
  wish: ImportWish,
): Promise<ImportedLine> {
  const { line, name, jobId } = item;
  if (jobId === undefined) return { line, id: await makeJob(kernel, tx, caller, item, wish), name, made: true };
  if (wish.mode === 'take_over') await changeJobState(kernel, tx, caller, jobId, 'enable', {});
  return { line, id: jobId, name, made: false };
}

async function makeJob(
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

export interface NamedJob {
  readonly id: string;
  readonly name: string;
}

/**
 * Enables the jobs of lines that are commented out now, all or none; those that are enabled stay so.
 * @returns those that were enabled
 * @throws Problem 404, 422 for a job of no crontab, 409 `disabled_by_person`
 */
export async function takeOverJobs(
  kernel: Kernel,
  tx: Tx,
  caller: Caller,
  ids: readonly string[],
): Promise<NamedJob[]> {
  const disabled = (await readImported(tx, caller, ids)).filter(({ state }) => state === 'disabled');
  const kept = disabled.find((job) => !isDisabledByImport(job));
  if (kept !== undefined) {
    throw new Problem(409, 'disabled_by_person', `${kept.name} was disabled by ${kept.state_by ?? 'somebody'}.`, {
      field: 'ids',
      hint: 'Enable it by itself, or leave it out.',
    });
  }
  for (const { id } of disabled) await changeJobState(kernel, tx, caller, id, 'enable', {});
  return disabled.map(({ id, name }) => ({ id, name }));
}

/**
 * Disables the jobs of lines that cron runs again, all or none; those that are disabled already stay so.
 * @returns those that were disabled
 * @throws Problem 404, 422 for a job of no crontab
 */
export async function giveBackJobs(
  kernel: Kernel,
  tx: Tx,
  caller: Caller,
  ids: readonly string[],
): Promise<(NamedJob & { readonly was: JobRow['state'] })[]> {
  const running = (await readImported(tx, caller, ids)).filter(({ state }) => state !== 'disabled');
  for (const { id } of running) await changeJobState(kernel, tx, caller, id, 'disable', { reason: givenBackReason });
  return running.map(({ id, name, state: was }) => ({ id, name, was }));
}

/** In the order of their ids, so that two calls never wait for each other. */
async function readImported(tx: Tx, caller: Caller, ids: readonly string[]): Promise<JobRow[]> {
  const jobs = new Map((await readJobs(tx, caller.teamId)).map((job) => [job.id, job]));
  return [...new Set(ids)].sort().map((id) => {
    const job = jobs.get(id);
    if (job === undefined) throw notFound('job');
    if (job.origin === null)
      throw unprocessable('ids', `ids: ${job.name} was not imported from a crontab.`, 'Leave it out.');
    return job;
  });
}
