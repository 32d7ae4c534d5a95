import { Problem } from '../kernel/problem.ts';

/** What the command line says by its exit code. */
export const EXIT = {
  ok: 0,
  /** Refused or failed; of `audit`: something was found. */
  refused: 1,
  /** The command line itself was not understood. */
  usage: 2,
  /** No server answers. */
  unreachable: 3,
} as const;

export const EXIT_HELP = `Exit codes: 0 done · 1 refused, failed or (audit) something found · 2 not understood · 3 no server answers`;

/** One line of JSON, for scripts. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** What is the answer. */
export function printLine(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** What is said about the answer; it is not in the way of a pipe. */
export function remark(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** A table for people; the last column is not padded. Control characters of foreign text stay out of the terminal. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const shown = rows.map((row) => row.map(harmless));
  const widths = head.map((title, column) => Math.max(title.length, ...shown.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells.map((cell, column) => (column === cells.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('  ');
  for (const row of [head.map((title) => title.toUpperCase()), ...shown]) printLine(line(row).trimEnd());
}

/** An instant of the wire on the wall clock of a zone, to the minute. */
export function wallClock(instant: string | null | undefined, zone: string): string {
  if (instant === null || instant === undefined) return '–';
  const local = Temporal.Instant.from(instant).toZonedDateTimeISO(zone).toPlainDateTime();
  return `${local.toPlainDate().toString()} ${local.toPlainTime().toString({ smallestUnit: 'minute' })}`;
}

/** Says what went wrong and how to mend it. @returns the exit code */
export function reportError(error: unknown): number {
  if (!(error instanceof Problem)) {
    remark(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return EXIT.refused;
  }
  remark(harmless(error.hint === undefined ? error.message : `${error.message} ${error.hint}`));
  return error.code === 'unreachable' ? EXIT.unreachable : EXIT.refused;
}

/** Text that may come from a server or a crontab, without what would move the cursor or colour the terminal. */
function harmless(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '�');
}
