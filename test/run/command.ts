import { spawn } from 'node:child_process';
import path from 'node:path';

export interface CommandEnd {
  /** Exit code; 1 when a signal ended it. */
  readonly code: number;
  /** Standard output and error, interleaved as they came. */
  readonly output: string;
}

/** Folder of the repository. */
export const ROOT = path.dirname(path.dirname(import.meta.dirname));

export interface CommandOptions {
  /** Called with each whole line as it comes. */
  readonly onLine?: (line: string) => void;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a tool of node_modules, given as its script and arguments, under the Node that runs us. */
export function runTool(script: string, args: readonly string[], options: CommandOptions = {}): Promise<CommandEnd> {
  return run(process.execPath, [path.join(ROOT, 'node_modules', script), ...args], options);
}

/** Runs a command in the repository's folder. What ends us ends it. */
export function run(command: string, args: readonly string[], options: CommandOptions = {}): Promise<CommandEnd> {
  const child = spawn(command, args, {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', ...options.env },
  });
  const pass = (signal: NodeJS.Signals): boolean => child.kill(signal);
  process.on('SIGTERM', pass);
  let output = '';
  let unfinished = '';
  const take = (chunk: string): void => {
    output += chunk;
    const lines = (unfinished + chunk).split('\n');
    unfinished = lines.pop() ?? '';
    for (const line of lines) options.onLine?.(line);
  };
  child.stdout.setEncoding('utf8').on('data', take);
  child.stderr.setEncoding('utf8').on('data', take);
  return new Promise((resolve) => {
    const end = (code: number): void => {
      process.off('SIGTERM', pass);
      resolve({ code, output });
    };
    child.once('error', (error) => {
      take(`${error.message}\n`);
      end(1);
    });
    child.once('close', (code) => end(code ?? 1));
  });
}
