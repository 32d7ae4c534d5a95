import { createHash } from 'node:crypto';
import { tzdataVersion, type Zone } from '#time/zone.ts';
import { addLocalDays, startOfLocalDay } from '#time/zone.ts';
import { type Caller, type Kernel, shape } from '#kernel';
import { pendingItems } from '#engine';
import { encodeEventId } from './event-id.ts';
import { eventOf, laneOf } from './event.ts';
import { LANE_FROM } from './lanes.ts';
import { type CalendarSource, type EventStatus, type SourceSeries, type SourceSummary, STATUSES } from './points.ts';
import { localDays, type Range, type View, zoneSegments } from './range.ts';
import type { CalendarEvent, Feed, Lane } from './shapes.ts';

export interface FeedQuestion {
  readonly kernel: Kernel;
  readonly caller: Caller;
  readonly view: View;
  readonly range: Range;
  readonly zone: Zone;
  readonly sources: readonly CalendarSource[];
  readonly statuses?: ReadonlySet<EventStatus> | undefined;
  readonly text?: string | undefined;
  /** Every occurrence as an event, none as a lane. */
  readonly raw: boolean;
}

/** Most events of one raw answer; the cursor leads to the rest. */
const MOST_RAW = 5000;
/** A source has so long to answer before the feed goes on without it, in milliseconds. */
const PATIENCE = 2000;

interface Asked {
  readonly source: CalendarSource;
  readonly series: readonly SourceSeries[];
  readonly summary: SourceSummary | undefined;
  readonly error?: string;
}

/** One feed over every source; a source that fails becomes an entry in `sources`, never a failed page. */
export async function readFeed(question: FeedQuestion): Promise<Feed> {
  const { kernel, caller, range, zone, view } = question;
  const now = kernel.clock.now();
  const asked = await Promise.all(question.sources.map((source) => ask(source, question, now)));
  const days = localDays(zone, range.from, range.to);
  const events: CalendarEvent[] = [];
  const lanes: Lane[] = [];
  for (const { source, series } of asked) {
    const drawn = { source: source.id, teamId: caller.teamId, zone, now };
    for (const one of series.filter(({ title }) => matches(title, question.text))) {
      const lane = !question.raw && one.perDay >= LANE_FROM ? laneOf(one, days, drawn) : undefined;
      if (lane !== undefined) lanes.push(lane);
      else
        for (const occurrence of one.occurrences)
          if (question.statuses?.has(occurrence.status) ?? true) events.push(eventOf(one, occurrence, drawn));
    }
  }
  events.sort(
    (a, b) =>
      compare(a.scheduled_at_utc, b.scheduled_at_utc) || compare(a.title, b.title) || compare(a.event_id, b.event_id),
  );
  const cut = question.raw ? events[MOST_RAW] : undefined;
  lanes.sort((a, b) => compare(a.title, b.title) || compare(a.lane_id, b.lane_id));
  const missed = await pendingItems(kernel, caller.teamId);
  const { epoch, seq } = kernel.live.position();
  return {
    timezone: zone.id,
    tzdata: tzdataVersion(),
    now: shape.wire(now),
    range: { start: shape.wire(range.from), end: shape.wire(range.to), view },
    clamped: range.clamped,
    ...(cut === undefined ? { truncated: false } : { truncated: true, cursor: cut.scheduled_at_utc }),
    zone_segments: zoneSegments(zone, range.from, range.to).map(({ from, offsetMinutes, abbreviation }) => ({
      from: shape.wire(from),
      offset_minutes: offsetMinutes,
      abbreviation,
    })),
    events: cut === undefined ? events : events.slice(0, MOST_RAW),
    lanes,
    series: [],
    stats: statsOf(
      asked,
      missed.reduce((sum, { count }) => sum + count, 0),
    ),
    missed: missed.map(({ id, trigger_id, owner_ref, title, category, count, first_at, last_at, reason }) => ({
      id,
      trigger_id,
      source_ref: owner_ref,
      title,
      category,
      count,
      first_at: shape.wire(first_at),
      last_at: shape.wire(last_at),
      reason,
    })),
    legend: { sources: question.sources.map(({ id, label }) => ({ id, label })), statuses: [...STATUSES] },
    sources: asked.map(({ source, error }) => ({
      id: source.id,
      ok: error === undefined,
      ...(error === undefined ? {} : { error }),
    })),
    stream: { epoch, seq },
  };
}

/** Equal feeds have equal tags; the moment of asking and the stream's position do not count. */
export function feedTag({ now: _now, stream: _stream, ...rest }: Feed): string {
  return `W/"${createHash('sha1').update(JSON.stringify(rest)).digest('base64url')}"`;
}

async function ask(
  source: CalendarSource,
  { kernel, caller, range, zone, raw }: FeedQuestion,
  now: number,
): Promise<Asked> {
  const answered = new AbortController();
  const tooLate = kernel.clock.wait(PATIENCE, answered.signal).then(() => {
    throw new Error(`${source.label} did not answer within ${PATIENCE / 1000} s.`);
  });
  tooLate.catch(() => {});
  try {
    const today = startOfLocalDay(zone, now);
    const [series, summary] = await Promise.race([
      Promise.all([
        source.read({ kernel, caller, from: range.from, to: range.to, ...(raw ? { most: MOST_RAW } : {}) }),
        source.summarise({ kernel, caller, from: today, to: addLocalDays(zone, today, 1) }),
      ]),
      tooLate,
    ]);
    return { source, series, summary };
  } catch (error) {
    kernel.log.error({ error, source: source.id }, 'a calendar source failed');
    return { source, series: [], summary: undefined, error: error instanceof Error ? error.message : String(error) };
  } finally {
    answered.abort();
  }
}

function statsOf(asked: readonly Asked[], missedPending: number): Feed['stats'] {
  const summaries = asked.flatMap(({ source, summary }) =>
    summary === undefined ? [] : [{ source: source.id, ...summary }],
  );
  const nexts = summaries
    .flatMap(({ source, next }) => (next === undefined ? [] : [{ source, ...next }]))
    .sort((a, b) => a.at - b.at);
  const [next] = nexts;
  const total = (of: (summary: SourceSummary) => number): number =>
    summaries.reduce((sum, summary) => sum + of(summary), 0);
  return {
    scheduled_today: total(({ scheduledToday }) => scheduledToday),
    running: total(({ running }) => running),
    failed_24h: total(({ failed24h }) => failed24h),
    missed_pending: missedPending,
    ...(next === undefined
      ? {}
      : {
          next: {
            event_id: encodeEventId({ source: next.source, ref: next.ref, origin: 'schedule', at: next.at }),
            title: next.title,
            at: shape.wire(next.at),
          },
        }),
  };
}

function matches(title: string, text: string | undefined): boolean {
  return text === undefined || title.toLocaleLowerCase().includes(text.toLocaleLowerCase());
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
