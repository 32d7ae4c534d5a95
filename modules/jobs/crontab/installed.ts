// Reading crontabs where they are, and writing them back: never over a change that nobody has seen, never without a copy.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Problem } from '#kernel';
import { accountExists } from '../account.ts';
import { findUserColumn } from './parse.ts';

/** Where a crontab is; `user` left out = of the account that runs this. */
export type CrontabPlace =
  | { readonly kind: 'user'; readonly user?: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'stdin' };

export interface InstalledCrontab {
  readonly place: CrontabPlace;
  /** The place in words: "the crontab of bob", "/etc/crontab". */
  readonly label: string;
  readonly text: string;
  /** Of the text, to notice a change before writing. */
  readonly hash: string;
  /** It has a user column; absent where neither the place nor the text tells. */
  readonly system?: boolean;
  /** Whose crontab it is, where that is known. */
  readonly user?: string;
}

/** Throws Problem `no_crontab`, `unknown_account`, `not_permitted`, `no_cron`, `crontab_failed` or `unreadable`. */
export async function readInstalled(place: CrontabPlace): Promise<InstalledCrontab> {
  const text = await readText(place);
  const user = place.kind === 'user' ? (place.user ?? os.userInfo().username) : undefined;
  const system = hasUserColumn(place, text);
  return {
    place,
    label: labelOf(place),
    text,
    hash: hashOf(text),
    ...(system === undefined ? {} : { system }),
    ...(user === undefined ? {} : { user }),
  };
}

/**
 * Replaces a crontab after laying a copy of it into the folder of backups.
 * @param seen what was read for the preview; if the crontab changed since, Problem `changed_since` and nothing is written
 * @param now epoch milliseconds, for the name of the copy
 * @returns the file with the copy
 */
export async function writeInstalled(
  seen: InstalledCrontab,
  text: string,
  backups: string,
  now: number,
): Promise<string> {
  const { place, label } = seen;
  if (place.kind === 'stdin') {
    throw new Problem(422, 'not_writable', 'A crontab from standard input cannot be written back.', {
      hint: 'Name a file, or a user with --user.',
    });
  }
  const current = await readText(place);
  if (hashOf(current) !== seen.hash) {
    throw new Problem(409, 'changed_since', `${capital(label)} has changed since the preview; nothing was written.`, {
      hint: 'Look at the preview again.',
    });
  }
  const backup = saveCopy(current, path.join(backups, backupName(place, now)));
  if (place.kind === 'file') replaceFile(place.path, text);
  else await crontab([...userArguments(place), '-'], label, text);
  if ((await readText(place)) !== text) {
    throw new Problem(500, 'not_written', `${capital(label)} does not hold what was written.`, {
      hint: `The former text is in ${backup}.`,
    });
  }
  return backup;
}

/** Whether a word is an account and cannot be meant as a program: the first word of `git gc` may be either. */
export function isAccountAlone(word: string): boolean {
  const folders = ['/usr/local/bin', '/usr/bin', '/bin', '/usr/sbin', '/sbin'];
  return !folders.some((folder) => fs.existsSync(path.join(folder, word))) && accountExists(word);
}

/** A name of a text, equal only for equal texts. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

async function readText(place: CrontabPlace): Promise<string> {
  try {
    if (place.kind === 'stdin') return fs.readFileSync(0, 'utf8');
    if (place.kind === 'file') return fs.readFileSync(place.path, 'utf8');
  } catch (error) {
    throw new Problem(422, 'unreadable', `${capital(labelOf(place))} cannot be read: ${(error as Error).message}.`, {
      cause: error,
    });
  }
  return await crontab([...userArguments(place), '-l'], labelOf(place));
}

function labelOf(place: CrontabPlace): string {
  if (place.kind === 'stdin') return 'standard input';
  return place.kind === 'file' ? place.path : `the crontab of ${place.user ?? os.userInfo().username}`;
}

function hasUserColumn(place: CrontabPlace, text: string): boolean | undefined {
  const file = place.kind === 'file' ? path.resolve(place.path) : '';
  if (place.kind === 'user' || file.startsWith('/var/spool/cron/')) return false;
  if (/^\/etc\/(crontab$|cron\.d\/)/.test(file)) return true;
  return findUserColumn(text, isAccountAlone) === 'plain' ? true : undefined;
}

/** One's own crontab is asked for without a name: naming anybody is for root alone. */
function userArguments({ user }: { readonly user?: string }): string[] {
  return user === undefined || user === os.userInfo().username ? [] : ['-u', user];
}

