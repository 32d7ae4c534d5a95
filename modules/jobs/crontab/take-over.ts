// Taking lines of a crontab over: they are commented out under a mark, and the mark alone is what giving back takes away.

/** Stands before a line that Almanac carries out. */
export const takeOverMark = '#almanac: ';

/**
 * Comments lines out, so that cron and Almanac never both run them. Everything else, also spaces and line ends, stays
 * as it is; a line that is marked already is not marked again.
 * @param lines numbers counted from 1
 */
export function takeOver(text: string, lines: readonly number[]): string {
  return changeLines(text, lines, (line) => (line.startsWith(takeOverMark) ? line : takeOverMark + line));
}

/** The way back: gives exactly the text that was there before `takeOver`. Without numbers all marked lines come back. */
export function giveBack(text: string, lines?: readonly number[]): string {
  return changeLines(text, lines, (line) => (line.startsWith(takeOverMark) ? line.slice(takeOverMark.length) : line));
}

/** The original of a marked line, or undefined when the line is not marked. */
export function takenOverLine(line: string): string | undefined {
  return line.startsWith(takeOverMark) ? line.slice(takeOverMark.length) : undefined;
}

function changeLines(text: string, lines: readonly number[] | undefined, change: (line: string) => string): string {
  const wanted = lines === undefined ? undefined : new Set(lines);
  return text
    .split('\n')
    .map((line, index) => (wanted === undefined || wanted.has(index + 1) ? change(line) : line))
    .join('\n');
}
