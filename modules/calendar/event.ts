import { isoLocal, type Zone } from '#time/zone.ts';
import { shape } from '#kernel';
import { encodeEventId } from './event-id.ts';
import { countStatuses, ticksOf } from './lanes.ts';
import type { SourceOccurrence, SourceSeries } from './points.ts';
import type { CalendarEvent, Lane } from './shapes.ts';

export interface Drawn {
  readonly source: string;
  readonly teamId: string;
  /** The zone of whoever looks. */
  readonly zone: Zone;
  readonly now: number;
}

/** One occurrence as the feed tells it. */
export function eventOf(
  series: SourceSeries,
  occurrence: SourceOccurrence,
  { source, teamId, zone }: Drawn,
): CalendarEvent {
  const { at, startedAt, finishedAt } = occurrence;
  return {
    event_id: encodeEventId({ source, ref: series.ref, origin: occurrence.origin, at }),
    source,
    source_ref: series.ref,
    owner_id: series.ownerId,
    team_id: teamId,
    title: series.title,
    ...(series.description === undefined ? {} : { description: series.description }),
    category: series.category,
    color_key: colourOf(source, series),
    status: occurrence.status,
    ...(occurrence.subStatus === undefined ? {} : { sub_status: occurrence.subStatus }),
    ...(occurrence.reason === undefined ? {} : { reason: occurrence.reason }),
    origin: occurrence.origin,
    scheduled_at_utc: shape.wire(at),
    scheduled_at_local: isoLocal(zone, at),
    timezone_display: zone.id,
    zone: series.zone,
    ...(series.durationHint === undefined ? {} : { duration_hint_seconds: series.durationHint / 1000 }),
    ...(startedAt === undefined
      ? {}
      : { started_at: shape.wire(startedAt), lateness_seconds: Math.max(0, startedAt - at) / 1000 }),
    ...(finishedAt === undefined ? {} : { finished_at: shape.wire(finishedAt) }),
    ...(occurrence.runId === undefined ? {} : { run_id: occurrence.runId }),
    locked: series.locked,
    actions: [...occurrence.actions],
    blocked_actions: [...occurrence.blocked],
    rev: occurrence.rev,
    version: series.version,
  };
}

/** A frequent series as one row of ticks; nothing when it has no occurrence in the range. */
export function laneOf(
  series: SourceSeries,
  days: readonly { from: number; to: number }[],
  drawn: Drawn,
): Lane | undefined {
  const { source, now } = drawn;
  const nearest = nearestTo(series.occurrences, now);
  if (nearest === undefined) return undefined;
  const last = series.occurrences.findLast(
    ({ at, status }) => at <= now && status !== 'queued' && status !== 'running',
  );
  const running = series.occurrences.find(({ status }) => status === 'running');
  return {
    lane_id: `${source}.${series.ref}`,
    event_id: encodeEventId({ source, ref: series.ref, origin: nearest.origin, at: nearest.at }),
    source,
    source_ref: series.ref,
    title: series.title,
    category: series.category,
    color_key: colourOf(source, series),
    cadence: series.cadence,
    per_day: series.perDay,
    status: (running ?? last ?? nearest).status,
    counts: countStatuses(series.occurrences),
    ...(last === undefined
      ? {}
      : {
          last: {
            at: shape.wire(last.at),
            status: last.status,
            ...(last.runId === undefined ? {} : { run_id: last.runId }),
          },
        }),
    ...(series.nextAt === undefined ? {} : { next: shape.wire(series.nextAt) }),
    ...(series.runningRunId === undefined ? {} : { running_run_id: series.runningRunId }),
    actions: [...nearest.actions],
    blocked_actions: [...nearest.blocked],
    days: ticksOf(days, series.occurrences).map(({ from, to, ticks }) => ({
      from: shape.wire(from),
      to: shape.wire(to),
      ticks,
    })),
  };
}

function colourOf(source: string, { category }: SourceSeries): string {
  return category === 'normal' ? source : `${source}.${category}`;
}

/** Where a click on the lane leads: the occurrence that is nearest to now, a past one before a future one. */
function nearestTo(occurrences: readonly SourceOccurrence[], now: number): SourceOccurrence | undefined {
  return occurrences.findLast(({ at }) => at <= now) ?? occurrences[0];
}
