import { HTTPException } from 'hono/http-exception';
import { z } from 'zod';
import { sqlState } from '../db/database.ts';
import { Problem, suggest } from '../problem.ts';

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Sign in first',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  410: 'Gone',
  413: 'Too large',
  415: 'Unsupported media type',
  422: 'Not valid',
  423: 'Locked',
  429: 'Too many requests',
  502: 'Downstream failed',
  503: 'Not ready',
};

/** Makes the problem document (RFC 9457) of an error. What is not a refusal is a defect: 500 without its inner words. */
export function problemResponse(error: unknown, requestId: string): Response {
  const problem = asProblem(error);
  const { status, code, field, hint, extra } = problem;
  const body = {
    type: `about:blank#${code}`,
    title: TITLES[status] ?? 'Something went wrong here',
    status,
    code,
    detail: problem.message,
    ...(field === undefined ? {} : { field }),
    ...(hint === undefined ? {} : { hint }),
    ...extra,
    request_id: requestId,
  };
  const headers: Record<string, string> = { 'content-type': 'application/problem+json' };
  if (typeof extra['retry_after'] === 'number') headers['retry-after'] = String(extra['retry_after']);
  if (Array.isArray(extra['allow'])) headers['allow'] = extra['allow'].join(', ');
  return Response.json(body, { status, headers });
}

export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof HTTPException)
    return new Problem(error.status, 'refused', error.message || TITLES[error.status] || 'Refused.');
  if (isDatabaseAway(error)) {
    return new Problem(503, 'database_away', 'The database does not answer at the moment.', {
      hint: 'Try again in a few seconds.',
      cause: error,
    });
  }
  if (error instanceof Error && BUSY.has(sqlState(error) ?? '')) {
    return new Problem(503, 'database_busy', 'The database is too busy at the moment.', {
      hint: 'Try again in a few seconds.',
      cause: error,
    });
  }
  return new Problem(
    500,
    'internal',
    'Something went wrong inside Almanac. The log has the details under this request id.',
    { cause: error },
  );
}

/** Names the first field that is wrong and how to mend it. */
export function unfit(error: z.ZodError, schema: z.ZodType, where: string): Problem {
  // A mistyped name explains why the right one is missing.
  const issue = error.issues.find(({ code }) => code === 'unrecognized_keys') ?? error.issues[0];
  if (issue === undefined) return new Problem(422, 'invalid', `The ${where} is not valid.`);
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? '';
    const field = [...issue.path, key].join('.');
    const nearest = suggest(key, keysAt(schema, issue.path));
    return new Problem(422, 'unknown_field', `There is no field ${field}.`, {
      field,
      ...(nearest ? { hint: `Did you mean ${nearest}?` } : {}),
    });
  }
  const deeper = inmost(issue);
  const field = deeper.path.join('.') || where;
  return new Problem(422, 'invalid', `${field}: ${deeper.message}`, { field });
}

type Issue = z.core.$ZodIssue;

/** What is really wrong: of a union the alternative that was understood furthest, of a refused key why it is refused. */
function inmost(issue: Issue): Pick<Issue, 'path' | 'message'> {
  if (issue.code === 'invalid_key') return { path: issue.path, message: issue.issues[0]?.message ?? issue.message };
  if (issue.code !== 'invalid_union') return issue;
  const [alternative] = [...issue.errors].sort((a, b) => a.length - b.length);
  const inner = alternative?.[0];
  return inner === undefined ? issue : { path: [...issue.path, ...inner.path], message: inner.message };
}

/** Keys that an object schema knows at a path; unions give the keys of all alternatives. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault) {
    return keysAt(schema.unwrap() as z.ZodType, path);
  }
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => keysAt(option as z.ZodType, path));
  if (schema instanceof z.ZodArray) return keysAt(schema.element as z.ZodType, path.slice(1));
  if (!(schema instanceof z.ZodObject)) return [];
  const [first, ...rest] = path;
  if (first === undefined) return Object.keys(schema.shape);
  const inner = schema.shape[String(first)] as z.ZodType | undefined;
  return inner === undefined ? [] : keysAt(inner, rest);
}

/** Shutting down, crashed, starting, connection lost, no connection left. */
const AWAY = new Set(['57P01', '57P02', '57P03', '08006', '08003', '53300', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE']);
/** A statement or a lock took too long, or a deadlock came again and again. */
const BUSY = new Set(['57014', '55P03', '40P01', '40001']);

function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (AWAY.has(sqlState(error) ?? '')) return true;
  // The socket of the embedded server is a file.
  if ('syscall' in error && error.syscall === 'connect') return true;
  return /Connection terminated|timeout exceeded when trying to connect/.test(error.message);
}
