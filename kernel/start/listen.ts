import type { ServerResponse } from 'node:http';
import { isIPv6 } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';
import type { Clock } from '../clock.ts';
import type { Env } from '../http/env.ts';
import { endOfStream } from '../http/stream.ts';
import { Problem } from '../problem.ts';

export interface Listening {
  /** The address of this machine, with the port that was taken. */
  readonly url: string;
  readonly port: number;
  /** Ends the event streams, lets other answers finish for a moment, then closes. */
  close(): Promise<void>;
}

/** Answers that are under way when the process stops get this long, in milliseconds. */
const PATIENCE = 3000;

/**
 * Serves the app on a port.
 * @throws Problem `port_taken`, `port_not_allowed` or `address_not_here` naming the mend
 */
export async function listen(
  app: Hono<Env>,
  { listen: address, port }: { readonly listen: string; readonly port: number },
  clock: Clock,
): Promise<Listening> {
  const streams = new Set<ServerResponse>();
  const server = createAdaptorServer({
    async fetch(request, env) {
      const response = await app.fetch(request, env);
      const outgoing = env.outgoing as ServerResponse;
      if (response.headers.get('content-type')?.startsWith('text/event-stream')) {
        streams.add(outgoing);
        outgoing.once('close', () => streams.delete(outgoing));
        void endOfStream(request)?.then((how) => how === 'unread' && outgoing.destroy());
      }
      return response;
    },
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(asProblem(error, address, port)));
    server.listen(port, address, resolve);
  });
  const bound = server.address();
  const taken = typeof bound === 'object' && bound !== null ? bound.port : port;
  return {
    url: `http://${reachable(address)}:${taken}`,
    port: taken,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // A stream has no end of its own; the page connects again by itself.
      for (const stream of streams) stream.destroy();
      if ('closeIdleConnections' in server) server.closeIdleConnections();
      const enough = new AbortController();
      await Promise.race([closed, clock.wait(PATIENCE, enough.signal)]);
      enough.abort();
      if ('closeAllConnections' in server) server.closeAllConnections();
      await closed;
    },
  };
}

export function isLoopback(address: string): boolean {
  return address === 'localhost' || address === '::1' || address.startsWith('127.');
}

/** An address of this machine by which what listens at `address` is reached. */
function reachable(address: string): string {
  if (address === '0.0.0.0' || address === '::' || address === '') return '127.0.0.1';
  return isIPv6(address) ? `[${address}]` : address;
}

function asProblem(error: NodeJS.ErrnoException, address: string, port: number): Problem {
  if (error.code === 'EADDRINUSE') {
    return new Problem(409, 'port_taken', `Port ${port} of ${address} is in use by another program.`, {
      field: 'port',
      hint: 'Choose another with --port, or --port 0 for a free one.',
    });
  }
  if (error.code === 'EACCES') {
    return new Problem(403, 'port_not_allowed', `Port ${port} may not be opened by this user.`, {
      field: 'port',
      hint: 'Choose one above 1023 with --port.',
    });
  }
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND') {
    return new Problem(422, 'address_not_here', `${address} is not an address of this machine.`, {
      field: 'listen',
      hint: 'Use 127.0.0.1, or 0.0.0.0 for all.',
    });
  }
  return new Problem(503, 'not_listening', `Port ${port} of ${address} cannot be opened: ${error.message}.`, {
    cause: error,
  });
}
