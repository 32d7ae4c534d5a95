import { z } from 'zod';
import { defineRoute, eventStream, type Kernel, type Route, shape, sql } from '#kernel';
import { auditLedger } from './audit/audit.ts';
import { cancelRun, runNow } from './commands/run.ts';
import { readRun, type RunOfTrigger } from './ledger/runs.ts';
import { readKept } from './worker/output.ts';

const byId = z.object({ id: shape.id });

/** A run as every list and page shows it. */
export const runShape = z.object({
  id: shape.id,
  trigger_id: shape.id,
  title: z.string(),
  nominal_at: shape.instant,
  origin: z.enum(['schedule', 'manual', 'reschedule']),
  attempt: z.int(),
  cause: z.enum(['schedule', 'manual', 'backfill', 'retry', 'recovery']),
  status: z.enum(['queued', 'running', 'success', 'failed', 'cancelled', 'interrupted']),
  started_at: shape.instant.nullable(),
  finished_at: shape.instant.nullable(),
  duration_ms: z.int().nullable(),
  exit_code: z.int().nullable(),
  signal: z.string().nullable(),
  http_status: z.int().nullable(),
  error: z.string().nullable(),
  late_result: z.string().nullable(),
  node: z.string().nullable(),
});

export function wireRun(run: RunOfTrigger): z.input<typeof runShape> {
  return {
    id: run.id,
    trigger_id: run.trigger_id,
    title: run.title,
    nominal_at: shape.wire(run.nominal_at),
    origin: run.origin,
    attempt: run.attempt,
    cause: run.cause,
    status: run.status,
    started_at: shape.wire(run.started_at),
    finished_at: shape.wire(run.finished_at),
    duration_ms:
      run.started_at === null || run.finished_at === null ? null : Math.max(0, run.finished_at - run.started_at),
    exit_code: run.detail.exit_code ?? null,
    signal: run.detail.signal ?? null,
    http_status: run.detail.http_status ?? null,
    error: run.detail.error ?? null,
    late_result: run.detail.late_result ?? null,
    node: run.node,
  };
}

const getRun = defineRoute(
  'engine.read',
  { method: 'get', path: '/runs/{id}', summary: 'One run', params: byId, answer: runShape },
  async ({ caller, params, kernel }) => wireRun(await readRun(kernel, caller.teamId, params.id)),
);

const from = z.object({ from: z.coerce.number().int().min(0).default(0) });

const logShape = z.object({ text: z.string(), next: z.int(), dropped: z.int(), finished: z.boolean() });

const getLog = defineRoute(
  'engine.read',
  {
    method: 'get',
    path: '/runs/{id}/log',
    summary: 'Output of a run from a position on; read on with `next` until `finished`',
    params: byId,
    query: from,
    answer: logShape,
  },
  async ({ caller, params, query, kernel }) => readLog(kernel, caller.teamId, params.id, query.from),
);

async function readLog(
  kernel: Kernel,
  teamId: string,
  id: string,
  position: number,
): Promise<z.input<typeof logShape>> {
  const run = await readRun(kernel, teamId, id);
  const { atEnd, ...kept } = await readKept(kernel, id, position);
  const over = run.status !== 'queued' && run.status !== 'running';
  return { ...kept, finished: over && atEnd };
}

const followLog = defineRoute(
  'engine.read',
  {
    method: 'get',
    path: '/runs/{id}/log/stream',
    summary: 'Output of a run as it comes, as Server-Sent Events',
    params: byId,
    query: from,
  },
  async ({ caller, params, query, kernel, request, remote }) => {
    await readRun(kernel, caller.teamId, params.id);
    return eventStream(request, kernel.clock, (sink) => {
      // A revoked token or a lost membership ends the stream at its next keep-alive.
      sink.beforeKeepAlive(async () => void (await kernel.auth.identify(request, remote)));
      let position = resumeFrom(request, query.from);
      let reading: Promise<void> = Promise.resolve();
      const look = (): void => {
        reading = reading
          .then(async () => {
            for (;;) {
              if (sink.gone.aborted) return;
              const log = await readLog(kernel, caller.teamId, params.id, position);
              position = log.next;
              if (log.text !== '')
                sink.send({ id: String(log.next), event: 'text', data: { text: log.text, next: log.next } });
              else if (!log.finished) return;
              if (log.finished) {
                sink.send({ event: 'end', data: { next: log.next } });
                sink.end();
                return;
              }
            }
          })
          .catch(() => sink.end());
      };
      const silences = [kernel.signals.on('output', look), kernel.signals.on('stream', look)];
      look();
      return Promise.resolve(() => silences.forEach((silence) => silence()));
    });
  },
);

