import { TimeError } from '#time/error.ts';
import { tzdataVersion } from '#time/zone.ts';
import { at, atOrNull, type Kernel, sql, sqlState, type Tx } from '#kernel';
import { readLocked } from './commands/lock.ts';
import { recordChange, THE_ENGINE } from './commands/record.ts';
import { type DecidedBatch, type DecidedRow, decideDue, reasonOf } from './decide.ts';
import { tellChanged } from './ledger/changes.ts';
import { ensureMonths } from './ledger/partitions.ts';
import { addMissed } from './missed.ts';
import { graceAt } from './ledger/policy.ts';
import { type NewLiveRun, openLiveRuns } from './queue.ts';
import type { TriggerRow } from './schema.ts';

export interface DispatchPass {
  readonly triggers: number;
  readonly opened: number;
  /** The earliest instant at which something is due, null when nothing is planned. */
  readonly nextDueAt: number | null;
}

/** Most triggers that one pass takes. */
const BATCH = 200;
/** Once a pass has so many rows to write, the triggers behind wait for the next: a backlog must not delay on-time work. */
const ENOUGH_ROWS = 2000;

/**
 * T1: takes the triggers that are due, decides each instant since their cursor, writes the rows and moves the cursor, all
 * in one transaction. Safe on any number of nodes and to repeat after an unknown commit: the cursor has moved then.
 * While the clock has just jumped nothing is decided, since no decision can be taken back.
 */
export async function dispatch(kernel: Kernel): Promise<DispatchPass> {
  const { clock, db } = kernel;
  if (!clock.steady()) return { triggers: 0, opened: 0, nextDueAt: null };
  const now = clock.now();
  const pass = await db
    .transaction(async (tx) => {
      const due = await lockDue(tx, now);
      return { triggers: due.length, opened: await settle(kernel, tx, due, now, dueBy(now)) };
    })
    .catch((error: unknown) => dispatchOneByOne(kernel, now, error));
  const [row] = await db.rows(sql<{ next: number | null }>`
    select least((select min(next_due_at) from engine.trigger where next_due_at is not null),
      (select min(paused_until) from engine.trigger where state = 'paused' and paused_until is not null)) as next`);
  if (pass.opened > 0) kernel.signals.raise('lane');
  return { ...pass, nextDueAt: row?.next ?? null };
}

/** Newest first: a backlog never delays on-time work. */
function lockDue(tx: Tx, now: number): Promise<TriggerRow[]> {
  return tx.rows(sql<TriggerRow>`
    select * from engine.trigger where next_due_at <= ${at(now)}
    order by next_due_at desc limit ${BATCH} for no key update skip locked`);
}

function dueBy(now: number): (trigger: TriggerRow) => number {
  return (trigger) => now - trigger.spread_ms;
}

/**
 * Something in a batch could not be decided or written. Each trigger is tried for itself; one that fails is disabled with
 * the reason, and never stops the others.
 * @throws the error when it is no trigger's fault
 */
async function dispatchOneByOne(
  kernel: Kernel,
  now: number,
  cause: unknown,
): Promise<Pick<DispatchPass, 'triggers' | 'opened'>> {
  if (!isFaultOfData(cause)) throw cause;
  await ensureMonths(kernel);
  return kernel.db.transaction(async (tx) => {
    const due = await lockDue(tx, now);
    let opened = 0;
    for (const trigger of due) {
      await tx.run(sql`savepoint one_trigger`);
      try {
        opened += await settle(kernel, tx, [trigger], now, dueBy(now));
      } catch (error) {
        await tx.run(sql`rollback to savepoint one_trigger`);
        if (!isFaultOfData(error)) throw error;
        await disableBroken(kernel, tx, trigger, error, now);
      }
      await tx.run(sql`release savepoint one_trigger`);
    }
    return { triggers: due.length, opened };
  });
}

/** Not the database being away, busy or slow: the same data will fail again. */
export function isFaultOfData(error: unknown): boolean {
  if (error instanceof TimeError || error instanceof RangeError || error instanceof TypeError) return true;
  return /^2[23]...$/.test(sqlState(error) ?? '');
}

