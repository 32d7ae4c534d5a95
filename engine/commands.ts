import { compile, type Recurrence } from '#time/recurrence.ts';
import { tzdataVersion } from '#time/zone.ts';
import { at, atOrNull, type Caller, type Kernel, newId, notFound, Problem, recordAudit, sql, type Tx } from '#kernel';
import { openLiveRuns, settle } from './dispatch.ts';
import { tellChanged } from './ledger/changes.ts';
import { closeMissed } from './missed.ts';
import type { Category, LiveRunRow, OccurrenceKey, Policy, TriggerRow, TriggerState } from './schema.ts';

/** T6: what people do to triggers. Every one locks the trigger and first settles what fell due under the old rule. */

export interface NewTrigger {
  readonly ownerModule: string;
  readonly ownerRef: string;
  readonly title: string;
  readonly category: Category;
  readonly lane?: string;
  readonly recurrence: Recurrence;
  readonly policy: Policy;
  readonly definition: unknown;
  /** Absent: enabled. A disabled one has a reason that people are shown. */
  readonly disabled?: string;
}

/** Makes a trigger whose first occurrence is the first instant after now. @returns its id */
export async function createTrigger(kernel: Kernel, tx: Tx, caller: Caller, wanted: NewTrigger): Promise<string> {
  const now = kernel.clock.now();
  const id = newId(now);
  const state: TriggerState = wanted.disabled === undefined ? 'enabled' : 'disabled';
  const next = state === 'enabled' ? nextAfter(wanted.recurrence, now) : null;
  await tx.run(sql`
    insert into engine.trigger (id, team_id, owner_id, owner_module, owner_ref, title, category, lane, recurrence, zone, policy, definition, state,
      state_reason, state_by, cursor_at, next_at, next_due_at, version, tzdata, created_at, updated_at, created_by)
    values (${id}, ${caller.teamId}, ${caller.principalId}, ${wanted.ownerModule}, ${wanted.ownerRef}, ${wanted.title}, ${wanted.category},
      ${wanted.lane ?? 'default'}, ${JSON.stringify(wanted.recurrence)}::jsonb, ${wanted.recurrence.zone}, ${JSON.stringify(wanted.policy)}::jsonb,
      ${JSON.stringify(wanted.definition)}::jsonb, ${state === 'enabled' && next === null ? 'ended' : state}, ${wanted.disabled ?? null},
      ${wanted.disabled === undefined ? null : caller.name}, ${at(now)}, ${atOrNull(next)}, ${atOrNull(next)}, 1, ${tzdataVersion()}, ${at(now)}, ${at(now)},
      ${caller.principalId})`);
  const trigger = await lockTrigger(tx, id, caller.teamId);
  await recordChange(kernel, tx, caller, trigger, { action: 'trigger.created', now });
  return id;
}

export interface TriggerEdit {
  readonly title?: string | undefined;
  readonly category?: Category | undefined;
  readonly recurrence?: Recurrence | undefined;
  readonly policy?: Policy | undefined;
  readonly definition?: unknown;
}

/** Edits never catch up: after one the next occurrence is the first instant after now. @throws Problem 409 `stale` */
export async function editTrigger(
  kernel: Kernel,
  tx: Tx,
  caller: Caller,
  id: string,
  edit: TriggerEdit,
  expectedVersion?: number,
): Promise<void> {
  const now = kernel.clock.now();
  const before = await lockTrigger(tx, id, caller.teamId, expectedVersion);
  await settleDueUnder(kernel, tx, before, now);
  const recurrence = edit.recurrence ?? before.recurrence;
  const planned = before.state === 'enabled' || before.state === 'paused' || before.state === 'ended';
  const next = planned ? nextAfter(recurrence, now) : null;
  const state = planned
    ? next === null
      ? 'ended'
      : before.state === 'ended'
        ? 'enabled'
        : before.state
    : before.state;
  const merged = {
    title: edit.title ?? before.title,
    category: edit.category ?? before.category,
    policy: edit.policy ?? before.policy,
    definition: edit.definition ?? before.definition,
  };
  await tx.run(sql`
    update engine.trigger set title = ${merged.title}, category = ${merged.category}, recurrence = ${JSON.stringify(recurrence)}::jsonb, zone = ${recurrence.zone},
      policy = ${JSON.stringify(merged.policy)}::jsonb, definition = ${JSON.stringify(merged.definition)}::jsonb, state = ${state},
      cursor_at = ${at(now)}, next_at = ${atOrNull(next)},
      next_due_at = ${next === null ? null : at(next)}::timestamptz + spread_ms * interval '1 millisecond',
      version = version + 1, tzdata = ${tzdataVersion()}, updated_at = ${at(now)}
    where id = ${id}`);
  await recordChange(kernel, tx, caller, await lockTrigger(tx, id, caller.teamId), {
    action: 'trigger.edited',
    now,
    before,
  });
}

