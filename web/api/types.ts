// Names for the shapes in schema.d.ts, which is generated from docs/openapi.json.
import type { paths } from './schema.d.ts';

type Method = 'get' | 'post' | 'patch' | 'delete';
type Content<Part> = Part extends { content: { 'application/json': infer Body } } ? Body : never;

/** The body of the 2xx answer of a route. */
type Answer<Path extends keyof paths, Verb extends Method> = paths[Path][Verb] extends { responses: infer Responses }
  ? Content<Responses[keyof Responses & (200 | 201 | 202)]>
  : never;

type Sent<Path extends keyof paths, Verb extends Method> = paths[Path][Verb] extends { requestBody: infer Body }
  ? Content<Body>
  : never;

export type Me = Answer<'/api/v1/me', 'get'>;

export type Feed = Answer<'/api/v1/ops/calendar/events', 'get'>;
export type CalendarEvent = Feed['events'][number];
export type Lane = Feed['lanes'][number];
export type MissedItem = Feed['missed'][number];
export type WireSegment = Feed['zone_segments'][number];

export type EventDetails = Answer<'/api/v1/ops/calendar/events/{event_id}', 'get'>;
export type AuditLine = EventDetails['audit'][number];
export type ActionName = Sent<'/api/v1/ops/calendar/events/{event_id}/action', 'post'>['action'];

export type Run = Answer<'/api/v1/runs/{id}', 'get'>;
/** Of an occurrence or of a run. */
export type Status = CalendarEvent['status'] | Run['status'];

export type Job = Answer<'/api/v1/cron/jobs', 'get'>['items'][number];
export type NewJob = Sent<'/api/v1/cron/jobs', 'post'>;
