import type { ActionAnswer, EventDetails, Feed, Job, LogPage, Me, ModuleListing, NewJob, Run } from './types.ts';

// Written by hand until docs/openapi.json is generated; then `paths` comes from schema.d.ts and this file goes.

interface Answer<Body> {
  responses: { 200: { content: { 'application/json': Body } } };
}
interface Takes<Body> {
  requestBody: { content: { 'application/json': Body } };
}
interface WithPath<Name extends string> {
  parameters: { path: Record<Name, string> };
}
interface WithQuery<Query> {
  parameters: { query?: Query };
}

export interface FeedQuery {
  view?: 'week' | 'day' | 'list';
  start?: string;
  end?: string;
  timezone?: string;
}

export interface paths {
  '/api/v1/me': { get: Answer<Me>; patch: Takes<{ name?: string; zone?: string }> & Answer<Me> };
  '/api/v1/first-run': {
    get: Answer<{ needed: boolean }>;
    post: Takes<{ token: string; name: string; email: string; password: string; zone: string }> & Answer<Me>;
  };
  '/api/auth/sign-in/email': { post: Takes<{ email: string; password: string }> & Answer<unknown> };
  '/api/auth/sign-out': { post: Takes<Record<string, never>> & Answer<unknown> };
  '/api/v1/modules': { get: Answer<{ items: ModuleListing[] }> };
  '/api/v1/ops/calendar/events': { get: WithQuery<FeedQuery> & Answer<Feed> };
  '/api/v1/ops/calendar/events/{event_id}': { get: WithPath<'event_id'> & Answer<EventDetails> };
  '/api/v1/ops/calendar/events/{event_id}/action': {
    post: WithPath<'event_id'> & Takes<{ action: string; reason?: string; until?: string }> & Answer<ActionAnswer>;
  };
  '/api/v1/cron/jobs': { get: Answer<{ items: Job[] }>; post: Takes<NewJob> & Answer<Job> };
  '/api/v1/cron/jobs/{id}': { get: WithPath<'id'> & Answer<Job>; delete: WithPath<'id'> & Answer<unknown> };
  '/api/v1/cron/jobs/{id}/run': { post: WithPath<'id'> & Answer<{ run_id: string }> };
  '/api/v1/cron/jobs/{id}/pause': {
    post: WithPath<'id'> & Takes<{ reason?: string; until?: string }> & Answer<unknown>;
  };
  '/api/v1/cron/jobs/{id}/resume': { post: WithPath<'id'> & Answer<unknown> };
  '/api/v1/cron/jobs/{id}/runs': { get: WithPath<'id'> & Answer<{ items: Run[] }> };
  '/api/v1/runs/{id}': { get: WithPath<'id'> & Answer<Run> };
  '/api/v1/runs/{id}/log': { get: WithPath<'id'> & WithQuery<{ from?: number }> & Answer<LogPage> };
  '/api/v1/runs/{id}/cancel': { post: WithPath<'id'> & Answer<unknown> };
  '/api/v1/runs/{id}/again': { post: WithPath<'id'> & Answer<{ run_id: string }> };
}