async function crontab(args: readonly string[], label: string, input = ''): Promise<string> {
  const { status, output, complaint } = await runCrontab(args, input);
  if (status === 0) return output;
  const said = complaint
    .trim()
    .replaceAll(/\s*\n\s*/g, '; ')
    .replace(/\.$/, '');
  if (/^no crontab for/m.test(complaint)) {
    throw new Problem(404, 'no_crontab', `There is nothing to import: ${label} does not exist.`);
  }
  if (/unknown|unable to determine/i.test(complaint)) {
    throw new Problem(
      404,
      'unknown_account',
      `This machine has no such account, so there is no ${label.replace(/^the /, '')}.`,
      { field: 'user' },
    );
  }
  if (/privileged|not allowed/i.test(complaint)) {
    const detail = `${capital(label)} may not be used by ${os.userInfo().username}: ${said}.`;
    throw new Problem(403, 'not_permitted', detail, { hint: 'Run this as root, or as that user.' });
  }
  throw new Problem(
    422,
    'crontab_failed',
    `${capital(label)} was refused by cron: ${said || `crontab ended with ${status}`}.`,
  );
}

async function runCrontab(
  args: readonly string[],
  input: string,
): Promise<{ status: number | null; output: string; complaint: string }> {
  return await new Promise((resolve, reject) => {
    const child = spawn('crontab', args, { env: { ...process.env, LC_ALL: 'C' } });
    let output = '';
    let complaint = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
    child.once('error', (cause) =>
      reject(
        new Problem(422, 'no_cron', 'The program crontab was not found on this machine.', {
          hint: 'Import from a file, such as /etc/crontab, or from standard input.',
          cause,
        }),
      ),
    );
    child.once('close', (status) => resolve({ status, output, complaint }));
    child.stdin.on('error', () => {}); // it ended before reading: its status tells
    child.stdin.end(input);
  });
}

/** Only for root and the one who made it: a crontab may hold passwords. */
function saveCopy(text: string, wanted: string): string {
  fs.mkdirSync(path.dirname(wanted), { recursive: true, mode: 0o700 });
  for (let n = 1; ; n++) {
    const file = n === 1 ? wanted : `${wanted}-${n}`;
    try {
      fs.writeFileSync(file, text, { mode: 0o600, flag: 'wx', flush: true });
      return file;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

function backupName(place: CrontabPlace, now: number): string {
  const name =
    place.kind === 'file'
      ? path
          .resolve(place.path)
          .replaceAll(/[^\w.-]+/g, '_')
          .replace(/^_/, '')
      : place.kind === 'user'
        ? (place.user ?? os.userInfo().username)
        : 'text';
  const stamp = Temporal.Instant.fromEpochMilliseconds(now)
    .toString({ smallestUnit: 'second' })
    .replaceAll(/[-:]/g, '');
  return `crontab-${name}-${stamp}`;
}

/** Whole or not at all, with owner and rights as before: cron passes over files that belong to others. */
function replaceFile(link: string, text: string): void {
  const file = fs.realpathSync(link);
  const { mode, uid, gid } = fs.statSync(file);
  // Cron reads no file in /etc/cron.d whose name has a dot.
  const unfinished = path.join(path.dirname(file), `.${path.basename(file)}.almanac`);
  try {
    fs.writeFileSync(unfinished, text, { mode: 0o600, flush: true });
    fs.chownSync(unfinished, uid, gid);
    fs.chmodSync(unfinished, mode & 0o7777);
    fs.renameSync(unfinished, file);
  } catch (error) {
    fs.rmSync(unfinished, { force: true });
    throw new Problem(403, 'not_permitted', `${link} cannot be written: ${(error as Error).message}.`, {
      hint: 'Run this as the owner of the file, or import without taking over.',
      cause: error,
    });
  }
}

function capital(text: string): string {
  return text.replace(/^./, (first) => first.toUpperCase());
}
