import { defaultHome, loadConfig } from '../config.ts';
import { openLog } from '../log.ts';
import { Problem } from '../problem.ts';
import { readArguments, SERVE_HELP } from './arguments.ts';
import { type Almanac, serveAlmanac } from './serve.ts';

/** Serves until a signal says stop, then exits: 0 after a clean stop, 1 when it could not start or failed. */
export async function runProcess(args: readonly string[]): Promise<void> {
  survivePipes();
  const stopping = new AbortController();
  let exitCode = 0;
  const stop = (code: number): void => {
    exitCode ||= code;
    stopping.abort(STOPPED);
  };
  listenToSignals(stop);
  try {
    const { json, help, settings } = readArguments(args);
    if (help) {
      process.stdout.write(SERVE_HELP);
      process.exit(0);
    }
    const { config } = loadConfig({
      environment: process.env,
      options: settings,
      folder: process.cwd(),
      defaultHome: defaultHome(),
    });
    const log = openLog(config.log_level);
    process.on('uncaughtException', (error) => {
      log.fatal({ err: error }, 'stopping after a defect');
      stop(1);
    });
    const almanac = await serveAlmanac(config, log, stopping.signal, tell);
    announce(almanac, json);
    await aborted(stopping.signal);
    if (!json) tell('Stopping …');
    await almanac.stop();
  } catch (error) {
    if (error !== STOPPED) {
      tell(sentenceOf(error));
      exitCode = 1;
    }
  }
  process.exit(exitCode);
}

/** A refusal with its mend; of a defect also where it happened. */
export function sentenceOf(error: unknown): string {
  if (error instanceof Problem) return error.hint === undefined ? error.message : `${error.message} ${error.hint}`;
  if (!(error instanceof Error)) return String(error);
  return `Almanac could not go on: ${error.stack ?? error.message}`;
}

const STOPPED = new Error('asked to stop');

function announce({ url, firstRun, warning }: Almanac, json: boolean): void {
  if (warning !== undefined) tell(`Warning: ${warning}`);
  if (json) {
    process.stdout.write(
      `${JSON.stringify({ ready: true, url, ...(firstRun === undefined ? {} : { first_run: firstRun }) })}\n`,
    );
    return;
  }
  process.stdout.write(`Almanac serves ${url}\n`);
  if (firstRun !== undefined)
    process.stdout.write(`Make the owner account with this link, once, within a day:\n  ${firstRun}\n`);
  process.stdout.write('Ctrl-C stops it.\n');
}

/** What is not the answer goes to standard error. */
function tell(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
}

function listenToSignals(stop: (code: number) => void): void {
  let asked = false;
  process.on('SIGINT', () => {
    // Who presses Ctrl-C again does not want to wait; the database is adopted by the next start.
    if (asked) process.exit(130);
    asked = true;
    stop(0);
  });
  // The launcher repeats SIGTERM for as long as we are there.
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop(0));
}

/** A reader that has gone, or a closed terminal, must not end what runs. */
function survivePipes(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