export interface StateWish {
  readonly reason?: string | undefined;
  /** A pause that ends by itself; epoch milliseconds. */
  readonly until?: number | undefined;
}

/** The future stays visible as paused; what falls due meanwhile is suppressed, so that resuming has nothing to catch up. */
export function pauseTrigger(kernel: Kernel, tx: Tx, caller: Caller, id: string, wish: StateWish = {}): Promise<void> {
  return changeState(kernel, tx, caller, id, {
    from: ['enabled', 'paused'],
    to: 'paused',
    action: 'trigger.paused',
    queued: 'suppressed',
    ...wish,
  });
}

export function resumeTrigger(kernel: Kernel, tx: Tx, caller: Caller, id: string, wish: StateWish = {}): Promise<void> {
  return changeState(kernel, tx, caller, id, { from: ['paused'], to: 'enabled', action: 'trigger.resumed', ...wish });
}

export function disableTrigger(
  kernel: Kernel,
  tx: Tx,
  caller: Caller,
  id: string,
  wish: StateWish = {},
): Promise<void> {
  return changeState(kernel, tx, caller, id, {
    from: ['enabled', 'paused', 'ended'],
    to: 'disabled',
    action: 'trigger.disabled',
    queued: 'cancelled',
    ...wish,
  });
}

/** Planned again from now on. */
export function enableTrigger(kernel: Kernel, tx: Tx, caller: Caller, id: string, wish: StateWish = {}): Promise<void> {
  return changeState(kernel, tx, caller, id, { from: ['disabled'], to: 'enabled', action: 'trigger.enabled', ...wish });
}

/** A tombstone stays, so that the ledger keeps its title. Queued runs are cancelled, running ones go on. */
export async function deleteTrigger(kernel: Kernel, tx: Tx, caller: Caller, id: string): Promise<void> {
  await changeState(kernel, tx, caller, id, {
    from: ['enabled', 'paused', 'disabled', 'ended'],
    to: 'deleted',
    action: 'trigger.deleted',
    queued: 'cancelled',
  });
  await closeMissed(tx, [id], 'dismissed', caller.name, kernel.clock.now());
}

interface StateChange extends StateWish {
  readonly from: readonly TriggerState[];
  readonly to: TriggerState;
  readonly action: string;
  /** What becomes of runs that wait in the queue. */
  readonly queued?: 'suppressed' | 'cancelled';
}

async function changeState(
  kernel: Kernel,
  tx: Tx,
  caller: Caller,
  id: string,
  { from, to, action, queued, reason, until }: StateChange,
): Promise<void> {
  const now = kernel.clock.now();
  const before = await lockTrigger(tx, id, caller.teamId);
  if (!from.includes(before.state)) {
    throw new Problem(
      409,
      'wrong_state',
      `${before.title} is ${before.state}; only ${from.join(' or ')} ones can do that.`,
      { extra: { state: before.state } },
    );
  }
  await settleDueUnder(kernel, tx, before, now);
  const next = to === 'enabled' || to === 'paused' ? nextAfter(before.recurrence, now) : null;
  const landed = to === 'enabled' && next === null ? 'ended' : to;
  await tx.run(sql`
    update engine.trigger set state = ${landed}, state_reason = ${to === 'enabled' ? null : (reason ?? null)}, state_by = ${to === 'enabled' ? null : caller.name},
      paused_until = ${to === 'paused' ? atOrNull(until) : null}, cursor_at = ${at(now)}, next_at = ${atOrNull(next)},
      next_due_at = ${next === null ? null : at(next)}::timestamptz + spread_ms * interval '1 millisecond',
      version = version + 1, updated_at = ${at(now)}
    where id = ${id}`);
  if (queued !== undefined) await settleQueued(tx, id, queued, reason ?? caller.name, now);
  const after = await readTrigger(tx, id);
  await recordChange(kernel, tx, caller, after, { action, now, before, reason });
}

