import {
  announceImport,
  bringBack,
  commentOut,
  type CrontabPlace,
  givenBack,
  type ImportMode,
  type InstalledCrontab,
  isReadByCron,
  readCrontab,
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

interface Report {
  readonly imported: readonly { readonly line: number; readonly id: string; readonly name: string }[];
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
  const lines = preview.items.filter(({ importable }) => importable).map(({ line }) => line);
  if (options.preview) return;
  if (lines.length === 0) {
    if (options.json) printJson({ imported: [], left: leftOf(preview) });
    else printLine('\nNothing to import.');
    return;
  }
  const written = mode === 'take_over' && (isReadByCron(seen) || options.takeOver === true);
  if (!options.json) printLine(`\n${announceImport(mode, lines.length, seen, written)}`);
  if (isElsewhere(client)) remark(`Note: the commands will run on the machine of ${client.url}, not on this one.`);
  if (!(await isConfirmed(options, 'Import?'))) return remark('Nothing was imported.');

  const report = await client.post<Report>('/cron/import/crontab', { ...source, mode, lines });
  const backup = written ? await takeLinesOut(client, seen, report) : undefined;
  if (options.json) return printJson({ ...report, mode, ...(backup === undefined ? {} : { backup }) });
  printLine(report.imported.length === 1 ? 'Imported 1 job.' : `Imported ${report.imported.length} jobs.`);
  if (backup !== undefined) {
    printLine(`The crontab as it was: ${backup}`);
    printLine(`To give the lines back to cron: almanac import crontab --give-back ${wordsOf(seen.place)}`);
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
  readonly system?: true;
}

function sourceOf({ text, user, system }: InstalledCrontab, options: ImportOptions): Source {
  // Cron reads the clock of the machine, whatever zone the team lives in.
  const zone = options.zone ?? new Intl.DateTimeFormat().resolvedOptions().timeZone;
  return {
    text,
    zone,
    ...(user === undefined ? {} : { user }),
    ...(system || options.system ? { system: true } : {}),
  };
}

function leftOf({ items }: Preview): Report['left'] {
  return items.map(({ line, reason = 'It cannot be imported.' }) => ({ line, reason }));
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

/** Where the lines cannot be taken out, the jobs are taken back: nothing may run twice. */
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
    for (const { id, name } of imported) await client.delete(`/cron/jobs/${id}`).catch(() => stuck.push(name));
    if (stuck.length > 0)
      remark(`These jobs could not be taken back; delete them, or they run twice: ${stuck.join(', ')}`);
    else remark('The jobs were taken back: nothing has changed.');
    throw error;
  }
}

interface Job {
  readonly id: string;
  readonly name: string;
}

/** The way back: the jobs of the lines are disabled, then cron gets the lines again. */
async function giveBackLines(seen: InstalledCrontab, options: ImportOptions): Promise<void> {
  const { text, lines } = givenBack(seen);
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
  const disabled = await disableJobs({ ...sourceOf(seen, options), text }, lines);
  const backup = await bringBack(seen, homeHere(), new SystemClock().now());
  if (options.json) return printJson({ given_back: lines, disabled, backup });
  printLine(`Cron runs them again. Disabled: ${disabled.join(', ') || 'no job'}. The crontab as it was: ${backup}`);
}

/** Whoever leaves must get their lines back also when the server is gone. */
async function disableJobs(source: Source, lines: readonly number[]): Promise<string[]> {
  try {
    const client = openClient();
    const { items } = await client.post<Preview>('/cron/import/crontab/preview', source);
    const given = items.filter(({ line }) => lines.includes(line));
    const names = new Set(given.map(({ reason = '' }) => /^Imported already as (.*)\.$/.exec(reason)?.[1]));
    const jobs = await client.get<{ items: readonly Job[] }>('/cron/jobs');
    const found = jobs.items.filter(({ name }) => names.has(name));
    for (const { id } of found)
      await client.post(`/cron/jobs/${id}/disable`, { reason: 'Given back: cron runs this line again.' });
    return found.map(({ name }) => name);
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'unreachable') throw error;
    remark('No server answers: should it be started again, delete the jobs of these lines, or they run twice.');
    return [];
  }
}

function homeHere(): string {
  return loadConfig({ environment: process.env, folder: process.cwd(), defaultHome: defaultHome() }).config.home;
}

function isElsewhere({ url }: Client): boolean {
  return !/^(localhost|127\.[\d.]+|\[::1\])$/.test(new URL(url).hostname);
}

function wordsOf(place: CrontabPlace): string {
  if (place.kind === 'stdin') return '-';
  return place.kind === 'file' ? place.path : `--user ${place.user ?? ''}`.trim();
}
