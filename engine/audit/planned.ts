import { compile, type Recurrence } from '#time/recurrence.ts';
import { at, sql, type Tx } from '#kernel';

/** Dispatch further behind than this leaves instants without a row, in milliseconds. */
const DISPATCH_ALLOWED = 60_000;

interface VersionRow {
  trigger_id: string;
  title: string;
  /** The cursor when this version came into force. */
  from_at: number;
  recurrence: Recurrence | null;
  state: string;
  cursor_at: number;
  next_at: number | null;
  spread_ms: number;
}

interface PlannedRow {
  nominal_at: number;
  folded: number;
  folded_until: number | null;
}

export interface Comparison {
  /** Planned, but without a row. */
  unaccounted: number;
  /** Rows that no version in force planned. */
  surplus: number;
  /** Sentences about both, one per place. */
  wrong: string[];
}

/** I1: what the versions in force planned, against the rows that are there, folded ones counted. */
export async function comparePlanWithRows(tx: Tx, now: number): Promise<Comparison> {
  const versions = await tx.rows(sql<VersionRow>`
    select v.trigger_id, t.title, v.from_at, v.recurrence, t.state, t.cursor_at, t.next_at, t.spread_ms
    from engine.trigger_version v join engine.trigger t on t.id = v.trigger_id order by v.trigger_id, v.version`);
  const result: Comparison = { unaccounted: 0, surplus: 0, wrong: [] };
  for (const history of Map.groupBy(versions, ({ trigger_id }) => trigger_id).values()) {
    const [{ trigger_id } = { trigger_id: '' }] = history;
    const rows = await tx.rows(sql<PlannedRow>`
      select nominal_at, folded, folded_until from engine.occurrence
      where trigger_id = ${trigger_id} and origin = 'schedule' order by nominal_at`);
    compareOne(history, rows, now, result);
  }
  return result;
}

function compareOne(
  history: readonly VersionRow[],
  rows: readonly PlannedRow[],
  now: number,
  result: Comparison,
): void {
  const last = history.at(-1);
  if (last === undefined) return;
  const { planned, unreadable } = plannedInstants(history);
  const left = new Set(planned);
  for (const { nominal_at, folded, folded_until } of rows) {
    if (unreadable.some(({ from, until }) => nominal_at > from && nominal_at <= until)) continue;
    const known = take(left, planned, nominal_at, folded_until ?? nominal_at);
    if (known === folded) continue;
    result.surplus += Math.max(0, folded - known);
    result.unaccounted += Math.max(0, known - folded);
    result.wrong.push(`${last.title}: a row at ${at(nominal_at)} stands for ${folded}, of which ${known} were planned`);
  }
  const late = isLate(last, now) ? 1 : 0;
  const missing = left.size + late;
  result.unaccounted += missing;
  if (missing > 0) {
    const [first] = left;
    result.wrong.push(`${last.title}: ${missing} without a row, first ${at(first ?? last.next_at ?? now)}`);
  }
  // An old version may stay unreadable for ever; what is in force must not.
  if (
    last.state !== 'deleted' &&
    last.recurrence !== null &&
    unreadable.some(({ until }) => until === last.cursor_at)
  ) {
    result.wrong.push(`${last.title}: its recurrence cannot be read`);
  }
}

/** Takes the planned instants that a row stands for out of those that are left. @returns how many it found */
function take(left: Set<number>, planned: readonly number[], from: number, to: number): number {
  let place = firstFrom(planned, from);
  let known = 0;
  for (; place < planned.length; place++) {
    const instant = planned[place] ?? Number.POSITIVE_INFINITY;
    if (instant > to) break;
    if (left.delete(instant)) known++;
  }
  return known;
}

/** Place of the first instant at or after one, in ascending instants. */
function firstFrom(instants: readonly number[], from: number): number {
  let [low, high] = [0, instants.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((instants[middle] ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  return low;
}

interface Span {
  readonly from: number;
  readonly until: number;
}

/** Each version planned from where it came into force to where the next one did; the last one up to the cursor. */
function plannedInstants(history: readonly VersionRow[]): { planned: number[]; unreadable: Span[] } {
  const planned: number[] = [];
  const unreadable: Span[] = [];
  for (const [place, { recurrence, from_at: from, cursor_at }] of history.entries()) {
    const until = history[place + 1]?.from_at ?? cursor_at;
    if (recurrence === null) continue;
    try {
      const compiled = compile(recurrence);
      for (let instant = compiled.next(from); instant <= until; instant = compiled.next(instant)) planned.push(instant);
    } catch {
      unreadable.push({ from, until });
    }
  }
  return { planned, unreadable };
}

/** Something should have been decided by now: dispatch stands still. */
function isLate({ next_at, spread_ms }: VersionRow, now: number): boolean {
  return next_at !== null && next_at + spread_ms < now - DISPATCH_ALLOWED;
}