async function disableBroken(kernel: Kernel, tx: Tx, trigger: TriggerRow, error: unknown, now: number): Promise<void> {
  const reason = `error: ${error instanceof Error ? error.message : String(error)}`.slice(0, 1000);
  kernel.log.error(
    { error, trigger: trigger.id, title: trigger.title },
    'a trigger could not be decided and is disabled',
  );
  await tx.run(sql`
    update engine.trigger set state = 'disabled', state_reason = ${reason}, state_by = ${THE_ENGINE.name}, paused_until = null,
      next_at = null, next_due_at = null, version = version + 1, updated_at = ${at(now)}
    where id = ${trigger.id}`);
  const after = await readLocked(tx, trigger.id);
  await recordChange(kernel, tx, THE_ENGINE, after, { action: 'trigger.disabled', now, before: trigger, reason });
}

/**
 * Decides what a locked trigger had due until now by what was true then, spread or not. Edits, pauses and deletions call
 * this first, so that none can lose an instant that fell due a second before.
 * @returns the trigger as it stands then
 */
export async function settleUpTo(kernel: Kernel, tx: Tx, trigger: TriggerRow, now: number): Promise<TriggerRow> {
  let left = trigger;
  let opened = 0;
  while (left.next_at !== null && left.next_at <= now) {
    opened += await settle(kernel, tx, [left], now, () => now);
    left = await readLocked(tx, trigger.id);
  }
  if (opened > 0) tx.afterCommit(() => kernel.signals.raise('lane'));
  return left;
}

interface Decided {
  readonly trigger: TriggerRow;
  readonly batch: DecidedBatch;
}

/**
 * Decides locked triggers in their order up to an instant each, until there are enough rows, and writes it.
 * @param until the last nominal instant to decide
 * @returns how many live runs were opened
 */
async function settle(
  kernel: Kernel,
  tx: Tx,
  triggers: readonly TriggerRow[],
  now: number,
  until: (trigger: TriggerRow) => number,
): Promise<number> {
  if (triggers.length === 0) return 0;
  const decided = await decideAll(tx, triggers, now, until);
  const opened = await writeRows(kernel, tx, decided, now);
  await moveCursors(tx, decided);
  await tellChanged(
    kernel,
    tx,
    decided.filter(({ batch }) => batch.rows.length > 0).map(({ trigger }) => trigger),
  );
  return opened;
}

async function decideAll(
  tx: Tx,
  triggers: readonly TriggerRow[],
  now: number,
  until: (trigger: TriggerRow) => number,
): Promise<Decided[]> {
  const ids = triggers.map(({ id }) => id);
  const live = await tx.rows(sql<{ trigger_id: string }>`
    select distinct trigger_id from engine.live_run where trigger_id = any(${ids}::uuid[])`);
  const busy = new Set(live.map(({ trigger_id }) => trigger_id));
  const excluded = await readExclusions(tx, ids);
  const decided: Decided[] = [];
  let rows = 0;
  for (const trigger of triggers) {
    if (rows >= ENOUGH_ROWS) break;
    const batch = decideDue(trigger, {
      cursor: trigger.cursor_at,
      until: until(trigger),
      now,
      busy: busy.has(trigger.id),
      excluded: excluded.get(trigger.id) ?? new Map(),
    });
    rows += batch.rows.length;
    decided.push({ trigger, batch });
  }
  return decided;
}

async function readExclusions(tx: Tx, ids: readonly string[]): Promise<Map<string, Map<number, string>>> {
  const rows = await tx.rows(sql<{ trigger_id: string; nominal_at: number; reason: string | null; by_name: string }>`
    select e.trigger_id, e.nominal_at, e.reason, e.by_name from engine.exclusion e join engine.trigger t on t.id = e.trigger_id
    where e.trigger_id = any(${ids}::uuid[]) and e.nominal_at > t.cursor_at`);
  const found = new Map<string, Map<number, string>>();
  for (const row of rows) {
    const known = found.get(row.trigger_id) ?? new Map<number, string>();
    const why = `skipped by ${row.by_name}${row.reason === null ? '' : `: ${row.reason}`}`;
    found.set(row.trigger_id, known.set(row.nominal_at, why));
  }
  return found;
}

