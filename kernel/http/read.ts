import type { HonoRequest } from 'hono';
import { z } from 'zod';
import { Problem, unprocessable } from '../problem.ts';
import { unfit } from './refuse.ts';
import type { Route } from './route.ts';

/** Deeper JSON is not read: no shape of ours needs it, and it exhausts the stack of whoever walks it. */
const DEEPEST = 50;

/** The parameters of a path. @throws Problem 404: a malformed id names nothing, like one that does not exist */
export function readParams(route: Route, given: Record<string, string>): unknown {
  if (route.params === undefined) return undefined;
  const found = route.params.safeParse(given);
  if (found.success) return found.data;
  const field = String(found.error.issues[0]?.path[0] ?? 'id');
  throw new Problem(404, 'not_found', `There is nothing with this ${field}.`);
}

/** What a route without a query or a body takes: nothing, and says so. */
const NOTHING = z.strictObject({});

/** @throws Problem 422 naming the field */
export function readQuery(route: Route, given: Record<string, string>, method: string): unknown {
  if (route.query !== undefined) return read(route.query, given, 'query');
  // Probes that ask for the headers alone put a random word behind the path, so that no cache answers.
  if (method !== 'HEAD') read(NOTHING, given, 'query');
  return undefined;
}

/** @throws Problem 415 when it is not JSON, 400 when it cannot be read, 422 naming the field that does not fit */
export async function readBody(route: Route, request: HonoRequest): Promise<unknown> {
  const text = await request.text();
  if (text !== '' && !/^application\/(?:[\w.]+\+)?json\b/i.test(request.header('content-type') ?? '')) {
    throw new Problem(415, 'not_json', 'The body must be JSON.', {
      hint: 'Send it with Content-Type: application/json.',
    });
  }
  const given = text === '' ? {} : parse(text);
  if (route.body !== undefined) return read(route.body, given, 'body');
  read(NOTHING, given, 'body');
  return undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'syntax error';
    throw new Problem(400, 'malformed', `The body is not readable as JSON: ${why}.`, { field: 'body', cause });
  }
}

function read(schema: z.ZodType, given: unknown, where: string): unknown {
  refuseUnstorable(given, where);
  const found = schema.safeParse(given);
  if (!found.success) throw unfit(found.error, schema, where);
  return found.data;
}

/** PostgreSQL keeps neither a NUL nor half of a surrogate pair. */
function refuseUnstorable(given: unknown, where: string): void {
  const left: { value: unknown; path: readonly string[] }[] = [{ value: given, path: [] }];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const { value, path } = next;
    const field = path.join('.') || where;
    if (typeof value === 'string' && !isStorable(value)) {
      throw unprocessable(field, `${field}: holds a character that is not text (NUL or half of a surrogate pair).`);
    }
    if (typeof value !== 'object' || value === null) continue;
    if (path.length >= DEEPEST)
      throw unprocessable(path[0] ?? where, `${path[0]}: is nested more than ${DEEPEST} deep.`);
    for (const [key, inner] of Object.entries(value)) {
      if (!isStorable(key)) throw unprocessable(field, `${field}: a key holds a character that is not text.`);
      left.push({ value: inner, path: [...path, key] });
    }
  }
}

function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}
