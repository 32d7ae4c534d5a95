import {
  at,
  auditOf,
  type Caller,
  type Kernel,
  newId,
  notFound,
  Problem,
  recordAudit,
  sql,
  type Tx,
  unprocessable,
} from '#kernel';
import {
  createTrigger,
  deleteTrigger,
  disableTrigger,
  editTrigger,
  enableTrigger,
  lockTrigger,
  pauseTrigger,
  resumeTrigger,
  runNow,
} from '#engine';
import type { Definition } from './definition.ts';
import { readPolicy } from './policy.ts';
import { readRecurrence } from './recurrence.ts';
import type { JobOrigin, JobRow } from './schema.ts';
import type { CreateJob, EditJob } from './shapes.ts';

/** Module name under which the engine knows the triggers of jobs. */
export const OWNER = 'jobs';

/** @throws Problem 422 for a bad recurrence, 403 when the caller may not write commands @returns the job's id */
export async function createJob(
  kernel: Kernel,
  tx: Tx,
  caller: Caller,
  wanted: CreateJob,
  origin?: JobOrigin,
): Promise<string> {
  requireCommands(caller, wanted.kind);
  const now = kernel.clock.now();
  const recurrence = readRecurrence(wanted.recurrence, now, floorOf(kernel));
  const definition: Definition =
    wanted.kind === 'command' ? { kind: 'command', command: wanted.command } : { kind: 'http', http: wanted.http };
  const id = newId(now);
  const trigger = await createTrigger(kernel, tx, caller, {
    ownerModule: OWNER,
    ownerRef: id,
    title: wanted.name,
    category: wanted.category,
    recurrence,
    policy: readPolicy(wanted.policy, wanted.kind),
    definition,
    ...(wanted.disabled === undefined ? {} : { disabled: wanted.disabled }),
  });
  await tx.run(sql`
    insert into jobs.job (id, team_id, trigger_id, name, description, definition, tags, origin, created_at, updated_at, created_by)
    values (${id}, ${caller.teamId}, ${trigger}, ${wanted.name}, ${wanted.description ?? null}, ${JSON.stringify(definition)}::jsonb, ${wanted.tags},
      ${origin === undefined ? null : JSON.stringify(origin)}::jsonb, ${at(now)}, ${at(now)}, ${caller.principalId})`);
  await recordAudit(tx, now, {
    ...auditOf(caller),
    action: 'job.created',
    objectKind: 'job',
    objectId: id,
    after: { name: wanted.name, definition },
  });
  return id;
}

/** @throws Problem 409 `stale` when `expected_version` is not the present one */
export async function editJob(kernel: Kernel, tx: Tx, caller: Caller, id: string, edit: EditJob): Promise<void> {
  const { trigger_id } = await readJob(tx, caller.teamId, id);
  await lockTrigger(tx, trigger_id, caller.teamId, edit.expected_version);
  // As it is now that nobody else can change it: what this edit leaves out must not go back to what was read before.
  const job = await readJob(tx, caller.teamId, id);
  requireCommands(caller, job.definition.kind, edit.command !== undefined || job.definition.kind === 'http');
  const now = kernel.clock.now();
  const definition = definitionAfter(job.definition, edit);
  await editTrigger(
    kernel,
    tx,
    caller,
    job.trigger_id,
    {
      title: edit.name,
      category: edit.category,
      recurrence: edit.recurrence === undefined ? undefined : readRecurrence(edit.recurrence, now, floorOf(kernel)),
      policy: edit.policy === undefined ? undefined : readPolicy(edit.policy, job.definition.kind),
      definition,
    },
    edit.expected_version,
  );
  await tx.run(sql`
    update jobs.job set name = ${edit.name ?? job.name}, description = ${edit.description === undefined ? job.description : edit.description},
      definition = ${JSON.stringify(definition)}::jsonb, tags = ${edit.tags ?? job.tags}, updated_at = ${at(now)}
    where id = ${id}`);
}

