import { closest, distance } from 'fastest-levenshtein';

export interface ProblemDetails {
  /** The input field that is wrong, as a dotted path. */
  readonly field?: string;
  /** What the person can do about it, one sentence. */
  readonly hint?: string;
  /** Further public members of the problem document, such as the id of the run that is already going on. */
  readonly extra?: Readonly<Record<string, unknown>>;
  /** Private: goes to the log, never to the caller. */
  readonly cause?: unknown;
}

/** A refusal with a stable code and a sentence for people; over HTTP it becomes `application/problem+json`. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly field: string | undefined;
  readonly hint: string | undefined;
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(status: number, code: string, detail: string, details: ProblemDetails = {}) {
    super(detail, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'Problem';
    this.status = status;
    this.code = code;
    this.field = details.field;
    this.hint = details.hint;
    this.extra = details.extra ?? {};
  }
}

/** 404, also for what belongs to another team: the answer must not tell that it exists. */
export function notFound(what: string): Problem {
  return new Problem(404, 'not_found', `There is no such ${what}.`);
}

/** 422 that names the field and the mend. */
export function unprocessable(field: string, detail: string, hint?: string): Problem {
  return new Problem(422, 'invalid', detail, { field, ...(hint === undefined ? {} : { hint }) });
}

/** The known word nearest to a mistyped one, if it is near enough to be worth saying. */
export function suggest(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const nearest = closest(word, known);
  return distance(word, nearest) <= Math.max(2, Math.floor(word.length / 3)) ? nearest : undefined;
}
