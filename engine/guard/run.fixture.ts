// Runs of real commands for the tests of this folder: each in its own home, removed afterwards.
import * as fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { CommandSpec } from './command-spec.ts';
import { endGroup } from './end-group.ts';
import { startTimeOf } from './processes.ts';
import { readChildRecord } from './spool.ts';

/** A `<home>/spool` that goes away with the test, and with it whatever the test left running. */
export function makeSpoolRoot(): string {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'almanac-guard-'));
  const root = path.join(home, 'spool');
  fs.mkdirSync(root);
  onTestFinished(async () => {
    for (const name of fs.readdirSync(root)) {
      const child = readChildRecord(path.join(root, name));
      if (child === undefined) continue;
      await endGroup(child.pgid, 0);
      await eventually('the guard is gone', () => startTimeOf(child.guardPid) !== child.guardStartTime);
    }
    fs.rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  });
  return root;
}

/** A shell script as a run: `script` gets PATH and nothing else. */
export function makeSpec(script: string, changes: Partial<CommandSpec> = {}): CommandSpec {
  const runId = changes.runId ?? 'run-1';
  const spool = changes.spool ?? path.join(makeSpoolRoot(), runId);
  fs.mkdirSync(spool, { recursive: true });
  return {
    runId,
    argv: ['/bin/sh', '-c', script],
    cwd: '/tmp',
    env: { PATH: process.env['PATH'] ?? '' },
    graceMs: 300,
    spool,
    ...changes,
  };
}

/** Looks again and again until there is an answer; fails after 20 s. */
export async function eventually<T>(what: string, look: () => T | undefined | false | ''): Promise<T> {
  for (const until = performance.now() + 20_000; performance.now() < until; await wait(10)) {
    const seen = look();
    if (seen !== undefined && seen !== false && seen !== '') return seen;
  }
  throw new Error(`never happened: ${what}`);
}

/** The text of a file, empty while it is not there. */
export function contentOf(file: string): string {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
}
