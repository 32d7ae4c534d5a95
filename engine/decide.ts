import { compile } from '#time/recurrence.ts';
import { graceAt } from './ledger/policy.ts';
import type { TriggerRow } from './schema.ts';

/** What happens to one nominal instant. */
export type Decision =
  | { readonly status: 'open' }
  | { readonly status: 'skipped' | 'suppressed' | 'missed'; readonly reason: string };

export type DecidedTrigger = Pick<
  TriggerRow,
  'id' | 'recurrence' | 'policy' | 'state' | 'state_reason' | 'paused_until' | 'spread_ms'
>;

export interface DecisionContext {
  /** A run of this trigger is queued or running. */
  readonly busy: boolean;
  /** Why a person skips this very occurrence, when somebody does. */
  readonly excluded?: string | undefined;
}

/** The one rule by which an instant gets its row; simulation and property tests call the same function. */
export function decide(
  trigger: DecidedTrigger,
  nominal: number,
  now: number,
  { busy, excluded }: DecisionContext,
): Decision {
  if (excluded !== undefined) return { status: 'skipped', reason: excluded };
  if (isPausedAt(trigger, nominal))
    return { status: 'suppressed', reason: `paused: ${trigger.state_reason ?? 'no reason given'}` };
  if (now - (nominal + trigger.spread_ms) > graceAt(trigger, nominal)) return { status: 'missed', reason: 'late' };
  if (busy && trigger.policy.overlap !== 'allow')
    return { status: 'skipped', reason: 'overlap: the run before is not finished' };
  return { status: 'open' };
}

/** A pause with an end holds only for instants before it. */
export function isPausedAt(
  { state, paused_until }: Pick<TriggerRow, 'state' | 'paused_until'>,
  nominal: number,
): boolean {
  return state === 'paused' && (paused_until === null || nominal < paused_until);
}

/** One row to be: usually one instant, for a long backlog many. */
export interface DecidedRow {
  readonly nominal: number;
  readonly decision: Decision;
  readonly folded: number;
  readonly foldedUntil: number | null;
}

export interface DecidedBatch {
  readonly rows: readonly DecidedRow[];
  /** The last instant decided, or where the cursor stood. */
  readonly cursor: number;
  /** First instant after the cursor, null when there is none. */
  readonly next: number | null;
}

/** Most rows that one pass writes for one trigger. */
const ROWS_AT_ONCE = 500;
/** Beyond so many undecided instants the oldest become one row. */
const UNFOLDED = 1000;
/** Most instants that one pass looks at for one trigger; the next pass takes up the rest. */
const LOOKED_AT = 100_000;

/** Reused by every call; nothing here waits in between. */
const instants = new Float64Array(LOOKED_AT);

export interface DueQuestion {
  readonly cursor: number;
  /** Decide what is due up to here. */
  readonly until: number;
  readonly now: number;
  readonly busy: boolean;
  readonly excluded: ReadonlyMap<number, string>;
}

/**
 * Decides the instants of a trigger in (cursor, until], oldest first. The first one that opens keeps the later ones out,
 * unless overlap is allowed.
 */
export function decideDue(trigger: DecidedTrigger, { cursor, until, now, busy, excluded }: DueQuestion): DecidedBatch {
  const compiled = compile(trigger.recurrence);
  const all = compiled.count(cursor + 1, until + 1);
  const found = compiled.expand(cursor + 1, until + 1, instants);
  const rows: DecidedRow[] = [];
  let running = busy;
  let place = 0;
  while (place < found && rows.length < ROWS_AT_ONCE) {
    const nominal = instants[place] ?? Number.NaN;
    const decision = decide(trigger, nominal, now, { busy: running, excluded: excluded.get(nominal) });
    const folds = decision.status === 'missed' || decision.status === 'suppressed';
    const most = folds ? Math.min(all - UNFOLDED, found) - place : 0;
    const folded = Math.max(1, countAlike(decision, most));
    rows.push({ nominal, decision, folded, foldedUntil: folded === 1 ? null : (instants[place + folded - 1] ?? null) });
    running ||= decision.status === 'open';
    place += folded;
  }
  const last = place === 0 ? cursor : (instants[place - 1] ?? cursor);
  const next = compiled.next(last);
  return { rows, cursor: last, next: Number.isNaN(next) ? null : next };

  /** How many instants from here on get the very same decision, up to `most`. */
  function countAlike(first: Decision, most: number): number {
    let count = 0;
    while (count < most) {
      const nominal = instants[place + count] ?? Number.NaN;
      const other = decide(trigger, nominal, now, { busy: running, excluded: excluded.get(nominal) });
      if (other.status !== first.status || reasonOf(other) !== reasonOf(first)) break;
      count++;
    }
    return count;
  }
}

export function reasonOf(decision: Decision): string | null {
  return 'reason' in decision ? decision.reason : null;
}
