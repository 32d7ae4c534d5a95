import { collectDefaultMetrics, Registry } from 'prom-client';
import { z } from 'zod';
import { Problem } from '../problem.ts';
import { isFromHere } from './remote.ts';
import { definePublicRoute, Reply, type Route } from './route.ts';

declare global {
  interface AlmanacPoints {
    /** Self-checks: each answers a sentence when something is wrong, else undefined. */
    'kernel.readiness': () => Promise<string | undefined> | string | undefined;
  }
}

const metrics = new Registry();
collectDefaultMetrics({ register: metrics });

const healthz = definePublicRoute(
  { method: 'get', path: '//healthz', summary: 'The process answers', answer: z.object({ status: z.literal('ok') }) },
  () => ({ status: 'ok' as const }),
);

const readyz = definePublicRoute(
  {
    method: 'get',
    path: '//readyz',
    summary: 'The process can do its work',
    answer: z.object({ status: z.literal('ready') }),
  },
  async ({ kernel }) => {
    await kernel.db.readClock();
    for (const check of kernel.modules.fills('kernel.readiness')) {
      const wrong = await check();
      if (wrong !== undefined) throw new Problem(503, 'not_ready', wrong);
    }
    return { status: 'ready' as const };
  },
);

const readMetrics = definePublicRoute(
  { method: 'get', path: '//metrics', summary: 'Metrics for Prometheus; from loopback, or with a token' },
  async ({ kernel, request, remote }) => {
    // A proxy on this machine also comes from loopback: then the one behind it must show a token.
    if (!isFromHere(request, remote)) await kernel.auth.identify(request, remote);
    return new Reply(200, await metrics.metrics(), { 'content-type': metrics.contentType });
  },
);

export const healthRoutes: readonly Route[] = [healthz, readyz, readMetrics];
