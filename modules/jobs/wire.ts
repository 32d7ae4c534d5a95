import { type Caller, type Kernel, shape } from '#kernel';
import { recentOutcomes } from '#engine';
import { type Definition, summarise } from './definition.ts';
import { wirePolicy } from './policy.ts';
import { inWords, toWire } from './recurrence.ts';
import type { JobRow } from './schema.ts';
import type { WireJob } from './shapes.ts';

/** Outcomes in a job's status strip. */
const RECENT = 20;

/** Jobs as lists and pages show them, each with its last outcomes; what may hold secrets only for those who may write it. */
export async function wireJobs(kernel: Kernel, caller: Caller, jobs: readonly JobRow[]): Promise<WireJob[]> {
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
      ...(caller.permissions.has('jobs.write') ? job.definition : hideValues(job.definition)),
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

const HIDDEN = '[hidden]';

/** Variables and headers are where tokens stand: their names are told, their values are not. */
function hideValues(definition: Definition): Definition {
  const hide = (values: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.keys(values).map((name) => [name, HIDDEN]));
  if (definition.kind === 'command') {
    const { env, stdin, ...command } = definition.command;
    return {
      kind: 'command',
      command: { ...command, ...(env ? { env: hide(env) } : {}), ...(stdin === undefined ? {} : { stdin: HIDDEN }) },
    };
  }
  const { headers, body, ...http } = definition.http;
  return {
    kind: 'http',
    http: { ...http, ...(headers ? { headers: hide(headers) } : {}), ...(body === undefined ? {} : { body: HIDDEN }) },
  };
}