/** Runs it now, whatever its recurrence says. @returns the id of the queued run @throws Problem 409 `already_running` */
export async function runNow(
  kernel: Kernel,
  tx: Tx,
  caller: Caller,
  id: string,
  links?: Readonly<Record<string, string>>,
): Promise<string> {
  const now = kernel.clock.now();
  const trigger = await lockTrigger(tx, id, caller.teamId);
  if (trigger.state === 'deleted') throw notFound('trigger');
  // A retry that waits for its time is not in the way.
  const [busy] = await tx.rows(sql<{ id: string; state: string }>`
    select id, state from engine.live_run where trigger_id = ${id} and (state = 'running' or cause <> 'retry') order by state desc limit 1`);
  if (busy !== undefined && trigger.policy.overlap !== 'allow') {
    throw new Problem(409, 'already_running', `${trigger.title} is ${busy.state} already.`, {
      extra: { run_id: busy.id },
    });
  }
  // Two manual runs within one millisecond are still two occurrences.
  const [latest] = await tx.rows(sql<{ nominal: number | null }>`
    select max(nominal_at) as nominal from engine.occurrence where trigger_id = ${id} and origin = 'manual' and nominal_at >= ${at(now)}`);
  const nominal = latest?.nominal == null ? now : latest.nominal + 1;
  const key = { trigger_id: id, nominal_at: nominal, origin: 'manual' as const };
  await tx.run(sql`
    insert into engine.occurrence (trigger_id, nominal_at, origin, due_at, status, links)
    values (${id}, ${at(nominal)}, 'manual', ${at(now)}, 'open', ${links === undefined ? null : JSON.stringify(links)}::jsonb)`);
  const [run] = await openLiveRuns(tx, now, [
    { trigger, nominal, origin: 'manual', cause: 'manual', attempt: 1, availableAt: now, staleAt: null },
  ]);
  await recordAudit(tx, now, {
    ...auditLine(caller, trigger),
    action: 'run.requested',
    after: { run: run ?? '', ...key },
  });
  await tellChanged(kernel, tx, [trigger]);
  tx.afterCommit(() => kernel.signals.raise('lane'));
  return run ?? '';
}

/** Asks for an end: a queued run is cancelled at once, a running one is told and ends itself. */
export async function cancelRun(kernel: Kernel, tx: Tx, caller: Caller, runId: string): Promise<void> {
  const now = kernel.clock.now();
  const [found] = await tx.rows(
    sql<LiveRunRow>`select * from engine.live_run where id = ${runId} and team_id = ${caller.teamId}`,
  );
  if (found === undefined) {
    const [over] = await tx.rows(
      sql`select 1 from engine.run r join engine.trigger t on t.id = r.trigger_id where r.id = ${runId} and t.team_id = ${caller.teamId}`,
    );
    throw over === undefined ? notFound('run') : new Problem(409, 'not_running', 'This run is over already.');
  }
  const trigger = await lockTrigger(tx, found.trigger_id, caller.teamId);
  const [run] = await tx.rows(sql<LiveRunRow>`select * from engine.live_run where id = ${runId} for update`);
  if (run === undefined) throw new Problem(409, 'not_running', 'This run is over already.');
  if (run.state === 'queued') await settleQueuedRuns(tx, [run], 'cancelled', `cancelled by ${caller.name}`, now);
  else
    await tx.run(
      sql`update engine.live_run set cancel_requested_at = coalesce(cancel_requested_at, ${at(now)}) where id = ${runId}`,
    );
  await recordAudit(tx, now, { ...auditLine(caller, trigger), action: 'run.cancelled', after: { run: runId } });
  await tellChanged(kernel, tx, [trigger]);
  tx.afterCommit(() => kernel.signals.raise('cancel'));
}

/** @throws Problem 404 also for another team's, 409 `stale` when somebody changed it meanwhile */
export async function lockTrigger(tx: Tx, id: string, teamId: string, expectedVersion?: number): Promise<TriggerRow> {
  const [trigger] = await tx.rows(sql<TriggerRow>`
    select * from engine.trigger where id = ${id} and team_id = ${teamId} and state <> 'deleted' for no key update`);
  if (trigger === undefined) throw notFound('trigger');
  if (expectedVersion !== undefined && trigger.version !== expectedVersion) {
    throw new Problem(409, 'stale', `${trigger.title} was changed meanwhile: it is at version ${trigger.version}.`, {
      field: 'expected_version',
      hint: 'Read it again and repeat the change.',
      extra: { version: trigger.version },
    });
  }
  return trigger;
}

