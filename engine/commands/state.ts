import { at, atOrNull, type Caller, type Kernel, Problem, sql, type Tx } from '#kernel';
import { settleUpTo } from '../dispatch.ts';
import { closeMissed } from '../missed.ts';
import { settleQueued } from '../queue.ts';
import type { TriggerRow, TriggerState } from '../schema.ts';
import { cursorAfter, dueOf, planFrom } from './define.ts';
import { lockTrigger, readLocked } from './lock.ts';
import { recordChange, THE_ENGINE } from './record.ts';

export interface StateWish {
  readonly reason?: string | undefined;
  /** A pause that ends by itself; epoch milliseconds. */
  readonly until?: number | undefined;
  /** Refuses with 409 `stale` when the trigger is at another version. */
  readonly expectedVersion?: number | undefined;
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
export async function deleteTrigger(
  kernel: Kernel,
  tx: Tx,
  caller: Caller,
  id: string,
  wish: StateWish = {},
): Promise<void> {
  await changeState(kernel, tx, caller, id, {
    from: ['enabled', 'paused', 'disabled', 'ended'],
    to: 'deleted',
    action: 'trigger.deleted',
    queued: 'cancelled',
    ...wish,
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
  { from, to, action, queued, reason, until, expectedVersion }: StateChange,
): Promise<void> {
  const now = kernel.clock.now();
  const locked = await lockTrigger(tx, id, caller.teamId, expectedVersion);
  refuseUnless(locked, from);
  const before = await settleUpTo(kernel, tx, locked, now);
  // What was due a moment ago may have been its last occurrence.
  refuseUnless(before, from);
  const cursor = cursorAfter(before, now);
  const { next, state } = planFrom(to, before.recurrence, cursor);
  const told = state === 'enabled' || state === 'ended' ? undefined : { reason: reason ?? null, by: caller.name };
  await tx.run(sql`
    update engine.trigger set state = ${state}, state_reason = ${told?.reason ?? null}, state_by = ${told?.by ?? null},
      paused_until = ${state === 'paused' ? atOrNull(until) : null}, cursor_at = ${at(cursor)}, next_at = ${atOrNull(next)},
      next_due_at = ${dueOf(next, before)}, version = version + 1, updated_at = ${at(now)}
    where id = ${id}`);
  if (queued !== undefined) await settleQueued(tx, id, queued, reason ?? `${to} by ${caller.name}`, now);
  await recordChange(kernel, tx, caller, await readLocked(tx, id), { action, now, before, reason });
}

function refuseUnless({ title, state }: TriggerRow, from: readonly TriggerState[]): void {
  if (from.includes(state)) return;
  throw new Problem(409, 'wrong_state', `${title} is ${state}; only ${from.join(' or ')} ones can do that.`, {
    extra: { state },
  });
}

/**
 * Resumes triggers whose pause has come to its end. What fell due in the pause is decided before, as suppressed.
 * @returns how many
 */
export async function endPauses(kernel: Kernel): Promise<number> {
  const now = kernel.clock.now();
  const over = await kernel.db.rows(sql<{ id: string }>`
    select id from engine.trigger where state = 'paused' and paused_until <= ${at(now)} order by id limit 200`);
  let ended = 0;
  for (const { id } of over) {
    try {
      if (await kernel.db.transaction((tx) => endPause(kernel, tx, id, now))) ended++;
    } catch (error) {
      kernel.log.error({ error, trigger: id }, 'a pause could not be ended');
    }
  }
  return ended;
}

async function endPause(kernel: Kernel, tx: Tx, id: string, now: number): Promise<boolean> {
  const [locked] = await tx.rows(sql<TriggerRow>`
    select * from engine.trigger where id = ${id} and state = 'paused' and paused_until <= ${at(now)} for no key update skip locked`);
  if (locked === undefined) return false;
  const before = await settleUpTo(kernel, tx, locked, now);
  if (before.state !== 'paused') return false;
  await tx.run(sql`
    update engine.trigger set state = 'enabled', state_reason = null, state_by = null, paused_until = null, version = version + 1, updated_at = ${at(now)}
    where id = ${id}`);
  const reason = 'the pause came to its end';
  await recordChange(kernel, tx, THE_ENGINE, await readLocked(tx, id), {
    action: 'trigger.resumed',
    now,
    before,
    reason,
  });
  return true;
}