/** A browser that connects again says what it has; its address still says where it once began. */
function resumeFrom(request: Request, from: number): number {
  const last = request.headers.get('last-event-id') ?? '';
  return /^\d{1,15}$/.test(last) ? Math.max(from, Number(last)) : from;
}

const cancel = defineRoute(
  'engine.operate',
  {
    method: 'post',
    path: '/runs/{id}/cancel',
    summary: 'Ask a run to end',
    params: byId,
    status: 202,
    answer: z.object({ id: shape.id }),
  },
  async ({ caller, params, kernel }) => {
    await kernel.db.transaction((tx) => cancelRun(kernel, tx, caller, params.id));
    return { id: params.id };
  },
);

const again = defineRoute(
  'engine.operate',
  {
    method: 'post',
    path: '/runs/{id}/again',
    summary: 'Run it again: a new manual occurrence linked to this run',
    params: byId,
    status: 202,
    answer: z.object({ run_id: shape.id }),
  },
  async ({ caller, params, kernel, request }) => {
    const old = await readRun(kernel, caller.teamId, params.id);
    return {
      run_id: await kernel.db.transaction((tx) =>
        runNow(kernel, tx, caller, old.trigger_id, {
          links: { again_of: old.id },
          idempotencyKey: shape.idempotencyKey(request),
        }),
      ),
    };
  },
);

const checkLedger = defineRoute(
  'engine.audit',
  {
    method: 'get',
    path: '/audit/check',
    summary: 'Check the ledger against its invariants',
    answer: z.object({
      checked_at: shape.instant,
      occurrences: z.int(),
      unaccounted: z.int(),
      findings: z.array(
        z.object({ invariant: z.string(), says: z.string(), count: z.int(), examples: z.array(z.string()) }),
      ),
    }),
  },
  async ({ kernel }) => {
    const report = await auditLedger(kernel);
    return {
      checked_at: shape.wire(report.checkedAt),
      occurrences: report.occurrences,
      unaccounted: report.unaccounted,
      findings: report.findings.map((finding) => ({ ...finding, examples: [...finding.examples] })),
    };
  },
);

const auditShape = z.object({
  at: shape.instant,
  actor: z.string(),
  door: z.string(),
  action: z.string(),
  object_kind: z.string(),
  object_id: z.string(),
  reason: z.string().nullable(),
});

const listAudit = defineRoute(
  'engine.audit',
  {
    method: 'get',
    path: '/audit',
    summary: 'Who did what through which door, newest first',
    query: z.strictObject({
      object: z.string().optional(),
      limit: z.coerce.number().int().min(1).max(500).default(100),
    }),
    answer: shape.listOf(auditShape),
  },
  async ({ caller, query, kernel }) => {
    const rows = await kernel.db.rows(sql<Omit<z.input<typeof auditShape>, 'at'> & { at: number }>`
      select at, actor, door, action, object_kind, object_id, reason from kernel.audit_entry
      where team_id = ${caller.teamId} and (${query.object ?? null}::text is null or object_id = ${query.object ?? null}) order by at desc, id desc limit ${query.limit}`);
    return { items: rows.map((row) => ({ ...row, at: shape.wire(row.at) })) };
  },
);

export const routes: readonly Route[] = [getRun, getLog, followLog, cancel, again, checkLedger, listAudit];
