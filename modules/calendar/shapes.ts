import { z } from 'zod';
import { shape } from '#kernel';
import { runShape } from '#engine';
import { ACTIONS, STATUSES } from './points.ts';

const category = z.enum(['critical', 'normal', 'low']);
const status = z.enum(STATUSES);
const blocked = z.object({ action: z.enum(ACTIONS), code: z.string(), reason: z.string() });

/** The calendar event of spec 5.2. */
export const eventShape = z.object({
  event_id: z.string(),
  source: z.string(),
  source_ref: z.string(),
  owner_id: z.string().nullable(),
  team_id: z.string(),
  title: z.string(),
  description: z.string().optional(),
  category,
  color_key: z.string(),
  status,
  sub_status: z.string().optional(),
  reason: z.string().optional(),
  origin: z.enum(['schedule', 'manual', 'reschedule']),
  scheduled_at_utc: shape.instant,
  scheduled_at_local: z.string(),
  timezone_display: z.string(),
  zone: z.string(),
  duration_hint_seconds: z.number().optional(),
  started_at: shape.instant.optional(),
  finished_at: shape.instant.optional(),
  lateness_seconds: z.number().optional(),
  run_id: z.string().optional(),
  locked: z.boolean(),
  actions: z.array(z.enum(ACTIONS)),
  blocked_actions: z.array(blocked),
  rev: z.int(),
  version: z.int(),
});
export type CalendarEvent = z.input<typeof eventShape>;

export const laneShape = z.object({
  lane_id: z.string(),
  event_id: z.string(),
  source: z.string(),
  source_ref: z.string(),
  title: z.string(),
  category,
  color_key: z.string(),
  cadence: z.string(),
  per_day: z.int(),
  status,
  counts: z.partialRecord(status, z.int()),
  last: z.object({ at: shape.instant, status, run_id: z.string().optional() }).optional(),
  next: shape.instant.optional(),
  running_run_id: z.string().optional(),
  actions: z.array(z.enum(ACTIONS)),
  blocked_actions: z.array(blocked),
  days: z.array(z.object({ from: shape.instant, to: shape.instant, ticks: z.string() })),
});
export type Lane = z.input<typeof laneShape>;

export const feedShape = z.object({
  timezone: z.string(),
  tzdata: z.string(),
  now: shape.instant,
  range: z.object({ start: shape.instant, end: shape.instant, view: z.enum(['week', 'day', 'list']) }),
  clamped: z.boolean(),
  /** There is more: ask again with `start` set to `cursor`. */
  truncated: z.boolean(),
  cursor: shape.instant.optional(),
  zone_segments: z.array(z.object({ from: shape.instant, offset_minutes: z.number(), abbreviation: z.string() })),
  events: z.array(eventShape),
  lanes: z.array(laneShape),
  series: z.array(z.never()),
  stats: z.object({
    scheduled_today: z.int(),
    running: z.int(),
    failed_24h: z.int(),
    missed_pending: z.int(),
    next: z.object({ event_id: z.string(), title: z.string(), at: shape.instant }).optional(),
  }),
  missed: z.array(
    z.object({
      id: z.string(),
      trigger_id: z.string(),
      source_ref: z.string(),
      title: z.string(),
      category: z.string(),
      count: z.int(),
      first_at: shape.instant,
      last_at: shape.instant,
      reason: z.string(),
    }),
  ),
  legend: z.object({ sources: z.array(z.object({ id: z.string(), label: z.string() })), statuses: z.array(status) }),
  sources: z.array(z.object({ id: z.string(), ok: z.boolean(), error: z.string().optional() })),
  stream: z.object({ epoch: z.string(), seq: z.int() }),
});
export type Feed = z.input<typeof feedShape>;

export const detailShape = z.object({
  event: eventShape,
  schedule: z.object({ words: z.string(), recurrence: z.unknown(), zone: z.string() }),
  definition: z.object({ kind: z.string(), summary: z.string() }),
  runs: z.array(runShape),
  next: z.array(shape.instant),
  policies: z.array(z.object({ name: z.string(), value: z.string(), from: z.string() })),
  audit: z.array(
    z.object({
      at: shape.instant,
      actor: z.string(),
      door: z.string(),
      action: z.string(),
      reason: z.string().nullable(),
    }),
  ),
});
