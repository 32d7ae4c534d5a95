import { z } from 'zod';
import type { Caller } from '../auth/caller.ts';
import type { Kernel } from '../kernel.ts';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** `public` needs nobody, `signed-in` anybody; everything else is a permission of a manifest. */
export type Access = 'public' | 'signed-in' | (string & {});

/** A request after its shape was checked. */
export interface Input<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly kernel: Kernel;
  readonly request: Request;
  /** Address of the other end of the connection. */
  readonly remote: string;
}

/** An answer that needs more than the declared status and a body. */
export class Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) {
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

/** A route as plain data; the HTTP app and the OpenAPI document are both made from it. */
export interface Route {
  readonly method: Method;
  /** Below `/api/v1`, or from the root when it begins with `//`; parameters in braces. */
  readonly path: string;
  readonly access: Access;
  readonly summary: string;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** Status of success. */
  readonly status: number;
  /** Shape of the answer; absent for streams and empty answers. */
  readonly answer?: z.ZodType;
  readonly handle: (input: Input<never, never, never> & { readonly caller: Caller }) => unknown;
}

/** Whether a route answers Server-Sent Events: by convention those whose path ends so. */
export function isStream({ path, answer }: Pick<Route, 'path' | 'answer'>): boolean {
  return answer === undefined && path.endsWith('/stream');
}

interface Declared<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, A extends z.ZodType> {
  method: Method;
  path: string;
  summary: string;
  params?: P;
  query?: Q;
  body?: B;
  status?: number;
  answer?: A;
}

type Out<T> = T extends z.ZodType ? z.output<T> : undefined;
type Answer<A> = A extends z.ZodType ? z.input<A> | Reply | Response : Response | Reply | void;

/** A route for callers with a permission. */
export function defineRoute<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, A extends z.ZodType>(
  access: Exclude<Access, 'public'>,
  declared: Declared<P, Q, B, A>,
  handle: (input: Input<Out<P>, Out<Q>, Out<B>> & { readonly caller: Caller }) => Promise<Answer<A>> | Answer<A>,
): Route {
  return { status: 200, ...refusingStrangers(declared), access, handle };
}

/** A route that nobody has to sign in for. */
export function definePublicRoute<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, A extends z.ZodType>(
  declared: Declared<P, Q, B, A>,
  handle: (input: Input<Out<P>, Out<Q>, Out<B>>) => Promise<Answer<A>> | Answer<A>,
): Route {
  return { status: 200, ...refusingStrangers(declared), access: 'public', handle };
}

/** Unknown fields are refused everywhere, also where a shape forgot to say so. */
function refusingStrangers<D extends { query?: z.ZodType; body?: z.ZodType }>(declared: D): D {
  const { query, body } = declared;
  return { ...declared, ...(query ? { query: strict(query) } : {}), ...(body ? { body: strict(body) } : {}) };
}

function strict(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodObject && schema.def.catchall === undefined ? schema.strict() : schema;
}
