// Which comments of a crontab speak about the entries below them.
import { readSchedule } from './schedule.ts';

/** Comments longer than this head a file, not an entry. */
const longestBlock = 8;

/**
 * The text of a block of comment lines that stands directly above an entry, or undefined when it says nothing about it:
 * rulers, column headings, the introduction that `crontab -e` writes.
 * @param lines without the leading #
 * @returns `byTool` when a tool that writes crontabs left the name of the entry
 */
export function readComment(lines: readonly string[]): { readonly text: string; readonly byTool: boolean } | undefined {
  const heading = lines.findLastIndex(isColumnHeading);
  const about = lines.slice(heading + 1).map((line) => line.trim().replace(/^#+\s*/, ''));
  const telling = about.filter((line) => /[\p{L}\p{N}]/u.test(line) && !notes.test(line));
  const named = telling.find((line) => marker.test(line));
  if (named !== undefined) return { text: named.replace(marker, ''), byTool: true };
  return telling.length === 0 || telling.length > longestBlock
    ? undefined
    : { text: telling.join('\n'), byTool: false };
}

/** What tools put before the name of an entry. */
const marker = /^(?:(?:Ansible|Puppet Name|Chef Name):\s*|SALT_CRON_IDENTIFIER:\s*)/;
/** What tools write about the file. */
const notes = /^(?:HEADER:|(?:Begin|End) Whenever|Lines below here are managed by Salt|DO NOT EDIT)/;

function isColumnHeading(line: string): boolean {
  return (
    /^\W*m(in(ute)?s?)?\W+h(ours?|r)?\W+(dom|d(ay)?)\b/i.test(line) ||
    /^[\s|*.`'-]*(minute|hour|day of|month|day)\b.*\(/i.test(line) ||
    /^(\s*\*){5}/.test(line) ||
    /^[\s|]+$/.test(line)
  );
}

/** Whether a comment above a setting is about that setting, and not about the entry below it. */
export function speaksOfSetting(lines: readonly string[], name: string): boolean {
  const topic = topics.get(name) ?? new RegExp(`\\b${name}\\b`, 'i');
  return lines.some((line) => topic.test(line));
}

/** How people call the settings that most crontabs begin with. */
const topics: ReadonlyMap<string, RegExp> = new Map([
  ['MAILTO', /\b(e-?)?mail|\boutput\b/i],
  ['CRON_TZ', /\btime ?zones?\b|\bTZ\b/i],
  ['TZ', /\btime ?zones?\b/i],
]);

/** Whether a comment is an entry that somebody switched off. */
export function isSwitchedOff(text: string): boolean {
  if (!/^\s*(@\w+|[\d*]\S*(\s+\S+){4})\s+\S/.test(text)) return false;
  try {
    readSchedule(text);
    return true;
  } catch {
    return false;
  }
}
