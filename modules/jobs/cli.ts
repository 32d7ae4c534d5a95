// What the command line does with the crontabs of its machine; the jobs themselves are made by the server.
import path from 'node:path';
import { type CrontabPlace, type InstalledCrontab, readInstalled, writeInstalled } from './crontab/installed.ts';
import { announce, type ImportMode } from './crontab/modes.ts';
import { giveBack, takeOver, takeOverMark } from './crontab/take-over.ts';

export type { CrontabPlace, ImportMode, InstalledCrontab };

export function readCrontab(place: CrontabPlace): Promise<InstalledCrontab> {
  return readInstalled(place);
}

/** Whether cron itself reads this place, so that taking lines out of it ends their runs. */
export function isReadByCron({ place }: InstalledCrontab): boolean {
  if (place.kind === 'user') return true;
  return place.kind === 'file' && /^\/(etc\/(crontab$|cron\.d\/)|var\/spool\/cron\/)/.test(path.resolve(place.path));
}

/** What is about to happen to `count` lines, to be confirmed. */
export function announceImport(mode: ImportMode, count: number, seen: InstalledCrontab, written: boolean): string {
  return announce(mode, count, written || mode === 'observe' ? seen.label : undefined);
}

/**
 * Comments lines out. @returns the file with the copy of the text before
 * @throws Problem `changed_since` when the crontab is no longer what was seen
 */
export function commentOut(
  seen: InstalledCrontab,
  lines: readonly number[],
  home: string,
  now: number,
): Promise<string> {
  return writeInstalled(seen, takeOver(seen.text, lines), path.join(home, 'backups'), now);
}

/** The numbers of the lines that were taken over. */
export function takenOverLines({ text }: InstalledCrontab): readonly number[] {
  return text.split('\n').flatMap((line, index) => (line.startsWith(takeOverMark) ? [index + 1] : []));
}

/** Writes every line that was taken over as it was before. @returns the file with the copy of the text before */
export function bringBack(seen: InstalledCrontab, home: string, now: number): Promise<string> {
  return writeInstalled(seen, giveBack(seen.text), path.join(home, 'backups'), now);
}
