import { compile, type Recurrence } from '#time/recurrence.ts';
import { tzdataVersion } from '#time/zone.ts';
import { at, atOrNull, type Caller, type Kernel, newId, sql, type Tx } from '#kernel';
import { settleUpTo } from '../dispatch.ts';
import type { Category, Policy, TriggerRow, TriggerState } from '../schema.ts';
import { lockTrigger, readLocked } from './lock.ts';
import { recordChange } from './record.ts';

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
  const { next, state } = planFrom(wanted.disabled === undefined ? 'enabled' : 'disabled', wanted.recurrence, now);
  await tx.run(sql`
    insert into engine.trigger (id, team_id, owner_id, owner_module, owner_ref, title, category, lane, recurrence, zone, policy, definition, state,
      state_reason, state_by, cursor_at, next_at, next_due_at, version, tzdata, created_at, updated_at, created_by)
    values (${id}, ${caller.teamId}, ${caller.principalId}, ${wanted.ownerModule}, ${wanted.ownerRef}, ${wanted.title}, ${wanted.category},
      ${wanted.lane ?? 'default'}, ${JSON.stringify(wanted.recurrence)}::jsonb, ${wanted.recurrence.zone}, ${JSON.stringify(wanted.policy)}::jsonb,
      ${JSON.stringify(wanted.definition)}::jsonb, ${state}, ${wanted.disabled ?? null}, ${wanted.disabled === undefined ? null : caller.name},
      ${at(now)}, ${atOrNull(next)}, ${atOrNull(next)}, 1, ${tzdataVersion()}, ${at(now)}, ${at(now)}, ${caller.principalId})`);
  await recordChange(kernel, tx, caller, await readLocked(tx, id), { action: 'trigger.created', now });
  return id;
}

export interface TriggerEdit {
  readonly title?: string | undefined;
  readonly category?: Category | undefined;
  readonly recurrence?: Recurrence | undefined;
  readonly policy?: Policy | undefined;
  readonly definition?: unknown;
}

/**
 * Edits never catch up: after one the next occurrence is the first instant after now. What was due before is decided by
 * the old rule; a run that waits or goes on keeps the definition it began with.
 * @throws Problem 409 `stale`
 */
export async function editTrigger(
  kernel: Kernel,
  tx: Tx,
  caller: Caller,
  id: string,
  edit: TriggerEdit,
  expectedVersion?: number,
): Promise<void> {
  const now = kernel.clock.now();
  const before = await settleUpTo(kernel, tx, await lockTrigger(tx, id, caller.teamId, expectedVersion), now);
  const recurrence = edit.recurrence ?? before.recurrence;
  const cursor = cursorAfter(before, now);
  const { next, state } = planFrom(before.state === 'ended' ? 'enabled' : before.state, recurrence, cursor);
  await tx.run(sql`
    update engine.trigger set title = ${edit.title ?? before.title}, category = ${edit.category ?? before.category},
      recurrence = ${JSON.stringify(recurrence)}::jsonb, zone = ${recurrence.zone}, policy = ${JSON.stringify(edit.policy ?? before.policy)}::jsonb,
      definition = ${JSON.stringify(edit.definition ?? before.definition)}::jsonb, state = ${state}, cursor_at = ${at(cursor)},
      next_at = ${atOrNull(next)}, next_due_at = ${dueOf(next, before)}, version = version + 1, tzdata = ${tzdataVersion()}, updated_at = ${at(now)}
    where id = ${id}`);
  await recordChange(kernel, tx, caller, await readLocked(tx, id), { action: 'trigger.edited', now, before });
}

/** A cursor never goes back, though a clock may: what is decided stays decided. */
export function cursorAfter({ cursor_at }: Pick<TriggerRow, 'cursor_at'>, now: number): number {
  return Math.max(now, cursor_at);
}

/** When a trigger fires next; one that should but never will has ended. */
export function planFrom(
  wanted: TriggerState,
  recurrence: Recurrence,
  cursor: number,
): { next: number | null; state: TriggerState } {
  if (wanted !== 'enabled' && wanted !== 'paused') return { next: null, state: wanted };
  const next = compile(recurrence).next(cursor);
  return Number.isNaN(next) ? { next: null, state: 'ended' } : { next, state: wanted };
}

export function dueOf(next: number | null, { spread_ms }: Pick<TriggerRow, 'spread_ms'>): string | null {
  return next === null ? null : at(next + spread_ms);
}
