import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { CommandEnd } from './command.ts';

export interface Failure {
  readonly name: string;
  /** What went wrong, as the tool said it. */
  readonly text: string;
}

/** What one part of the run came to. */
export interface Outcome {
  readonly passed: number;
  readonly failures: readonly Failure[];
  readonly skipped?: number;
}

/** Lines of a failure that are shown; tools can be long-winded. */
const MOST_LINES = 40;

export function sumUp(outcomes: readonly Outcome[]): Outcome {
  return {
    passed: outcomes.reduce((sum, { passed }) => sum + passed, 0),
    failures: outcomes.flatMap(({ failures }) => failures),
    skipped: outcomes.reduce((sum, { skipped = 0 }) => sum + skipped, 0),
  };
}

/** The end of a run: each failure in the words of its tool, and as the last line `N passed, N failed`. */
export function report({ passed, failures, skipped = 0 }: Outcome): string {
  const told = failures.map(({ name, text }, i) => `\n${i + 1}) ${name}\n${indent(shorten(text))}\n`);
  const left = skipped > 0 ? [`\n${skipped} skipped`] : [];
  return [...told, ...left, `\n${passed} passed, ${failures.length} failed`].join('');
}

/** A run that saw nothing is no success. */
export function exitCodeOf({ passed, failures }: Outcome): number {
  return failures.length === 0 && passed > 0 ? 0 : 1;
}

/** Names the file in which a tool's reporter leaves its outcome. */
export const OUTCOME_FILE = 'TEST_OUTCOME_FILE';

/** Runs a tool whose reporter leaves an outcome. One that ends badly without telling why counts as a failure itself. */
export async function withOutcomeFile(
  name: string,
  act: (env: Readonly<Record<string, string>>) => Promise<CommandEnd>,
): Promise<Outcome> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'almanac-outcome-'));
  const file = path.join(folder, 'outcome.json');
  const { code, output } = await act({ [OUTCOME_FILE]: file });
  const outcome = readOutcome(file);
  rmSync(folder, { recursive: true, force: true });
  if (outcome && (code === 0 || outcome.failures.length > 0)) return outcome;
  const text = output.trim().split('\n').slice(-MOST_LINES).join('\n');
  const failure = { name: `${name} ended with ${code}`, text };
  return { passed: outcome?.passed ?? 0, failures: [failure], skipped: outcome?.skipped ?? 0 };
}

function readOutcome(file: string): Outcome | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Outcome;
  } catch {
    return undefined;
  }
}

/** How long something took, for a progress line. */
export function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

function shorten(text: string): string {
  const lines = stripVTControlCharacters(text).trim().split('\n');
  const own = lines.filter((line) => !/^\s+at .*(node_modules|node:internal)/.test(line));
  const rest = own.length - MOST_LINES;
  return rest > 0 ? [...own.slice(0, MOST_LINES), `… ${rest} more lines`].join('\n') : own.join('\n');
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '   ');
}
