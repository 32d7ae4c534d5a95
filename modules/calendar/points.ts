import type { z } from 'zod';
import type { Caller, Kernel } from '#kernel';
import type { runShape } from '#engine';

/** Statuses of calendar events, worst first where several share a tick. */
export const STATUSES = [
  'running',
  'failed',
  'missed',
  'queued',
  'scheduled',
  'success',
  'paused',
  'disabled',
  'skipped',
  'suppressed',
  'cancelled',
  'superseded',
] as const;
export type EventStatus = (typeof STATUSES)[number];

export const ACTIONS = ['run_now', 'cancel_run', 'pause', 'resume', 'enable', 'disable', 'open_logs'] as const;
export type ActionName = (typeof ACTIONS)[number];

/** Supported, but impossible at this moment. */
export interface BlockedAction {
  readonly action: ActionName;
  readonly code: string;
  readonly reason: string;
}

/** One occurrence of a series. Instants are epoch milliseconds. */
export interface SourceOccurrence {
  readonly at: number;
  readonly origin: 'schedule' | 'manual' | 'reschedule';
  readonly status: EventStatus;
  readonly subStatus?: string;
  readonly reason?: string;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  readonly runId?: string;
  readonly rev: number;
  /** Exactly what would be accepted now. */
  readonly actions: readonly ActionName[];
  readonly blocked: readonly BlockedAction[];
}

/** What recurs under one title: a job, a heartbeat, a plan. */
export interface SourceSeries {
  readonly ref: string;
  readonly ownerId: string | null;
  readonly title: string;
  readonly description?: string;
  readonly category: 'critical' | 'normal' | 'low';
  readonly zone: string;
  /** The recurrence in words. */
  readonly cadence: string;
  /** Occurrences in the next 24 hours; from eight on the series gets a lane. */
  readonly perDay: number;
  readonly version: number;
  readonly locked: boolean;
  readonly durationHint?: number;
  readonly runningRunId?: string;
  readonly nextAt?: number;
  readonly occurrences: readonly SourceOccurrence[];
}

export interface SourceQuestion {
  readonly kernel: Kernel;
  readonly caller: Caller;
  /** Half-open, epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  readonly ref?: string;
  /** Enough: what lies behind so many occurrences may be left out. */
  readonly most?: number;
}

export interface SourceSummary {
  readonly scheduledToday: number;
  readonly running: number;
  readonly failed24h: number;
  readonly next?: { readonly ref: string; readonly title: string; readonly at: number };
}

export interface SourceDetail {
  readonly words: string;
  readonly recurrence: unknown;
  readonly zone: string;
  readonly definition: { readonly kind: string; readonly summary: string };
  readonly runs: readonly z.input<typeof runShape>[];
  readonly next: readonly number[];
  readonly policies: readonly { readonly name: string; readonly value: string; readonly from: string }[];
  readonly audit: readonly {
    readonly at: number;
    readonly actor: string;
    readonly door: string;
    readonly action: string;
    readonly reason: string | null;
  }[];
}

export interface SourceAction {
  readonly kernel: Kernel;
  readonly caller: Caller;
  readonly ref: string;
  readonly occurrence: SourceOccurrence;
  readonly action: ActionName;
  readonly reason?: string | undefined;
  readonly until?: number | undefined;
}

/** Whatever fills the calendar. The calendar knows none by name. */
export interface CalendarSource {
  readonly id: string;
  readonly label: string;
  readonly read: (question: SourceQuestion) => Promise<readonly SourceSeries[]>;
  readonly summarise: (question: SourceQuestion) => Promise<SourceSummary>;
  readonly detail: (question: SourceQuestion & { readonly ref: string }) => Promise<SourceDetail>;
  /** @returns the run that the action began or touched, if any */
  readonly act: (action: SourceAction) => Promise<{ readonly runId?: string }>;
}

declare global {
  interface AlmanacPoints {
    'calendar.source': CalendarSource;
  }
}
