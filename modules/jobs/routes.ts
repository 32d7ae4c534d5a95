import { z } from 'zod';
import { type Caller, defineRoute, type Kernel, type Route, shape } from '#kernel';
import { runShape, runsOf, wireRun } from '#engine';
import { changeJobState, createJob, deleteJob, editJob, readJob, readJobs, runJob, type StateVerb } from './service.ts';
import { createShape, editShape, jobShape, type WireJob } from './shapes.ts';
import { wireJobs } from './wire.ts';

const byId = z.object({ id: shape.id });

const list = defineRoute(
  'jobs.read',
  { method: 'get', path: '/cron/jobs', summary: 'Jobs of your team by name', answer: shape.listOf(jobShape) },
  async ({ caller, kernel }) => ({
    items: await wireJobs(kernel, caller, await readJobs(kernel.db, caller.teamId)),
  }),
);

const create = defineRoute(
  'jobs.write',
  { method: 'post', path: '/cron/jobs', summary: 'Make a job', body: createShape, status: 201, answer: jobShape },
  async ({ caller, body, kernel }) =>
    read(kernel, caller, await kernel.db.transaction((tx) => createJob(kernel, tx, caller, body))),
);

const get = defineRoute(
  'jobs.read',
  { method: 'get', path: '/cron/jobs/{id}', summary: 'One job', params: byId, answer: jobShape },
  ({ caller, params, kernel }) => read(kernel, caller, params.id),
);

const edit = defineRoute(
  'jobs.write',
  {
    method: 'patch',
    path: '/cron/jobs/{id}',
    summary: 'Change a job; what fell due before is decided by the old definition',
    params: byId,
    body: editShape,
    answer: jobShape,
  },
  async ({ caller, params, body, kernel, request }) => {
    const edit = { ...body, expected_version: shape.expectedVersion(request, body.expected_version) };
    await kernel.db.transaction((tx) => editJob(kernel, tx, caller, params.id, edit));
    return read(kernel, caller, params.id);
  },
);

const remove = defineRoute(
  'jobs.write',
  {
    method: 'delete',
    path: '/cron/jobs/{id}',
    summary: 'Delete a job; its history stays in the calendar',
    params: byId,
    status: 204,
  },
  async ({ caller, params, kernel }) => {
    await kernel.db.transaction((tx) => deleteJob(kernel, tx, caller, params.id));
  },
);

const run = defineRoute(
  'engine.operate',
  {
    method: 'post',
    path: '/cron/jobs/{id}/run',
    summary: 'Run a job now',
    params: byId,
    status: 202,
    answer: z.object({ run_id: shape.id }),
  },
  async ({ caller, params, kernel, request }) => ({
    run_id: await kernel.db.transaction((tx) => runJob(kernel, tx, caller, params.id, shape.idempotencyKey(request))),
  }),
);

const runs = defineRoute(
  'jobs.read',
  {
    method: 'get',
    path: '/cron/jobs/{id}/runs',
    summary: 'Runs of a job, newest first',
    params: byId,
    query: z.strictObject({ limit: z.coerce.number().int().min(1).max(500).default(50) }),
    answer: shape.listOf(runShape),
  },
  async ({ caller, params, query, kernel }) => {
    const job = await readJob(kernel.db, caller.teamId, params.id);
    return { items: (await runsOf(kernel, job.trigger_id, query.limit)).map(wireRun) };
  },
);

function stateRoute(verb: StateVerb, summary: string): Route {
  return defineRoute(
    'engine.operate',
    {
      method: 'post',
      path: `/cron/jobs/{id}/${verb}`,
      summary,
      params: byId,
      body: z.strictObject({
        reason: shape.reason.optional(),
        ...(verb === 'pause' ? { until: z.string().optional() } : {}),
      }),
      answer: jobShape,
    },
    async ({ caller, params, body, kernel }) => {
      const until =
        'until' in body && typeof body.until === 'string'
          ? shape.readInstant(body.until, 'until', caller.zone ?? caller.teamZone)
          : undefined;
      await kernel.db.transaction((tx) =>
        changeJobState(kernel, tx, caller, params.id, verb, { reason: body.reason, until }),
      );
      return read(kernel, caller, params.id);
    },
  );
}

async function read(kernel: Kernel, caller: Caller, id: string): Promise<WireJob> {
  const [job] = await wireJobs(kernel, caller, [await readJob(kernel.db, caller.teamId, id)]);
  if (job === undefined) throw new Error('A job that was read has vanished.');
  return job;
}

export const routes: readonly Route[] = [
  list,
  create,
  get,
  edit,
  remove,
  run,
  runs,
  stateRoute('pause', 'Pause a job: its future stays visible and is suppressed'),
  stateRoute('resume', 'Resume a paused job; nothing is caught up'),
  stateRoute('enable', 'Plan a disabled job again, from now on'),
  stateRoute('disable', 'Stop planning a job; its past stays'),
];
