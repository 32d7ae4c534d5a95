import createClient from 'openapi-fetch';
import type { paths } from './schema.d.ts';

export const api = createClient<paths>({ baseUrl: globalThis.location?.origin ?? '', credentials: 'same-origin' });

/** What the server answered instead of what was asked for (problem+json), or what the network did. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  /** HTTP status; 0 when the server was not reached. */
  readonly status: number;
  readonly code: string;
  readonly field: string | undefined;
  readonly hint: string | undefined;

  constructor(status: number, code: string, detail: string, field?: string, hint?: string) {
    super(detail);
    this.status = status;
    this.code = code;
    this.field = field;
    this.hint = hint;
  }
}

/** Resolves to the body of a 2xx answer; everything else is thrown as an ApiProblem. */
export async function read<Body>(answer: Promise<{ data?: Body; error?: unknown; response: Response }>): Promise<Body> {
  const { data, error, response } = await answer.catch((cause: unknown) => {
    throw new ApiProblem(
      0,
      'unreachable',
      cause instanceof DOMException ? cause.message : 'The server cannot be reached.',
    );
  });
  if (!response.ok) throw problemFrom(response, error);
  return data as Body;
}

/** What an answer that is not 2xx says, as far as it can be read. */
export function problemFrom(response: Response, body: unknown): ApiProblem {
  const said = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  const text = (key: string): string | undefined => (typeof said[key] === 'string' ? said[key] : undefined);
  const detail = text('detail') ?? text('message') ?? text('title') ?? `The server answered ${response.status}.`;
  return new ApiProblem(response.status, text('code') ?? 'unknown', detail, text('field'), text('hint'));
}
