import { at, type Caller, type Kernel, notFound, Problem, recordAudit, sql, type Tx } from '#kernel';
import { settleUpTo } from '../dispatch.ts';
import { tellChanged } from '../ledger/changes.ts';
import { openLiveRuns, settleUnstarted } from '../queue.ts';
import type { LiveRunRow, OccurrenceKey } from '../schema.ts';
import { lockTrigger, lockTriggers } from './lock.ts';
import { auditLine } from './record.ts';

export interface RunWish {
  /** What this run belongs to, such as the run it repeats. */
  readonly links?: Readonly<Record<string, string>>;
  /** The same key asks for the same run: whoever did not hear the answer may ask again. */
  readonly idempotencyKey?: string | undefined;
}

/** Runs it now, whatever its recurrence says. @returns the id of the queued run @throws Problem 409 `already_running` */
export async function runNow(
  kernel: Kernel,
  tx: Tx,
  caller: Caller,
  id: string,
  { links = {}, idempotencyKey }: RunWish = {},
): Promise<string> {
  const now = kernel.clock.now();
  const trigger = await settleUpTo(kernel, tx, await lockTrigger(tx, id, caller.teamId), now);
  const asked = idempotencyKey === undefined ? undefined : await runOfKey(tx, id, idempotencyKey);
  if (asked !== undefined) return asked;
  const [busy] = await tx.rows(sql<Pick<LiveRunRow, 'id' | 'state'>>`
    select id, state from engine.live_run where trigger_id = ${id} and available_at <= ${at(now)} order by state desc limit 1`);
  if (busy !== undefined && trigger.policy.overlap !== 'allow') {
    throw new Problem(409, 'already_running', `${trigger.title} is ${busy.state} already.`, {
      extra: { run_id: busy.id },
    });
  }
  const key: OccurrenceKey = { trigger_id: id, nominal_at: await freeInstant(tx, id, now), origin: 'manual' };
  await tx.run(sql`
    insert into engine.occurrence (trigger_id, nominal_at, origin, due_at, status, links)
    values (${id}, ${at(key.nominal_at)}, ${key.origin}, ${at(now)}, 'open', ${JSON.stringify({ ...links, ...(idempotencyKey === undefined ? {} : { idempotency_key: idempotencyKey }) })}::jsonb)`);
  const [run = ''] = await openLiveRuns(tx, now, [
    {
      trigger,
      nominal: key.nominal_at,
      origin: key.origin,
      cause: 'manual',
      attempt: 1,
      availableAt: now,
      staleAt: null,
    },
  ]);
  if (idempotencyKey !== undefined) {
    // A run that is cancelled before it starts leaves no row of its own, and the key still stands for it.
    await tx.run(sql`
      update engine.occurrence set links = links || jsonb_build_object('run_id', ${run}::text)
      where trigger_id = ${id} and nominal_at = ${at(key.nominal_at)} and origin = ${key.origin}`);
  }
  await recordAudit(tx, now, { ...auditLine(caller, trigger), action: 'run.requested', after: { run, ...key } });
  await tellChanged(kernel, tx, [trigger]);
  tx.afterCommit(() => kernel.signals.raise('lane'));
  return run;
}

/** The run that this key asked for. The trigger is locked, so nobody asks with it at the same moment. */
async function runOfKey(tx: Tx, triggerId: string, key: string): Promise<string | undefined> {
  const [asked] = await tx.rows(sql<{ id: string }>`
    select links ->> 'run_id' as id from engine.occurrence
    where trigger_id = ${triggerId} and origin = 'manual' and links ->> 'idempotency_key' = ${key} limit 1`);
  return asked?.id;
}

/** Two manual runs within one millisecond are still two occurrences. */
async function freeInstant(tx: Tx, triggerId: string, now: number): Promise<number> {
  const [latest] = await tx.rows(sql<{ nominal: number | null }>`
    select max(nominal_at) as nominal from engine.occurrence where trigger_id = ${triggerId} and origin = 'manual' and nominal_at >= ${at(now)}`);
  return latest?.nominal == null ? now : latest.nominal + 1;
}

/**
 * Asks for an end: a queued run is cancelled at once, a running one is told and ends itself, also when its trigger was
 * deleted meanwhile. Asking twice changes nothing more.
 * @throws Problem 404 also for another team's, 409 `not_running`
 */
export async function cancelRun(kernel: Kernel, tx: Tx, caller: Caller, runId: string): Promise<void> {
  const now = kernel.clock.now();
  const found = await triggerOf(tx, caller.teamId, runId);
  const trigger = (await lockTriggers(tx, [found])).get(found);
  const [run] = await tx.rows(sql<LiveRunRow>`select * from engine.live_run where id = ${runId} for update`);
  if (run === undefined || trigger === undefined) throw alreadyOver();
  if (run.state === 'queued') await settleUnstarted(tx, [run], 'cancelled', `cancelled by ${caller.name}`, now);
  else {
    await tx.run(sql`
      update engine.live_run set cancel_requested_at = coalesce(cancel_requested_at, ${at(now)}::timestamptz) where id = ${runId}`);
  }
  await recordAudit(tx, now, { ...auditLine(caller, trigger), action: 'run.cancelled', after: { run: runId } });
  await tellChanged(kernel, tx, [trigger]);
  tx.afterCommit(() => kernel.signals.raise('cancel'));
}

async function triggerOf(tx: Tx, teamId: string, runId: string): Promise<string> {
  const [live] = await tx.rows(sql<{ trigger_id: string }>`
    select trigger_id from engine.live_run where id = ${runId} and team_id = ${teamId}`);
  if (live !== undefined) return live.trigger_id;
  const over = await tx.rows(sql`
    select 1 from engine.run r join engine.trigger t on t.id = r.trigger_id where r.id = ${runId} and t.team_id = ${teamId}`);
  throw over.length === 0 ? notFound('run') : alreadyOver();
}

function alreadyOver(): Problem {
  return new Problem(409, 'not_running', 'This run is over already.');
}
