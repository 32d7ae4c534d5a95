// Carries out a run of an HTTP job.
import type { lookup } from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import { isIP } from 'node:net';
import type { EndReason, RunContext, RunOutput, RunResult } from '#engine';
import { type AddressGuard, AddressRefused, guardedLookup } from './address-guard.ts';
import type { HttpDefinition } from '../definition.ts';
import { answerText, type HttpAnswer, readAnswer } from './answer.ts';

export interface HttpMeans {
  readonly guard: AddressGuard;
  /** Resolves names; left out, as the system does. */
  readonly resolve?: typeof lookup;
}

/** More redirections than this are a circle. */
const mostHops = 5;

/** One request as it goes out. */
interface Call {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** Sends the request and judges the answer; what was sent and answered goes into the output. */
export async function runHttp(
  definition: HttpDefinition,
  run: RunContext,
  output: RunOutput,
  signal: AbortSignal,
  means: HttpMeans,
): Promise<RunResult> {
  const first = callOf(definition);
  try {
    return await follow(first, definition, output, signal, means);
  } catch (error) {
    const ended = signal.aborted ? resultOfEnding(signal.reason as EndReason, run) : undefined;
    const result = ended ?? { result: 'failed', error: explain(error, first.url) };
    output.write(`${result.error ?? ''}\n`);
    return result;
  }
}

async function follow(
  first: Call,
  { expect }: HttpDefinition,
  output: RunOutput,
  signal: AbortSignal,
  means: HttpMeans,
): Promise<RunResult> {
  let call = first;
  for (let hops = 0; ; hops++) {
    output.write(`${call.method} ${shown(call.url)}\n`);
    const answer = await send(call, signal, means);
    output.write(answerText(answer));
    const httpStatus = answer.status;
    if (isExpected(httpStatus, expect)) return { result: 'success', httpStatus };
    const target = redirection(answer, call.url);
    const obstacle = target === undefined ? undefined : obstacleTo(target, call.url, hops);
    if (target === undefined || obstacle !== undefined) {
      const error =
        obstacle ?? `It answered ${httpStatus} ${answer.reason}; expected ${(expect ?? ['2xx']).join(', ')}.`;
      return { result: 'failed', httpStatus, error };
    }
    call = redirected(call, target, httpStatus);
  }
}

async function send(call: Call, signal: AbortSignal, { guard, resolve }: HttpMeans): Promise<HttpAnswer> {
  const { url, method, headers, body } = call;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  // A name is judged when it is resolved; an address is never resolved.
  const refusal = isIP(host) === 0 ? undefined : guard.refuse(host, host);
  if (refusal !== undefined) throw new AddressRefused(refusal);
  const request = url.protocol === 'https:' ? https.request : http.request;
  return await new Promise((resolveAnswer, reject) => {
    const sent = request(url, { method, headers, signal, agent: false, lookup: guardedLookup(guard, resolve) });
    sent.once('error', reject);
    sent.once('response', (response) => readAnswer(response).then(resolveAnswer, reject));
    sent.end(body);
  });
}

function callOf({ method, url, headers = {}, body }: HttpDefinition): Call {
  const names = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  const usual: Record<string, string> = { 'user-agent': 'Almanac', accept: '*/*', 'accept-encoding': 'identity' };
  if (body !== undefined) usual['content-type'] = isJson(body) ? 'application/json' : 'text/plain; charset=utf-8';
  const added = Object.fromEntries(Object.entries(usual).filter(([name]) => !names.has(name)));
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  return { method, url: new URL(url), headers: { ...added, ...headers, ...length }, body };
}

function redirection({ status, headers }: HttpAnswer, url: URL): URL | undefined {
  const location = headers.find(([name]) => name.toLowerCase() === 'location')?.[1];
  if (location === undefined || ![301, 302, 303, 307, 308].includes(status)) return undefined;
  return URL.canParse(location, url.href) ? new URL(location, url) : undefined;
}

/** The headers of a job may hold secrets that are meant for its own host alone. */
function obstacleTo(target: URL, from: URL, hops: number): string | undefined {
  if (hops >= mostHops) return `It was redirected more than ${mostHops} times.`;
  if (target.host !== from.host)
    return `It was redirected to ${target.host}, another host; call ${shown(target)} itself if that is meant.`;
  if (from.protocol === 'https:' && target.protocol !== 'https:')
    return `It was redirected from https to ${shown(target)}, which is not encrypted.`;
  return undefined;
}

function redirected(call: Call, url: URL, status: number): Call {
  if (status === 307 || status === 308 || call.method === 'GET' || call.method === 'HEAD') return { ...call, url };
  const headers = Object.fromEntries(Object.entries(call.headers).filter(([name]) => !/^content-/i.test(name)));
  return { method: 'GET', url, headers, body: undefined };
}

function isExpected(status: number, expect: readonly string[] = ['2xx']): boolean {
  return expect.some((wanted) => (wanted.endsWith('xx') ? wanted[0] === String(status)[0] : wanted === String(status)));
}

function resultOfEnding(reason: EndReason, { startedAt, deadlineAt }: RunContext): RunResult {
  if (reason !== 'timeout') return { result: 'cancelled', error: 'Cancelled.' };
  return {
    result: 'failed',
    error: `There was no complete answer within ${Math.round((deadlineAt - startedAt) / 1000)} s.`,
  };
}

function explain(error: unknown, url: URL): string {
  if (error instanceof AddressRefused) return error.message;
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `The name ${url.hostname} could not be resolved (${code}).`;
  if (code === 'ECONNREFUSED') return `${url.host} refused the connection.`;
  if (code === 'ECONNRESET' || code === 'EPIPE') return `${url.host} broke the connection off.`;
  if (/^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/.test(code)) return `${url.host} could not be reached (${code}).`;
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code)) return `The certificate of ${url.host} is not trusted (${code}).`;
  return `The request to ${url.host} failed: ${message || code}.`;
}

/** Without a password. */
function shown(url: URL): string {
  const bare = new URL(url);
  if (bare.password !== '') bare.password = '***';
  return bare.href;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