async function readTrigger(tx: Tx, id: string): Promise<TriggerRow> {
  const [trigger] = await tx.rows(sql<TriggerRow>`select * from engine.trigger where id = ${id}`);
  if (trigger === undefined) throw notFound('trigger');
  return trigger;
}

/** `settleUpTo`: what fell due until now is decided by what was true then, spread or not. */
async function settleDueUnder(kernel: Kernel, tx: Tx, trigger: TriggerRow, now: number): Promise<void> {
  if (trigger.next_at === null || trigger.next_at > now) return;
  let left: TriggerRow = trigger;
  while (left.next_at !== null && left.next_at <= now) {
    await settle(kernel, tx, [left], now, () => now);
    left = await readTrigger(tx, trigger.id);
  }
  tx.afterCommit(() => kernel.signals.raise('lane'));
}

async function settleQueued(
  tx: Tx,
  triggerId: string,
  as: 'suppressed' | 'cancelled',
  why: string,
  now: number,
): Promise<void> {
  const queued = await tx.rows(
    sql<LiveRunRow>`select * from engine.live_run where trigger_id = ${triggerId} and state = 'queued' for update`,
  );
  await settleQueuedRuns(tx, queued, as, why, now);
}

/** A retry that waits belongs to an attempt that failed, so its occurrence becomes what it was: failed. */
async function settleQueuedRuns(
  tx: Tx,
  runs: readonly (LiveRunRow & OccurrenceKey)[],
  as: 'suppressed' | 'cancelled',
  why: string,
  now: number,
): Promise<void> {
  if (runs.length === 0) return;
  await tx.run(sql`delete from engine.live_run where id = any(${runs.map(({ id }) => id)}::uuid[])`);
  for (const run of runs) {
    await tx.run(sql`
      update engine.occurrence set status = ${run.cause === 'retry' ? 'failed' : as}, reason = ${why}, settled_at = ${at(now)}, rev = nextval('engine.rev')
      where trigger_id = ${run.trigger_id} and nominal_at = ${at(run.nominal_at)} and origin = ${run.origin} and status = 'open'`);
  }
}

interface Change {
  readonly action: string;
  readonly now: number;
  readonly before?: TriggerRow;
  readonly reason?: string | undefined;
}

/** The version row, the audit entry, and the word to open pages. */
async function recordChange(
  kernel: Kernel,
  tx: Tx,
  caller: Caller,
  after: TriggerRow,
  { action, now, before, reason }: Change,
): Promise<void> {
  const planned = after.state === 'enabled' || after.state === 'paused';
  await tx.run(sql`
    insert into engine.trigger_version (trigger_id, version, from_at, recurrence, snapshot, by_id, by_name, reason)
    values (${after.id}, ${after.version}, ${at(now)}, ${planned ? JSON.stringify(after.recurrence) : null}::jsonb, ${JSON.stringify(summary(after))}::jsonb,
      ${caller.principalId}, ${caller.name}, ${reason ?? null})`);
  await recordAudit(tx, now, {
    ...auditLine(caller, after),
    action,
    after: summary(after),
    ...(before === undefined ? {} : { before: summary(before) }),
    ...(reason === undefined ? {} : { reason }),
  });
  await tellChanged(kernel, tx, [after]);
  tx.afterCommit(() => kernel.signals.raise('due'));
}

function auditLine(
  caller: Caller,
  { id, team_id }: TriggerRow,
): { teamId: string; actorId: string; actor: string; door: Caller['door']; objectKind: string; objectId: string } {
  return {
    teamId: team_id,
    actorId: caller.principalId,
    actor: caller.name,
    door: caller.door,
    objectKind: 'trigger',
    objectId: id,
  };
}

function summary({
  title,
  category,
  recurrence,
  policy,
  definition,
  state,
  state_reason,
  paused_until,
}: TriggerRow): object {
  return { title, category, recurrence, policy, definition, state, state_reason, paused_until };
}

function nextAfter(recurrence: Recurrence, now: number): number | null {
  const next = compile(recurrence).next(now);
  return Number.isNaN(next) ? null : next;
}
