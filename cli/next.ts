// `almanac next`: when does it fire? For people, for scripts and for conformance runs.
import { Command, CommanderError } from 'commander';
import { isoLocal, zoneOf } from '#time/zone.ts';
import type { RefusalReport } from './next-batch.ts';
import { answerBatch, refusalReport } from './next-batch.ts';
import type { Answer, Question } from './next-question.ts';
import { answer, QUESTION_KEYS } from './next-question.ts';

export interface NextIo {
  readonly stdin: AsyncIterable<Uint8Array | string>;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  /** The present instant in epoch milliseconds, where a question without `--from` begins. */
  readonly now: () => number;
}

/** Answered; in a batch also when single lines were refused. */
const EXIT_OK = 0;
/** The expression, an option or the command line itself was refused. */
const EXIT_REFUSED = 2;

/** Carries out `almanac next` with the arguments behind the word `next`; returns the exit code, 0 or 2. */
export async function runNext(args: readonly string[], io: NextIo): Promise<number> {
  const command = nextCommand(io);
  try {
    command.parse([...args], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_REFUSED;
    throw error;
  }
  const options = command.opts<Options>();
  if (options.batch) {
    await answerBatch(io.stdin, io.stdout, io.now());
    return EXIT_OK;
  }
  return answerOne(questionOf(command.args[0], options), options.json === true, io);
}

interface Options extends Question {
  readonly batch?: true;
  readonly json?: true;
}

function nextCommand({ stdout, stderr }: NextIo): Command {
  return new Command('almanac next')
    .description('Show when a recurrence fires next. Exits with 0, or with 2 when the input is refused.')
    .argument('[expr]', 'a cron expression; a duration, times of day or an instant for the other kinds')
    .option('--tz <zone>', 'IANA zone, such as America/Chicago')
    .option('--kind <kind>', 'cron, every, daily or at', 'cron')
    .option('--dialect <dialect>', 'of cron: ocps, vixie or quartz')
    .option('--from <instant>', 'first instant that counts (default: strictly after now)')
    .option('--after <instant>', 'instants strictly after this one')
    .option('--until <instant>', 'first instant that no longer counts')
    .option('--count <n>', 'how many at most (default: 5 when there is no --until)', Number)
    .option('--at <instant>', 'only tell whether it fires at this instant')
    .option('--anchor <instant>', 'of every: where the first period begins (default: --from)')
    .option('--json', 'answer as one line of JSON')
    .option('--batch', 'answer a JSON object per line of standard input')
    .exitOverride()
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) });
}

function questionOf(expr: string | undefined, options: Options): Question {
  const given = QUESTION_KEYS.map((key) => [key, key === 'expr' ? expr : options[key]] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

function answerOne(question: Question, json: boolean, { stdout, stderr, now }: NextIo): number {
  try {
    const found = answer(question, now());
    stdout.write(json ? `${JSON.stringify(found)}\n` : readable(found, String(question.tz)));
    return EXIT_OK;
  } catch (error) {
    const report = refusalReport(error);
    if (json) stdout.write(`${JSON.stringify({ error: report })}\n`);
    else stderr.write(explained(report, question.expr));
    return EXIT_REFUSED;
  }
}

/** A line per instant: in UTC, and on the wall clock. */
function readable(found: Answer, tz: string): string {
  if ('fires' in found) return found.fires ? 'fires\n' : 'does not fire\n';
  if (found.instants.length === 0) return 'never\n';
  const zone = zoneOf(tz);
  return found.instants
    .map((text) => `${text}  ${isoLocal(zone, Temporal.Instant.from(text).epochMilliseconds)}\n`)
    .join('');
}

/** The message, under the expression with a mark at the place that is meant. */
function explained({ message, position }: RefusalReport, expr: unknown): string {
  const mark = typeof expr === 'string' && position !== undefined ? `  ${expr}\n  ${' '.repeat(position)}^\n` : '';
  return `${mark}${message}\n`;
}