/** The runs stay in the ledger under the job's name. */
export async function deleteJob(kernel: Kernel, tx: Tx, caller: Caller, id: string): Promise<void> {
  const job = await readJob(tx, caller.teamId, id);
  await deleteTrigger(kernel, tx, caller, job.trigger_id);
  const now = kernel.clock.now();
  await tx.run(sql`update jobs.job set deleted_at = ${at(now)}, updated_at = ${at(now)} where id = ${id}`);
  await recordAudit(tx, now, {
    ...auditOf(caller),
    action: 'job.deleted',
    objectKind: 'job',
    objectId: id,
    before: { name: job.name },
  });
}

/** @returns the id of the queued run @throws Problem 409 `already_running` */
export async function runJob(
  kernel: Kernel,
  tx: Tx,
  caller: Caller,
  id: string,
  idempotencyKey?: string,
): Promise<string> {
  const { trigger_id } = await readJob(tx, caller.teamId, id);
  return runNow(kernel, tx, caller, trigger_id, { idempotencyKey });
}

export interface StateWish {
  readonly reason?: string | undefined;
  /** Epoch milliseconds. */
  readonly until?: number | undefined;
}

/** What a person may do to when a job runs. */
export type StateVerb = 'pause' | 'resume' | 'enable' | 'disable';

const CHANGES = { pause: pauseTrigger, resume: resumeTrigger, enable: enableTrigger, disable: disableTrigger } as const;

export async function changeJobState(
  kernel: Kernel,
  tx: Tx,
  caller: Caller,
  id: string,
  verb: StateVerb,
  wish: StateWish,
): Promise<void> {
  if (wish.until !== undefined && wish.until <= kernel.clock.now())
    throw unprocessable('until', 'until: lies in the past.', 'Give an instant that is still to come.');
  const { trigger_id } = await readJob(tx, caller.teamId, id);
  await CHANGES[verb](kernel, tx, caller, trigger_id, wish);
}

/** @throws Problem 404, also for another team's */
export async function readJob(tx: Pick<Tx, 'rows'>, teamId: string, id: string): Promise<JobRow> {
  const [job] = await readJobs(tx, teamId, id);
  if (job === undefined) throw notFound('job');
  return job;
}

/** The jobs of a team by name, each with its trigger. */
export function readJobs(tx: Pick<Tx, 'rows'>, teamId: string, id?: string, withDeleted = false): Promise<JobRow[]> {
  const only = id === undefined ? sql`` : sql`and j.id = ${id}`;
  const there = withDeleted ? sql`` : sql`and j.deleted_at is null`;
  return tx.rows(sql<JobRow>`
    select j.id, j.team_id, j.trigger_id, j.name, j.description, j.definition, j.tags, j.origin, j.created_at, j.updated_at, j.created_by,
      t.category, t.recurrence, t.policy, t.state, t.state_reason, t.state_by, t.paused_until, t.next_at, t.version, t.owner_id, p.name as owner_name,
      live.id as live_run_id, live.state as live_state, live.available_at as live_available_at
    from jobs.job j join engine.trigger t on t.id = j.trigger_id left join kernel.principal p on p.id = t.owner_id
      left join lateral (
        select l.id, l.state, l.available_at from engine.live_run l where l.trigger_id = t.id order by l.state desc, l.available_at limit 1
      ) live on true
    where j.team_id = ${teamId} ${there} ${only} order by lower(j.name), j.id`);
}

/** Whoever writes a command decides what this machine does: that needs its own permission. */
function requireCommands(caller: Caller, kind: Definition['kind'], writes = true): void {
  if (kind !== 'command' || !writes || caller.permissions.has('jobs.command')) return;
  throw new Problem(
    403,
    'not_allowed',
    `Writing commands needs the permission jobs.command, which your role ${caller.role} does not have.`,
    { field: 'kind' },
  );
}

function definitionAfter(before: Definition, edit: EditJob): Definition {
  if (before.kind === 'command') {
    if (edit.http !== undefined)
      throw unprocessable('http', 'http: this job runs a command.', 'Make a new job for a request.');
    return edit.command === undefined ? before : { kind: 'command', command: edit.command };
  }
  if (edit.command !== undefined)
    throw unprocessable('command', 'command: this job sends a request.', 'Make a new job for a command.');
  return edit.http === undefined ? before : { kind: 'http', http: edit.http };
}

function floorOf(kernel: Kernel): number {
  return kernel.config.minimum_interval_seconds * 1000;
}
