import { printLine, printTable, remark, wallClock } from './output.ts';

/** What the server says would become of a crontab. */
export interface Preview {
  readonly items: readonly PreviewItem[];
  readonly taken_over: readonly TakenLine[];
  readonly notes: readonly { readonly line: number; readonly message: string }[];
}

/** A line that is commented out; with `waiting` its job is still to be enabled. */
export interface TakenLine {
  readonly line: number;
  readonly text: string;
  readonly job_id?: string;
  readonly waiting: boolean;
}

export interface PreviewItem {
  readonly line: number;
  readonly name: string;
  readonly words: string;
  readonly zone: string;
  readonly next: readonly string[];
  readonly command: string;
  readonly user?: string;
  /** Of an earlier import; with `importable`, taking the line over enables it. */
  readonly job_id?: string;
  readonly warnings: readonly string[];
  readonly importable: boolean;
  readonly reason?: string;
}

/** Longer commands are cut in the table; the import takes them whole. */
const WIDEST = 48;

/** A table of the lines, what to know about each, and what is left. */
export function showPreview({ items, taken_over: taken, notes }: Preview): void {
  const importable = items.filter((item) => item.importable);
  if (importable.length > 0) {
    printTable(
      ['line', 'name', 'schedule', 'next', 'zone', 'command'],
      importable.map(({ line, name, words, next, zone, command }) => [
        String(line),
        cut(name),
        words,
        wallClock(next[0], zone),
        zone,
        cut(command),
      ]),
    );
  }
  const left = items.filter((item) => !item.importable);
  section(
    'Not imported',
    left.map(({ line, reason = 'it cannot be imported' }) => `line ${line}: ${reason}`),
  );
  const warnings = importable.flatMap(({ line, warnings: said }) => said.map((warning) => `line ${line}: ${warning}`));
  section('Good to know', [...warnings, ...notes.map(({ line, message }) => `line ${line}: ${message}`)]);
  if (taken.length > 0)
    printLine(`\n${taken.length === 1 ? '1 line was' : `${taken.length} lines were`} taken over before.`);
  for (const { line } of taken.filter(({ waiting }) => waiting))
    printLine(`  line ${line}: nobody runs it, its job is still disabled: taking over enables the job.`);
  for (const { line } of taken.filter(({ job_id: job }) => job === undefined))
    printLine(`  line ${line}: nobody runs it, its job is there no more.`);
}

function section(title: string, lines: readonly string[]): void {
  if (lines.length === 0) return;
  printLine(`\n${title}:`);
  for (const line of lines) printLine(`  ${line}`);
}

function cut(text: string): string {
  return text.length <= WIDEST ? text : `${text.slice(0, WIDEST - 1)}…`;
}

/** Asks on the terminal; anything but yes is no. */
export async function confirm(question: string): Promise<boolean> {
  const { createInterface } = await import('node:readline/promises');
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await asking.question(`${question} [y/N] `)).trim());
  } catch {
    // Ctrl-C or the end of the input.
    remark('');
    return false;
  } finally {
    asking.close();
  }
}
