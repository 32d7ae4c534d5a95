import { timingSafeEqual } from 'node:crypto';
import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context } from 'hono';
import { hashSecret } from '../id.ts';

/** The other end of a request that was made in this process and has no connection. */
const IN_PROCESS = 'in-process';

/** Address of the other end of the connection; an address of this very machine reads as loopback. */
export function remoteOf(c: Context): string {
  if (!c.env || !('incoming' in c.env)) return IN_PROCESS;
  const { address } = getConnInfo(c).remote;
  const { localAddress } = (c.env as { incoming: { socket: { localAddress?: string } } }).incoming.socket;
  // Listening on one address of the network, the machine's own requests come from that address.
  return address !== undefined && address === localAddress ? '127.0.0.1' : (address ?? 'unknown');
}

/** Whether a request was made on this machine. What a proxy on this machine hands on was not. */
export function isFromHere(request: Request, remote: string): boolean {
  const isLocal = remote === IN_PROCESS || remote === '::1' || /^(?:::ffff:)?127\./.test(remote);
  return isLocal && !request.headers.has('x-forwarded-for') && !request.headers.has('forwarded');
}

/** Compares in a time that tells nothing about where two secrets differ. */
export function isSameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(Buffer.from(hashSecret(given)), Buffer.from(hashSecret(expected)));
}
