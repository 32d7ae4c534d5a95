// What came back from an HTTP call, as far as it is kept.
import type { IncomingMessage } from 'node:http';

export interface HttpAnswer {
  readonly status: number;
  readonly reason: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The beginning of the body. */
  readonly body: Uint8Array;
  /** There was more of it. */
  readonly cut: boolean;
}

/** Bytes of a body that are kept; the rest is not even read. */
const keptBytes = 64 * 1024;

/** Reads the beginning of the body. Rejects when the answer breaks off before that. */
export async function readAnswer(response: IncomingMessage): Promise<HttpAnswer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > keptBytes) break; // leaving the loop closes the connection
  }
  const body = Buffer.concat(chunks);
  return {
    status: response.statusCode ?? 0,
    reason: response.statusMessage ?? '',
    headers: pairs(response.rawHeaders),
    body: body.subarray(0, keptBytes),
    cut: body.length > keptBytes,
  };
}

/** The answer for a person to read: status, headers, the beginning of the body. */
export function answerText({ status, reason, headers, body, cut }: HttpAnswer): string {
  const head = [
    `${status} ${reason}`.trim(),
    ...headers.map(([name, value]) => `${name}: ${isSecret(name) ? '***' : value}`),
  ].join('\n');
  return `${head}\n\n${bodyText(body, cut)}`;
}

function bodyText(body: Uint8Array, cut: boolean): string {
  if (body.length === 0) return '';
  if (body.includes(0)) return `(${cut ? 'more than ' : ''}${body.length} bytes that are no text)\n`;
  const text = new TextDecoder().decode(body, { stream: cut });
  return `${text}${text.endsWith('\n') ? '' : '\n'}${cut ? '… (the rest was not read)\n' : ''}`;
}

/** Output is read by more people than may use what these carry. */
function isSecret(name: string): boolean {
  return /^(set-cookie|www-authenticate|authorization)$/i.test(name);
}

function pairs(raw: readonly string[]): [string, string][] {
  const found: [string, string][] = [];
  for (let at = 0; at < raw.length; at += 2) found.push([raw[at] ?? '', raw[at + 1] ?? '']);
  return found;
}
