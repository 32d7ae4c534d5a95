import { z } from 'zod';
import { zoneOf } from '#time/zone.ts';
import {
  type Caller,
  defineRoute,
  type Kernel,
  notFound,
  Problem,
  Reply,
  type Route,
  shape,
  suggest,
  unprocessable,
} from '#kernel';
import { decodeEventId, type EventKey } from './event-id.ts';
import { eventOf } from './event.ts';
import { feedTag, readFeed } from './feed.ts';
import {
  ACTIONS,
  type CalendarSource,
  type EventStatus,
  type SourceOccurrence,
  type SourceSeries,
  STATUSES,
} from './points.ts';
import { readRange } from './range.ts';
import { detailShape, eventShape, feedShape } from './shapes.ts';

const byEvent = z.object({ event_id: z.string().max(200) });
const timezone = shape.zone.optional();

const feed = defineRoute(
  'calendar.read',
  {
    method: 'get',
    path: '/ops/calendar/events',
    summary: 'The calendar: past from the ledger, future by the same expansion that runs it',
    query: z.strictObject({
      view: z.enum(['week', 'day', 'list']).default('week'),
      start: z.string().optional(),
      end: z.string().optional(),
      timezone,
      source: z.string().optional(),
      status: z.string().optional(),
      q: z.string().max(255).optional(),
      lod: z.enum(['auto', 'raw']).default('auto'),
    }),
    answer: feedShape,
  },
  async ({ caller, kernel, query }) => {
    const zone = zoneOf(zoneNameOf(caller, query.timezone));
    const all = kernel.modules.fills('calendar.source');
    const wanted = wordsOf(
      query.source,
      'source',
      all.map(({ id }) => id),
    );
    const statuses = wordsOf(query.status, 'status', STATUSES);
    const answer = await readFeed({
      kernel,
      caller,
      zone,
      view: query.view,
      range: readRange({ view: query.view, start: query.start, end: query.end, zone, now: kernel.clock.now() }),
      sources: wanted === undefined ? all : all.filter(({ id }) => wanted.has(id)),
      statuses: statuses as ReadonlySet<EventStatus> | undefined,
      text: query.q,
      raw: query.lod === 'raw',
    });
    return new Reply(200, answer, { etag: feedTag(answer), 'cache-control': 'private, no-cache' });
  },
);

const detail = defineRoute(
  'calendar.read',
  {
    method: 'get',
    path: '/ops/calendar/events/{event_id}',
    summary: 'One event with its runs, next occurrences, policies and audit tail',
    params: byEvent,
    query: z.strictObject({ timezone }),
    answer: detailShape,
  },
  async ({ caller, kernel, params, query }) => {
    const { key, source, series, occurrence } = await findEvent(kernel, caller, params.event_id);
    const zone = zoneOf(zoneNameOf(caller, query.timezone));
    const found = await source.detail({ kernel, caller, from: key.at, to: key.at + 1, ref: key.ref });
    return {
      event: eventOf(series, occurrence, { source: source.id, teamId: caller.teamId, zone, now: kernel.clock.now() }),
      schedule: { words: found.words, recurrence: found.recurrence, zone: found.zone },
      definition: found.definition,
      runs: [...found.runs],
      next: found.next.map((at) => shape.wire(at)),
      policies: found.policies.map((policy) => ({ ...policy })),
      audit: found.audit.map((entry) => ({ ...entry, at: shape.wire(entry.at) })),
    };
  },
);

const act = defineRoute(
  'calendar.read',
  {
    method: 'post',
    path: '/ops/calendar/events/{event_id}/action',
    summary: 'Act on an event; the feed names exactly the actions that are accepted now',
    params: byEvent,
    body: z.strictObject({ action: z.enum(ACTIONS), reason: shape.reason.optional(), until: z.string().optional() }),
    answer: z.object({ action: z.enum(ACTIONS), run_id: z.string().optional(), event: eventShape.optional() }),
  },
  async ({ caller, kernel, params, body }) => {
    const { key, source, occurrence } = await findEvent(kernel, caller, params.event_id);
    const blocked = occurrence.blocked.find(({ action }) => action === body.action);
    if (blocked !== undefined) throw new Problem(409, blocked.code, blocked.reason, { field: 'action' });
    if (!occurrence.actions.includes(body.action)) {
      throw new Problem(409, 'action_not_supported', `${body.action} is not possible here.`, {
        field: 'action',
        hint:
          occurrence.actions.length === 0
            ? 'Nothing is possible here for you.'
            : `Possible now: ${occurrence.actions.join(', ')}.`,
      });
    }
    const until =
      body.until === undefined ? undefined : shape.readInstant(body.until, 'until', zoneNameOf(caller, undefined));
    if (until !== undefined && until <= kernel.clock.now())
      throw unprocessable('until', 'until: lies in the past.', 'Give an instant that is still to come.');
    const { runId } = await source.act({
      kernel,
      caller,
      ref: key.ref,
      occurrence,
      action: body.action,
      reason: body.reason,
      until,
    });
    const after = await findEvent(kernel, caller, params.event_id).catch(() => undefined);
    const zone = zoneOf(zoneNameOf(caller, undefined));
    return new Reply(body.action === 'run_now' || body.action === 'cancel_run' ? 202 : 200, {
      action: body.action,
      ...(runId === undefined ? {} : { run_id: runId }),
      ...(after === undefined
        ? {}
        : {
            event: eventOf(after.series, after.occurrence, {
              source: source.id,
              teamId: caller.teamId,
              zone,
              now: kernel.clock.now(),
            }),
          }),
    });
  },
);

interface FoundEvent {
  readonly key: EventKey;
  readonly source: CalendarSource;
  readonly series: SourceSeries;
  readonly occurrence: SourceOccurrence;
}

async function findEvent(kernel: Kernel, caller: Caller, eventId: string): Promise<FoundEvent> {
  const key = decodeEventId(eventId);
  const source = kernel.modules.fills('calendar.source').find(({ id }) => id === key?.source);
  if (key === undefined || source === undefined) throw notFound('event');
  const [series] = await source.read({ kernel, caller, from: key.at, to: key.at + 1, ref: key.ref });
  const occurrence = series?.occurrences.find(({ at, origin }) => at === key.at && origin === key.origin);
  if (series === undefined || occurrence === undefined) throw notFound('event');
  return { key, source, series, occurrence };
}

function zoneNameOf(caller: Caller, asked: string | undefined): string {
  return asked ?? caller.zone ?? caller.teamZone;
}

/** A comma list of known words. @throws Problem 422 for an unknown one, with a suggestion */
function wordsOf(text: string | undefined, field: string, known: readonly string[]): ReadonlySet<string> | undefined {
  if (text === undefined || text === '') return undefined;
  const words = text.split(',').map((word) => word.trim());
  const stray = words.find((word) => !known.includes(word));
  if (stray !== undefined) {
    const nearest = suggest(stray, known);
    throw unprocessable(
      field,
      `${field}: "${stray}" is not known.`,
      nearest === undefined ? `Known: ${known.join(', ')}.` : `Did you mean ${nearest}?`,
    );
  }
  return new Set(words);
}

export const routes: readonly Route[] = [feed, detail, act];
