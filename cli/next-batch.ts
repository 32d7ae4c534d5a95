// `almanac next --batch`: a line of JSON in, a line of JSON out, and no line ends the batch.
import { once } from 'node:events';
import { TimeError } from '#time/error.ts';
import type { Question } from './next-question.ts';
import { answer, Refused } from './next-question.ts';

/** What is told about a refused question. */
export interface RefusalReport {
  readonly code: string;
  readonly message: string;
  readonly field?: string;
  /** Where in the expression, counted from 0. */
  readonly position?: number;
  readonly hint?: string;
}

/** Answers every line of the input in order; empty lines are passed over. */
export async function answerBatch(
  input: AsyncIterable<Uint8Array | string>,
  output: NodeJS.WritableStream,
  now: number,
): Promise<void> {
  for await (const lines of linesOf(input)) {
    const answers = lines.filter((line) => line.trim() !== '').map((line) => `${answerLine(line, now)}\n`);
    if (answers.length > 0 && !output.write(answers.join(''))) await once(output, 'drain');
  }
}

/** The report of an error that refuses a question. Throws what is no refusal but a fault of ours. */
export function refusalReport(error: unknown): RefusalReport {
  if (error instanceof Refused) {
    const { code, message, field } = error;
    return { code, message, ...(field === undefined ? {} : { field }) };
  }
  if (!(error instanceof TimeError)) throw error;
  const { code, message, field, position, hint } = error;
  return {
    code,
    message,
    ...(field === undefined ? {} : { field: QUESTION_FIELDS.get(field) ?? field }),
    ...(position === undefined ? {} : { position }),
    ...(hint === undefined ? {} : { hint }),
  };
}

/** Parts of a recurrence whose key in a question has another name. */
const QUESTION_FIELDS: ReadonlyMap<string, string> = new Map([
  ['zone', 'tz'],
  ['every', 'expr'],
  ['times', 'expr'],
]);

/** The whole lines of each piece of the input. */
async function* linesOf(input: AsyncIterable<Uint8Array | string>): AsyncGenerator<string[]> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of input) {
    const lines = (rest + (typeof piece === 'string' ? piece : decoder.decode(piece, { stream: true }))).split('\n');
    rest = lines.pop() ?? '';
    yield lines;
  }
  yield [rest + decoder.decode()];
}

function answerLine(line: string, now: number): string {
  let id: unknown = null;
  try {
    const question = readQuestion(line);
    id = question.id ?? null;
    return JSON.stringify({ id, ...answer(question, now) });
  } catch (error) {
    return JSON.stringify({ id, error: refusalReport(error) });
  }
}

function readQuestion(line: string): Question & { readonly id?: unknown } {
  let question: unknown;
  try {
    question = JSON.parse(line);
  } catch {
    throw new Refused('bad_json', undefined, 'the line is not JSON');
  }
  if (typeof question === 'object' && question !== null && !Array.isArray(question)) return question;
  throw new Refused('bad_json', undefined, 'the line is not a JSON object');
}
