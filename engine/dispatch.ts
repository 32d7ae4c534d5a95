import { tzdataVersion } from '#time/zone.ts';
import { at, atOrNull, type Kernel, newId, sql, type Tx } from '#kernel';
import { type DecidedBatch, type DecidedRow, decideDue } from './decide.ts';
import { tellChanged } from './ledger/changes.ts';
import { addMissed } from './missed.ts';
import { graceAt, mutexOf, timeoutOf } from './ledger/policy.ts';
import type { LiveRunContext, TriggerRow } from './schema.ts';

export interface DispatchPass {
  readonly triggers: number;
  readonly opened: number;
  /** The earliest instant at which something is due, null when nothing is planned. */
  readonly nextDueAt: number | null;
}

const BATCH = 200;

/**
 * T1: takes the triggers that are due, decides each instant since their cursor, writes the rows and moves the cursor, all
 * in one transaction. Safe on any number of nodes and to repeat after an unknown commit: the cursor has moved then.
 */
export async function dispatch(kernel: Kernel): Promise<DispatchPass> {
  const { clock, db } = kernel;
  const now = clock.now();
  const pass = await db.transaction(async (tx) => {
    // Newest first: a backlog never delays on-time work.
    const due = await tx.rows(sql<TriggerRow>`
      select * from engine.trigger where next_due_at <= ${at(now)}
      order by next_due_at desc limit ${BATCH} for no key update skip locked`);
    const opened = await settle(kernel, tx, due, now, (trigger) => now - trigger.spread_ms);
    return { triggers: due.length, opened };
  });
  const [row] = await db.rows(
    sql<{ next: number | null }>`select min(next_due_at) as next from engine.trigger where next_due_at is not null`,
  );
  if (pass.opened > 0) kernel.signals.raise('lane');
  return { ...pass, nextDueAt: row?.next ?? null };
}

/**
 * Decides all of locked triggers up to an instant and writes it. Edits, pauses and deletions call this under the old
 * definition first, so that no edit can lose an instant that fell due a second before.
 * @param until the last nominal instant to decide, per trigger
 * @returns how many live runs were opened
 */
export async function settle(
  kernel: Kernel,
  tx: Tx,
  triggers: readonly TriggerRow[],
  now: number,
  until: (trigger: TriggerRow) => number,
): Promise<number> {
  if (triggers.length === 0) return 0;
  const ids = triggers.map(({ id }) => id);
  const busy = new Set(
    (
      await tx.rows(
        sql<{
          trigger_id: string;
        }>`select distinct trigger_id from engine.live_run where trigger_id = any(${ids}::uuid[])`,
      )
    ).map((row) => row.trigger_id),
  );
  const excluded = await readExclusions(tx, ids);
  const decided = triggers.map((trigger) => ({
    trigger,
    batch: decideDue(trigger, {
      cursor: trigger.cursor_at,
      until: until(trigger),
      now,
      busy: busy.has(trigger.id),
      excluded: excluded.get(trigger.id) ?? new Map(),
    }),
  }));
  const opened = await writeRows(kernel, tx, decided, now);
  for (const { trigger, batch } of decided) {
    const missed = batch.rows.filter(({ decision }) => decision.status === 'missed');
    if (missed.length > 0)
      await addMissed(
        tx,
        trigger,
        { rows: missed.map(({ nominal, folded, foldedUntil }) => ({ nominal, folded, foldedUntil })), reason: 'late' },
        now,
      );
  }
  await moveCursors(tx, decided, now);
  const changed = decided.filter(({ batch }) => batch.rows.length > 0).map(({ trigger }) => trigger);
  await tellChanged(kernel, tx, changed);
  return opened;
}

interface Decided {
  readonly trigger: TriggerRow;
  readonly batch: DecidedBatch;
}

async function readExclusions(tx: Tx, ids: readonly string[]): Promise<Map<string, Map<number, string>>> {
  const rows = await tx.rows(sql<{ trigger_id: string; nominal_at: number; reason: string | null; by_name: string }>`
    select trigger_id, nominal_at, reason, by_name from engine.exclusion where trigger_id = any(${ids}::uuid[])`);
  const found = new Map<string, Map<number, string>>();
  for (const row of rows) {
    const known = found.get(row.trigger_id) ?? new Map<number, string>();
    found.set(
      row.trigger_id,
      known.set(row.nominal_at, `skipped by ${row.by_name}${row.reason === null ? '' : `: ${row.reason}`}`),
    );
  }
  return found;
}

/** Writes the rows of all decisions and a live run for each that opened; a row that was there already opens nothing. */
async function writeRows(kernel: Kernel, tx: Tx, decided: readonly Decided[], now: number): Promise<number> {
  const lines = decided.flatMap(({ trigger, batch }) => batch.rows.map((row) => lineOf(trigger, row)));
  if (lines.length === 0) return 0;
  const inserted = await tx.rows(sql<{ trigger_id: string; nominal_at: number; status: string }>`
    insert into engine.occurrence (trigger_id, nominal_at, origin, due_at, status, reason, folded, folded_until, settled_at)
    select l.trigger_id, l.nominal_at, 'schedule', l.due_at, l.status, l.reason, l.folded, l.folded_until,
      case when l.status in ('open', 'missed') then null else ${at(now)}::timestamptz end
    from jsonb_to_recordset(${JSON.stringify(lines)}::jsonb)
      as l(trigger_id uuid, nominal_at timestamptz, due_at timestamptz, status text, reason text, folded int, folded_until timestamptz)
    on conflict do nothing
    returning trigger_id, nominal_at, status`);
  if (inserted.length < lines.length) {
    // In normal service the cursor forbids this: it went back, by a restored backup or by hand.
    kernel.log.error(
      { conflicts: lines.length - inserted.length },
      'occurrences were there already: a cursor has gone back',
    );
  }
  const open = inserted
    .filter(({ status }) => status === 'open')
    .map((row) => ({ trigger_id: row.trigger_id, nominal: row.nominal_at }));
  const triggers = new Map(decided.map(({ trigger }) => [trigger.id, trigger]));
  await openLiveRuns(
    tx,
    now,
    open.flatMap(({ trigger_id, nominal }) => {
      const trigger = triggers.get(trigger_id);
      return trigger === undefined ? [] : [scheduledRun(trigger, nominal)];
    }),
  );
  return open.length;
}

