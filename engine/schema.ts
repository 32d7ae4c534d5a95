import type { Recurrence } from '#time/recurrence.ts';

export type TriggerState = 'enabled' | 'paused' | 'disabled' | 'ended' | 'deleted';
export type Category = 'critical' | 'normal' | 'low';
export type Origin = 'schedule' | 'manual' | 'reschedule';
export type Cause = 'schedule' | 'manual' | 'backfill' | 'retry' | 'recovery';

/** Settled: `open` and `missed` wait for something, the others never change again. */
export type OccurrenceStatus =
  | 'open'
  | 'success'
  | 'failed'
  | 'cancelled'
  | 'skipped'
  | 'suppressed'
  | 'superseded'
  | 'missed'
  | 'rescheduled'
  | 'dismissed'
  | 'expired';

export type Outcome = 'success' | 'failed' | 'cancelled';

/** What a trigger's owner may set; everything absent has a default (policy.ts). Durations in milliseconds. */
export interface Policy {
  readonly grace_ms?: number | undefined;
  readonly overlap?: 'skip' | 'allow' | undefined;
  /** Waits before the second, third, … attempt. */
  readonly retry_ms?: readonly number[] | undefined;
  /** Running it twice does no harm: it is started again after a crash, and retried. */
  readonly repeatable?: boolean | undefined;
  readonly timeout_ms?: number | undefined;
  /** One at a time among all that name the same, such as `host:db1`. */
  readonly mutex?: string | undefined;
  /** Only nodes that carry all of these run it. */
  readonly tags?: readonly string[] | undefined;
}

export interface TriggerRow {
  id: string;
  team_id: string;
  owner_id: string | null;
  owner_module: string;
  owner_ref: string;
  title: string;
  category: Category;
  lane: string;
  recurrence: Recurrence;
  zone: string;
  policy: Policy;
  definition: unknown;
  spread_ms: number;
  state: TriggerState;
  state_reason: string | null;
  state_by: string | null;
  paused_until: number | null;
  cursor_at: number;
  next_at: number | null;
  next_due_at: number | null;
  version: number;
  tzdata: string;
  created_at: number;
  updated_at: number;
  created_by: string | null;
}

/** Key of an occurrence. */
export interface OccurrenceKey {
  trigger_id: string;
  nominal_at: number;
  origin: Origin;
}

export interface OccurrenceRow extends OccurrenceKey {
  due_at: number;
  status: OccurrenceStatus;
  reason: string | null;
  folded: number;
  folded_until: number | null;
  settled_at: number | null;
  rev: number;
  links: Readonly<Record<string, string>> | null;
}

export interface LiveRunRow extends OccurrenceKey {
  id: string;
  attempt: number;
  cause: Cause;
  team_id: string;
  owner_module: string;
  lane: string;
  mutex: string | null;
  tags: string[];
  repeatable: boolean;
  recoveries: number;
  available_at: number;
  stale_at: number | null;
  state: 'queued' | 'running';
  node_id: string | null;
  started_at: number | null;
  deadline_at: number | null;
  cancel_requested_at: number | null;
  context: LiveRunContext;
}

/** What a run must know that may change on the trigger meanwhile. */
export interface LiveRunContext {
  readonly owner_ref: string;
  readonly title: string;
  readonly zone: string;
  readonly definition: unknown;
  readonly timeout_ms: number;
}

export interface RunRow extends OccurrenceKey {
  id: string;
  attempt: number;
  cause: Cause;
  node_id: string | null;
  started_at: number | null;
  finished_at: number | null;
  status: 'queued' | 'running' | Outcome | 'interrupted';
  detail: RunDetail;
}

/** How a run ended, beyond its result. */
export interface RunDetail {
  readonly exit_code?: number | undefined;
  readonly signal?: string | undefined;
  readonly http_status?: number | undefined;
  /** One sentence for a person. */
  readonly error?: string | undefined;
  /** What came in after the outcome had been written without it. */
  readonly late_result?: string | undefined;
}