/** Writes the rows of all decisions, and only for those that were not there: a live run if open, the question if missed. */
async function writeRows(kernel: Kernel, tx: Tx, decided: readonly Decided[], now: number): Promise<number> {
  const lines = decided.flatMap(({ trigger, batch }) => batch.rows.map((row) => lineOf(trigger, row)));
  if (lines.length === 0) return 0;
  const inserted = await tx.rows(sql<{
    trigger_id: string;
    nominal_at: number;
    status: string;
    folded: number;
    folded_until: number | null;
  }>`
    insert into engine.occurrence (trigger_id, nominal_at, origin, due_at, status, reason, folded, folded_until, settled_at)
    select l.trigger_id, l.nominal_at, 'schedule', l.due_at, l.status, l.reason, l.folded, l.folded_until,
      case when l.status in ('open', 'missed') then null else ${at(now)}::timestamptz end
    from jsonb_to_recordset(${JSON.stringify(lines)}::jsonb)
      as l(trigger_id uuid, nominal_at timestamptz, due_at timestamptz, status text, reason text, folded int, folded_until timestamptz)
    on conflict do nothing
    returning trigger_id, nominal_at, status, folded, folded_until`);
  if (inserted.length < lines.length) {
    // In normal service the cursor forbids this: it went back, by a restored backup or by hand.
    const conflicts = lines.length - inserted.length;
    kernel.log.error({ conflicts }, 'occurrences were there already: a cursor has gone back');
  }
  const triggers = new Map(decided.map(({ trigger }) => [trigger.id, trigger]));
  const written = inserted.flatMap((row) => {
    const trigger = triggers.get(row.trigger_id);
    return trigger === undefined ? [] : [{ ...row, trigger }];
  });
  const open = written.filter(({ status }) => status === 'open');
  await openLiveRuns(
    tx,
    now,
    open.map(({ trigger, nominal_at }) => scheduledRun(trigger, nominal_at)),
  );
  const missed = written.filter(({ status }) => status === 'missed');
  await addMissed(
    tx,
    missed.map((row) => ({ ...row, team_id: row.trigger.team_id })),
    'late',
    now,
  );
  return open.length;
}

function lineOf(trigger: TriggerRow, { nominal, decision, folded, foldedUntil }: DecidedRow): object {
  return {
    trigger_id: trigger.id,
    nominal_at: at(nominal),
    due_at: at(nominal + trigger.spread_ms),
    status: decision.status,
    reason: reasonOf(decision),
    folded,
    folded_until: atOrNull(foldedUntil),
  };
}

function scheduledRun(trigger: TriggerRow, nominal: number): NewLiveRun {
  const due = nominal + trigger.spread_ms;
  const staleAt = due + graceAt(trigger, nominal);
  return { trigger, nominal, origin: 'schedule', cause: 'schedule', attempt: 1, availableAt: due, staleAt };
}

/** Moves the cursors behind what was decided; a trigger without a future ends. */
async function moveCursors(tx: Tx, decided: readonly Decided[]): Promise<void> {
  const lines = decided.map(({ trigger, batch }) => ({
    id: trigger.id,
    cursor_at: at(batch.cursor),
    next_at: atOrNull(batch.next),
    next_due_at: batch.next === null ? null : at(batch.next + trigger.spread_ms),
  }));
  await tx.run(sql`
    update engine.trigger t set cursor_at = l.cursor_at, next_at = l.next_at, next_due_at = l.next_due_at, tzdata = ${tzdataVersion()},
      state = case when l.next_at is null then 'ended' else t.state end
    from jsonb_to_recordset(${JSON.stringify(lines)}::jsonb) as l(id uuid, cursor_at timestamptz, next_at timestamptz, next_due_at timestamptz)
    where t.id = l.id`);
}