function lineOf(trigger: TriggerRow, { nominal, decision, folded, foldedUntil }: DecidedRow): object {
  return {
    trigger_id: trigger.id,
    nominal_at: at(nominal),
    due_at: at(nominal + trigger.spread_ms),
    status: decision.status,
    reason: 'reason' in decision ? decision.reason : null,
    folded,
    folded_until: atOrNull(foldedUntil),
  };
}

function scheduledRun(trigger: TriggerRow, nominal: number): NewLiveRun {
  const due = nominal + trigger.spread_ms;
  return {
    trigger,
    nominal,
    origin: 'schedule',
    cause: 'schedule',
    attempt: 1,
    availableAt: due,
    staleAt: due + graceAt(trigger, nominal),
  };
}

export interface NewLiveRun {
  readonly trigger: TriggerRow;
  readonly nominal: number;
  readonly origin: 'schedule' | 'manual' | 'reschedule';
  readonly cause: 'schedule' | 'manual' | 'backfill' | 'retry';
  readonly attempt: number;
  readonly availableAt: number;
  /** Queued beyond this instant it is missed; null: it may wait for ever. */
  readonly staleAt: number | null;
}

/** Manual before schedule before retry before the rest. */
const PRIORITY = { manual: 0, schedule: 1, retry: 2, backfill: 3 } as const;

/** Puts runs into the queue. @returns their ids, in the order given */
export async function openLiveRuns(tx: Tx, now: number, wanted: readonly NewLiveRun[]): Promise<string[]> {
  if (wanted.length === 0) return [];
  const lines = wanted.map((run) => ({ ...liveRunLine(run), id: newId(now) }));
  await tx.run(sql`
    insert into engine.live_run (id, trigger_id, nominal_at, origin, attempt, cause, team_id, owner_module, lane, priority, mutex, tags, repeatable,
      available_at, stale_at, state, context)
    select l.id, l.trigger_id, l.nominal_at, l.origin, l.attempt, l.cause, l.team_id, l.owner_module, l.lane, l.priority, l.mutex, l.tags, l.repeatable,
      l.available_at, l.stale_at, 'queued', l.context
    from jsonb_to_recordset(${JSON.stringify(lines)}::jsonb)
      as l(id uuid, trigger_id uuid, nominal_at timestamptz, origin text, attempt int, cause text, team_id uuid, owner_module text, lane text,
        priority int, mutex text, tags text[], repeatable boolean, available_at timestamptz, stale_at timestamptz, context jsonb)`);
  return lines.map(({ id }) => id);
}

function liveRunLine({ trigger, nominal, origin, cause, attempt, availableAt, staleAt }: NewLiveRun): object {
  const context: LiveRunContext = {
    owner_ref: trigger.owner_ref,
    title: trigger.title,
    zone: trigger.zone,
    definition: trigger.definition,
    timeout_ms: timeoutOf(trigger.policy),
  };
  return {
    trigger_id: trigger.id,
    nominal_at: at(nominal),
    origin,
    attempt,
    cause,
    team_id: trigger.team_id,
    owner_module: trigger.owner_module,
    lane: trigger.lane,
    priority: PRIORITY[cause],
    mutex: mutexOf(trigger),
    tags: trigger.policy.tags ?? [],
    repeatable: trigger.policy.repeatable === true,
    available_at: at(availableAt),
    stale_at: atOrNull(staleAt),
    context,
  };
}

/** Moves the cursors behind what was decided; a pause whose end has come ends here, a trigger without a future ends too. */
async function moveCursors(tx: Tx, decided: readonly Decided[], now: number): Promise<void> {
  const lines = decided.map(({ trigger, batch }) => ({
    id: trigger.id,
    cursor_at: at(batch.cursor),
    next_at: atOrNull(batch.next),
    next_due_at: batch.next === null ? null : at(batch.next + trigger.spread_ms),
  }));
  await tx.run(sql`
    update engine.trigger t set cursor_at = l.cursor_at, next_at = l.next_at, next_due_at = l.next_due_at, tzdata = ${tzdataVersion()},
      state = case
        when t.state = 'paused' and t.paused_until <= ${at(now)} then case when l.next_at is null then 'ended' else 'enabled' end
        when t.state in ('enabled', 'paused') and l.next_at is null then 'ended'
        else t.state end,
      paused_until = case when t.paused_until <= ${at(now)} then null else t.paused_until end,
      state_reason = case when t.paused_until <= ${at(now)} then null else t.state_reason end
    from jsonb_to_recordset(${JSON.stringify(lines)}::jsonb) as l(id uuid, cursor_at timestamptz, next_at timestamptz, next_due_at timestamptz)
    where t.id = l.id`);
}
