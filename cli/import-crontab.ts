import {
  announceImport,
  bringBack,
  commentOut,
  type CrontabPlace,
  type ImportMode,
  type InstalledCrontab,
  isReadByCron,
  readCrontab,
  takenOverLines,
} from '../modules/jobs/cli.ts';
import { SystemClock } from '../kernel/clock.ts';
import { defaultHome, loadConfig } from '../kernel/config.ts';
import { Problem } from '../kernel/problem.ts';
import { type Client, openClient } from './client.ts';
import { confirm, type Preview, showPreview } from './crontab-preview.ts';
import { printJson, printLine, remark } from './output.ts';

export interface ImportOptions {
  readonly user?: string;
  readonly system?: true;
  readonly zone?: string;
  readonly observe?: true;
  readonly takeOver?: true;
  readonly giveBack?: true;
  readonly preview?: true;
  readonly yes?: true;
  readonly json?: true;
}

interface Imported {
  readonly line: number;
  readonly id: string;
  readonly name: string;
  /** False: an earlier import made it. */
  readonly made: boolean;
}

interface Report {
  readonly imported: readonly Imported[];
  readonly left: readonly { readonly line: number; readonly reason: string }[];
}

/** Shows what a crontab would become, asks, makes the jobs, and takes the lines out of cron's hands. */
export async function importCrontab(file: string | undefined, options: ImportOptions): Promise<void> {
  const mode = modeOf(options);
  const seen = await readCrontab(placeOf(file, options.user));
  if (options.giveBack) return giveBackLines(seen, options);
  const client = openClient();
  const source = sourceOf(seen, options);
  const preview = await client.post<Preview>('/cron/import/crontab/preview', source);
  if (options.preview && options.json) return printJson(preview);
  if (!options.json) {
    printLine(`${seen.label}, times in ${source.zone}:\n`);
    showPreview(preview);
  }
  const lines = linesFor(mode, preview);
  const waiting = mode === 'observe' ? [] : jobIdsOf(preview.taken_over.filter((line) => line.waiting));
  if (options.preview) return;
  if (lines.length + waiting.length === 0) {
    if (options.json) printJson({ imported: [], left: leftOf(mode, preview) });
    else printLine('\nNothing to import.');
    return;
  }
  const written = mode === 'take_over' && (isReadByCron(seen) || options.takeOver === true);
  if (!options.json && lines.length > 0) printLine(`\n${announceImport(mode, lines.length, seen, written)}`);
  if (!options.json && waiting.length > 0) printLine(`\n${announceWaiting(waiting.length)}`);
  if (isElsewhere(client)) remark(`Note: the commands will run on the machine of ${client.url}, not on this one.`);
  if (!(await isConfirmed(options, 'Import?'))) return remark('Nothing was imported.');

  const report = await bringOver(client, source, written ? 'prepare' : mode, lines, preview);
  const backup = written && lines.length > 0 ? await takeLinesOut(client, seen, report) : undefined;
  const still = [...waiting, ...(written ? jobIdsOf(report.imported) : [])];
  if (still.length > 0) await enableJobs(client, still);
  if (options.json) {
    const finished = waiting.length === 0 ? {} : { finished: waiting };
    return printJson({ ...report, mode, ...finished, ...(backup === undefined ? {} : { backup }) });
  }
  const made = report.imported.filter((job) => job.made).length;
  const known = report.imported.length - made + waiting.length;
  if (made > 0) printLine(made === 1 ? 'Imported 1 job.' : `Imported ${made} jobs.`);
  if (known > 0) printLine(`Enabled ${known === 1 ? '1 job' : `${known} jobs`} of an earlier import.`);
  if (backup !== undefined) {
    printLine(`The crontab as it was: ${backup}`);
    printLine(`To give the lines back to cron: almanac import crontab --give-back ${wordsOf(seen.place, options)}`);
  }
}

/** A job that is there already is taken over, but not observed again. */
function linesFor(mode: ImportMode, { items }: Preview): number[] {
  const wanted = items.filter(({ importable, job_id: job }) => importable && (mode !== 'observe' || job === undefined));
  return wanted.map(({ line }) => line);
}

function jobIdsOf(lines: readonly { readonly id?: string; readonly job_id?: string }[]): string[] {
  return lines.flatMap(({ id, job_id: job = id }) => (job === undefined ? [] : [job]));
}

function announceWaiting(count: number): string {
  return count === 1
    ? '1 line is commented out already, but nobody runs it: its job is enabled.'
    : `${count} lines are commented out already, but nobody runs them: their jobs are enabled.`;
}

async function bringOver(
  client: Client,
  source: Source,
  mode: ImportMode | 'prepare',
  lines: readonly number[],
  preview: Preview,
): Promise<Report> {
  if (lines.length === 0) return { imported: [], left: leftOf('take_over', preview) };
  return await client.post<Report>('/cron/import/crontab', { ...source, mode, lines });
}

/** Only when their lines are out: at no instant do cron and Almanac both run one. */
async function enableJobs(client: Client, ids: readonly string[]): Promise<void> {
  try {
    await client.post('/cron/import/crontab/take-over', { ids });
  } catch (error) {
    remark('The lines are commented out, but their jobs are not known to be enabled: repeat this command to finish.');
    throw error;
  }
}

function modeOf({ observe, takeOver }: ImportOptions): ImportMode {
  if (observe && takeOver) throw misused('--observe and --take-over exclude each other.', 'Leave one of them out.');
  return observe ? 'observe' : 'take_over';
}

function placeOf(file: string | undefined, user: string | undefined): CrontabPlace {
  if (file !== undefined && user !== undefined)
    throw misused('A file and --user exclude each other.', 'Leave one out.');
  if (user !== undefined) return { kind: 'user', user };
  if (file === undefined) throw misused('Which crontab?', 'Name a file, - for standard input, or --user NAME.');
  return file === '-' ? { kind: 'stdin' } : { kind: 'file', path: file };
}

