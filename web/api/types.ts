// The shapes of the HTTP API as the page reads them. Once docs/openapi.json is generated these become aliases of
// `components['schemas']` in schema.d.ts; the pages import from here either way.

export type Status =
  | 'scheduled'
  | 'queued'
  | 'running'
  | 'success'
  | 'failed'
  | 'missed'
  | 'paused'
  | 'disabled'
  | 'skipped'
  | 'cancelled'
  | 'suppressed'
  | 'superseded'
  /** Runs only: the node that carried it out is gone. */
  | 'interrupted';

/** ISO 8601 in UTC with milliseconds. */
export type Instant = string;

export interface Me {
  readonly principal: {
    readonly id: string;
    readonly name: string;
    readonly email?: string;
    readonly kind: string;
    readonly zone: string;
  };
  readonly team: { readonly id: string; readonly name: string };
  readonly role: string;
  readonly permissions: string[];
}

export interface ModuleListing {
  readonly name: string;
  readonly state: string;
  readonly summary: string;
  readonly version: string;
  readonly removable: boolean;
}

export interface BlockedAction {
  readonly action: string;
  readonly code: string;
  readonly reason: string;
}

export interface CalendarEvent {
  readonly event_id: string;
  readonly source: string;
  readonly source_ref: string;
  readonly owner_id: string | null;
  readonly title: string;
  readonly description?: string;
  readonly category: string;
  readonly color_key: string;
  readonly status: Status;
  readonly sub_status?: string;
  readonly reason?: string;
  readonly scheduled_at_utc: Instant;
  readonly scheduled_at_local: string;
  readonly timezone_display: string;
  readonly zone: string;
  readonly duration_hint_seconds?: number;
  readonly started_at?: Instant;
  readonly finished_at?: Instant;
  readonly lateness_seconds?: number;
  readonly run_id?: string;
  readonly locked: boolean;
  readonly actions: string[];
  readonly blocked_actions: BlockedAction[];
  readonly rev: number | string;
  readonly version: number;
}

export interface LaneDay {
  readonly from: Instant;
  readonly to: Instant;
  /** One letter per 15 minutes from `from`. */
  readonly ticks: string;
}

export interface Lane {
  readonly lane_id: string;
  readonly source: string;
  readonly source_ref: string;
  readonly title: string;
  readonly category: string;
  readonly color_key: string;
  readonly cadence: string;
  readonly per_day: number;
  readonly status: Status;
  readonly counts: Readonly<Record<string, number>>;
  readonly last?: { readonly at: Instant; readonly status: Status; readonly run_id?: string };
  readonly next?: Instant;
  readonly running_run_id?: string;
  readonly actions: string[];
  readonly blocked_actions: BlockedAction[];
  readonly days: LaneDay[];
  readonly event_id: string;
}

export interface WireSegment {
  readonly from: Instant;
  readonly offset_minutes: number;
  readonly abbreviation: string;
}

export interface Feed {
  readonly timezone: string;
  readonly tzdata: string;
  readonly now: Instant;
  readonly range: { readonly start: Instant; readonly end: Instant; readonly view: string };
  readonly clamped: boolean;
  readonly zone_segments: WireSegment[];
  readonly events: CalendarEvent[];
  readonly lanes: Lane[];
  readonly stats: {
    readonly scheduled_today: number;
    readonly running: number;
    readonly failed_24h: number;
    readonly missed_pending: number;
    readonly next?: { readonly event_id: string; readonly title: string; readonly at: Instant };
  };
  readonly missed: MissedItem[];
  readonly legend: { readonly sources: { readonly id: string; readonly label: string }[]; readonly statuses: string[] };
  readonly sources: { readonly id: string; readonly ok: boolean; readonly error?: string }[];
  readonly truncated?: boolean;
}

export interface MissedItem {
  readonly id: string;
  readonly trigger_id: string;
  readonly title: string;
  readonly count: number;
  readonly first_at: Instant;
  readonly last_at: Instant;
  readonly reason?: string;
}

export interface Run {
  readonly id: string;
  readonly trigger_id: string;
  readonly title: string;
  readonly nominal_at: Instant;
  readonly origin: string;
  readonly attempt: number;
  readonly cause: string;
  readonly status: Status;
  readonly started_at: Instant | null;
  readonly finished_at: Instant | null;
  readonly duration_ms: number | null;
  readonly exit_code: number | null;
  readonly signal: string | null;
  readonly http_status: number | null;
  readonly error: string | null;
  readonly node: string | null;
}

export interface EventDetails {
  readonly event: CalendarEvent;
  readonly schedule: { readonly words: string; readonly recurrence: unknown; readonly zone: string };
  readonly definition?: { readonly kind: string; readonly summary: string };
  readonly runs: Run[];
  readonly next: Instant[];
  readonly policies: { readonly name: string; readonly value: string; readonly from: string }[];
  readonly audit: AuditLine[];
}

export interface AuditLine {
  readonly at: Instant;
  readonly actor: string;
  readonly door: string;
  readonly action: string;
  readonly reason: string | null;
}

export interface ActionAnswer {
  readonly action: string;
  readonly run_id?: string;
}

export type WireRecurrence =
  | { readonly kind: 'cron'; readonly expr: string; readonly zone: string }
  | { readonly kind: 'every'; readonly every: string; readonly anchor?: Instant; readonly zone: string }
  | { readonly kind: 'at'; readonly at: Instant; readonly zone: string }
  | { readonly kind: 'daily'; readonly times: string[]; readonly zone: string };

export interface CommandDefinition {
  /** For the shell; else `argv`. */
  readonly script?: string;
  readonly argv?: string[];
}

export interface HttpDefinition {
  readonly method: string;
  readonly url: string;
}

export interface Job {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly summary: string;
  readonly kind: 'command' | 'http';
  readonly command?: CommandDefinition;
  readonly http?: HttpDefinition;
  readonly recurrence: WireRecurrence;
  readonly words: string;
  readonly zone: string;
  readonly category: string;
  readonly tags: string[];
  readonly state: 'enabled' | 'paused' | 'disabled' | 'ended';
  readonly pause?: { readonly reason: string | null; readonly by: string | null; readonly until: Instant | null };
  readonly next_at: Instant | null;
  readonly last?: { readonly at: Instant; readonly status: Status };
  readonly recent: Status[];
  readonly running_run_id: string | null;
  readonly trigger_id: string;
  readonly owner: { readonly id: string; readonly name: string } | null;
  readonly version: number;
}

export interface NewJob {
  readonly name: string;
  readonly description?: string;
  readonly kind: 'command' | 'http';
  readonly command?: CommandDefinition;
  readonly http?: HttpDefinition;
  readonly recurrence: WireRecurrence;
}

export interface LogPage {
  readonly text: string;
  readonly next: number;
  readonly dropped: number;
  readonly finished: boolean;
}
