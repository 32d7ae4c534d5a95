import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** What `embedded-process.ts` tells. */
export interface Told {
  readonly event: 'ready' | 'refused' | 'restarted' | 'stopped';
  readonly host: string;
  readonly pid: number;
  readonly adopted: boolean;
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

export interface OtherProcess {
  readonly child: ChildProcess;
  readonly pid: number;
  /** The next thing it tells. */
  next(): Promise<Told>;
  /** Settles when it is gone. */
  readonly gone: Promise<unknown>;
}

export interface OtherProcessOptions {
  /** A command in front of Node, such as one that takes privileges away. */
  readonly through?: readonly string[];
  /** Options for Node. */
  readonly node?: readonly string[];
  /** The script, where it is not this repository's own. */
  readonly script?: string;
}

/** Starts another process that owns, or wants to own, the home. It leads a process group of its own. */
export function startOtherProcess(home: string, options: OtherProcessOptions = {}): OtherProcess {
  const script = options.script ?? path.join(import.meta.dirname, 'embedded-process.ts');
  const line = [...(options.through ?? []), process.execPath, ...(options.node ?? []), script, home];
  const child = spawn(line[0] ?? '', line.slice(1), { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    child,
    pid: child.pid ?? 0,
    async next() {
      const line = await lines.next();
      if (line.done === true) throw new Error('the other process ended without a word');
      return JSON.parse(line.value) as Told;
    },
    gone: once(child, 'exit'),
  };
}
