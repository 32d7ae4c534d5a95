import type { CalendarEvent, Feed, Lane, Status } from '../../../web/api/types.ts';
import { type Segment, segmentAt, segmentsFrom, wallAt } from '../../../web/kit/time/wall.ts';
import { clockWords } from '../../../web/kit/time/words.ts';
import type { Address } from './address.ts';
import { type Axis, type AxisDay, axisOf, dayIndexOf } from './axis.ts';

/** A calendar event with its instants read. */
export interface Occurrence {
  readonly event: CalendarEvent;
  readonly series: string;
  readonly status: Status;
  readonly at: number;
  /** When it ended, is expected to end, or now while it runs. */
  readonly end: number;
  /** Index into the days of the axis. */
  readonly day: number;
}

/** A feed made ready to be drawn. */
export interface Week {
  readonly feed: Feed;
  readonly segments: readonly Segment[];
  readonly axis: Axis;
  readonly occurrences: readonly Occurrence[];
  readonly lanes: readonly Lane[];
  /** Of the answer, in epoch milliseconds. */
  readonly now: number;
}

export function weekOf(feed: Feed): Week {
  const segments = segmentsFrom(feed.zone_segments);
  const axis = axisOf(segments, Date.parse(feed.range.start), Date.parse(feed.range.end));
  const now = Date.parse(feed.now);
  const occurrences = feed.events.flatMap((event) => {
    const at = Date.parse(event.scheduled_at_utc);
    const day = dayIndexOf(axis, at);
    if (day < 0) return [];
    return [
      {
        event,
        series: `${event.source}:${event.source_ref}`,
        status: event.status,
        at,
        end: endOf(event, at, now),
        day,
      },
    ];
  });
  return { feed, segments, axis, occurrences, lanes: feed.lanes, now };
}

/** What the filters of the address leave. */
export function filteredWeek(week: Week, address: Pick<Address, 'sources' | 'statuses' | 'search'>): Week {
  const { sources, statuses } = address;
  const needle = address.search.trim().toLowerCase();
  if (sources.length === 0 && statuses.length === 0 && needle === '') return week;
  const fits = (source: string, title: string): boolean =>
    (sources.length === 0 || sources.includes(source)) && title.toLowerCase().includes(needle);
  return {
    ...week,
    occurrences: week.occurrences.filter(
      ({ event, status }) => fits(event.source, event.title) && (statuses.length === 0 || statuses.includes(status)),
    ),
    lanes: week.lanes.filter(
      (lane) =>
        fits(lane.source, lane.title) &&
        (statuses.length === 0 || statuses.some((status) => (lane.counts[status] ?? 0) > 0)),
    ),
  };
}

/** "01:30"; with the zone's abbreviation where the clock shows this time twice. */
export function timeWords(week: Pick<Week, 'segments' | 'axis'>, instant: number): string {
  const clock = clockWords(wallAt(week.segments, instant));
  const twice = week.axis.insertions.some(({ day, at, length }) => {
    const from = changeOf(week.axis.days[day], at);
    return from !== undefined && instant >= from - length * 60_000 && instant < from + length * 60_000;
  });
  return twice ? `${clock} ${segmentAt(week.segments, instant).abbreviation}` : clock;
}

/** Sentences about the clock changes in the range, for the header. */
export function changeWords(week: Week): readonly string[] {
  return week.axis.days.flatMap((day) => {
    const weekday = new Intl.DateTimeFormat('en-GB', { weekday: 'long', timeZone: 'UTC' }).format(day.wall);
    if (day.gap) return [`Clocks go forward on ${weekday}: no ${clockWords(day.gap.from * 60_000)}`];
    const again = day.pieces.find((piece) => piece.again);
    return again ? [`Clocks go back on ${weekday}: ${clockWords(again.wall * 60_000)} comes twice`] : [];
  });
}

function changeOf(day: AxisDay | undefined, wall: number): number | undefined {
  return day?.pieces.find((piece) => piece.again && piece.wall === wall)?.from;
}

function endOf(event: CalendarEvent, at: number, now: number): number {
  const hint = at + (event.duration_hint_seconds ?? 0) * 1000;
  if (event.status === 'running') return Math.max(hint, now);
  if (!event.finished_at) return event.status === 'missed' ? at : hint;
  const took = Date.parse(event.finished_at) - Date.parse(event.started_at ?? event.scheduled_at_utc);
  return at + Math.max(0, took);
}
