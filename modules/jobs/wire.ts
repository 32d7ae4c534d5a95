import { type Kernel, shape } from '#kernel';
import { recentOutcomes } from '#engine';
import { summarise } from './definition.ts';
import { wirePolicy } from './policy.ts';
import { inWords, toWire } from './recurrence.ts';
import type { JobRow } from './schema.ts';
import type { WireJob } from './shapes.ts';

/** Outcomes in a job's status strip. */
const RECENT = 20;

/** Jobs as lists and pages show them, each with its last outcomes. */
export async function wireJobs(kernel: Kernel, jobs: readonly JobRow[]): Promise<WireJob[]> {
  const recent = await recentOutcomes(
    kernel,
    jobs.map(({ trigger_id }) => trigger_id),
    RECENT,
  );
  const now = kernel.clock.now();
  return jobs.map((job) => {
    const outcomes = recent.get(job.trigger_id) ?? [];
    const last = outcomes.at(-1);
    const state = stateOf(job, now);
    return {
      id: job.id,
      name: job.name,
      description: job.description,
      ...job.definition,
      summary: summarise(job.definition),
      recurrence: toWire(job.recurrence),
      words: inWords(job.recurrence),
      zone: job.recurrence.zone,
      category: job.category,
      tags: job.tags,
      policy: wirePolicy(job.policy),
      state,
      ...(state === 'paused' || state === 'disabled'
        ? { pause: { reason: job.state_reason, by: job.state_by, until: shape.wire(job.paused_until) } }
        : {}),
      next_at: shape.wire(job.next_at),
      ...(last === undefined ? {} : { last: { at: shape.wire(last.nominal_at), status: last.status } }),
      recent: outcomes.map(({ status }) => status),
      running_run_id: job.live_state === 'running' ? job.live_run_id : null,
      trigger_id: job.trigger_id,
      owner: job.owner_id === null ? null : { id: job.owner_id, name: job.owner_name ?? '' },
      version: job.version,
      created_at: shape.wire(job.created_at),
      updated_at: shape.wire(job.updated_at),
      created_by: job.created_by,
    };
  });
}

/** A pause whose end has passed is over, also before the dispatcher writes that down. */
export function stateOf(
  { state, paused_until }: Pick<JobRow, 'state' | 'paused_until'>,
  now: number,
): WireJob['state'] {
  if (state === 'paused' && paused_until !== null && paused_until <= now) return 'enabled';
  return state === 'deleted' ? 'ended' : state;
}