function misused(detail: string, hint: string): Problem {
  return new Problem(422, 'invalid_argument', detail, { hint });
}

interface Source {
  readonly text: string;
  readonly zone: string;
  readonly user?: string;
  /** False: surely not; absent: the server looks whether it may be meant. */
  readonly system?: boolean;
}

function sourceOf({ text, user, system }: InstalledCrontab, options: ImportOptions): Source {
  // Cron reads the clock of the machine, whatever zone the team lives in.
  const zone = options.zone ?? new Intl.DateTimeFormat().resolvedOptions().timeZone;
  return {
    text,
    zone,
    ...(user === undefined ? {} : { user }),
    ...(options.system ? { system: true } : system === undefined ? {} : { system }),
  };
}

function leftOf(mode: ImportMode, { items }: Preview): Report['left'] {
  const left = items.filter(({ importable }) => !importable || mode === 'observe');
  return left.map(({ line, name, reason = `Imported already as ${name}.` }) => ({ line, reason }));
}

async function isConfirmed({ yes, json }: ImportOptions, question: string): Promise<boolean> {
  if (yes) return true;
  if (!process.stdin.isTTY || json) {
    throw new Problem(422, 'not_confirmed', 'Nobody is there to confirm this.', {
      hint: 'Look at it, then say --yes.',
    });
  }
  return confirm(question);
}

/** Where the lines cannot be taken out, the new jobs are taken back; all of them are disabled, so nothing runs twice. */
async function takeLinesOut(client: Client, seen: InstalledCrontab, { imported }: Report): Promise<string> {
  try {
    return await commentOut(
      seen,
      imported.map(({ line }) => line),
      homeHere(),
      new SystemClock().now(),
    );
  } catch (error) {
    const stuck: string[] = [];
    for (const { id, name, made } of imported)
      if (made) await client.delete(`/cron/jobs/${id}`).catch(() => stuck.push(name));
    if (stuck.length > 0)
      remark(`These jobs are left, disabled, because they could not be deleted: ${stuck.join(', ')}`);
    else remark('The jobs were taken back: nothing has changed.');
    throw error;
  }
}

interface GivenBack {
  readonly id: string;
  readonly name: string;
  /** Its state before. */
  readonly was: string;
}

/** The way back: the jobs of the lines are disabled, then cron gets the lines again. */
async function giveBackLines(seen: InstalledCrontab, options: ImportOptions): Promise<void> {
  const lines = takenOverLines(seen);
  if (lines.length === 0) {
    if (options.json) printJson({ given_back: [], disabled: [] });
    else printLine(`No line of ${seen.label} was taken over.`);
    return;
  }
  if (!options.json)
    printLine(
      `${lines.length === 1 ? '1 line' : `${lines.length} lines`} of ${seen.label} go back to cron; their jobs are disabled.`,
    );
  if (!(await isConfirmed(options, 'Give back?'))) return remark('Nothing was changed.');
  const jobs = await disableJobs(sourceOf(seen, options));
  const backup = await bringLinesBack(seen, jobs);
  const disabled = jobs.map(({ name }) => name);
  if (options.json) return printJson({ given_back: lines, disabled, backup });
  printLine(`Cron runs them again. Disabled: ${disabled.join(', ') || 'no job'}. The crontab as it was: ${backup}`);
}

/** Whoever leaves must get their lines back also when the server is gone. */
async function disableJobs(source: Source): Promise<readonly GivenBack[]> {
  try {
    const client = openClient();
    const { taken_over: taken } = await client.post<Preview>('/cron/import/crontab/preview', source);
    for (const { line } of taken.filter(({ job_id: job }) => job === undefined))
      remark(`No job was found for line ${line}: should there be one, disable it, or it runs twice.`);
    const ids = jobIdsOf(taken);
    if (ids.length === 0) return [];
    return (await client.post<{ disabled: readonly GivenBack[] }>('/cron/import/crontab/give-back', { ids })).disabled;
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'unreachable') throw error;
    remark('No server answers: should it be started again, delete the jobs of these lines, or they run twice.');
    return [];
  }
}

/** Where the lines cannot be brought back, the jobs go on: somebody must run them. */
async function bringLinesBack(seen: InstalledCrontab, jobs: readonly GivenBack[]): Promise<string> {
  try {
    return await bringBack(seen, homeHere(), new SystemClock().now());
  } catch (error) {
    // Nobody knows then what the crontab holds.
    if (error instanceof Problem && error.code === 'not_written') throw error;
    const ids = jobs.filter(({ was }) => was === 'enabled').map(({ id }) => id);
    if (ids.length > 0) {
      await openClient().post('/cron/import/crontab/take-over', { ids });
      remark('The lines could not be given back: their jobs are enabled again.');
    }
    const others = jobs.filter(({ was }) => was !== 'enabled');
    if (others.length > 0) remark(`Now disabled: ${others.map(({ name, was }) => `${name} (was ${was})`).join(', ')}.`);
    throw error;
  }
}

function homeHere(): string {
  return loadConfig({ environment: process.env, folder: process.cwd(), defaultHome: defaultHome() }).config.home;
}

function isElsewhere({ url }: Client): boolean {
  return !/^(localhost|127\.[\d.]+|\[::1\])$/.test(new URL(url).hostname);
}

function wordsOf(place: CrontabPlace, { system }: ImportOptions): string {
  if (place.kind === 'stdin') return '-';
  return place.kind === 'file' ? `${place.path}${system ? ' --system' : ''}` : `--user ${place.user ?? ''}`.trim();
}
