import { compile, countPerDay } from '#time/recurrence.ts';
import { auditTail, type Caller, type Kernel, notFound, shape, sql } from '#kernel';
import {
  cancelRun,
  effectivePolicies,
  readTimeline,
  runsOf,
  type TimelineEntry,
  type TriggerRow,
  wireRun,
} from '#engine';
import { summarise } from './definition.ts';
import { inWords, toWire } from './recurrence.ts';
import type { JobRow } from './schema.ts';
import { changeJobState, OWNER, readJobs, runJob } from './service.ts';
import { stateOf } from './wire.ts';

type Source = AlmanacPoints['calendar.source'];
type Series = Awaited<ReturnType<Source['read']>>[number];
type Occurrence = Series['occurrences'][number];
type Question = Parameters<Source['read']>[0];

const NEXT_SHOWN = 5;
const RUNS_SHOWN = 20;
const AUDIT_SHOWN = 10;

/** Jobs in the calendar. */
export const calendarSource: Source = { id: 'cron', label: 'Jobs', read, summarise: summariseToday, detail, act };

async function read({ kernel, caller, from, to, ref, most }: Question): Promise<Series[]> {
  if (!caller.permissions.has('jobs.read')) return [];
  const jobs = await readJobs(kernel.db, caller.teamId, ref, true);
  const only = ref === undefined ? {} : { triggerId: jobs[0]?.trigger_id ?? ref };
  const bound = most === undefined ? {} : { most };
  const timeline = await readTimeline(kernel, {
    teamId: caller.teamId,
    ownerModule: OWNER,
    from,
    to,
    ...only,
    ...bound,
  });
  const triggers = new Map(timeline.triggers.map((trigger) => [trigger.id, trigger]));
  const entries = Map.groupBy(timeline.entries, ({ triggerId }) => triggerId);
  const now = kernel.clock.now();
  return jobs.flatMap((job): Series[] => {
    const trigger = triggers.get(job.trigger_id);
    if (trigger === undefined) return [];
    const hint = timeline.durations.get(trigger.id);
    return [
      {
        ref: job.id,
        ownerId: job.owner_id,
        title: job.name,
        category: job.category,
        zone: trigger.zone,
        cadence: inWords(trigger.recurrence),
        perDay: countPerDay(trigger.recurrence, now),
        version: job.version,
        locked: false,
        occurrences: (entries.get(trigger.id) ?? [])
          .sort((a, b) => a.nominalAt - b.nominalAt)
          .map((entry) => occurrenceOf(entry, job, caller, now)),
        ...(job.description === null ? {} : { description: job.description }),
        ...(hint === undefined ? {} : { durationHint: hint }),
        ...(job.live_run_id === null || job.live_state !== 'running' ? {} : { runningRunId: job.live_run_id }),
        ...(job.next_at === null ? {} : { nextAt: job.next_at }),
      },
    ];
  });
}

function occurrenceOf(entry: TimelineEntry, job: JobRow, caller: Caller, now: number): Occurrence {
  const { nominalAt, triggerId: _, ...rest } = entry;
  return { ...rest, at: nominalAt, ...allowed(entry, job, caller, now) };
}

/** What would be accepted at this moment, and what is supported but blocked, with the reason. */
function allowed(
  entry: TimelineEntry,
  job: JobRow,
  caller: Caller,
  now: number,
): Pick<Occurrence, 'actions' | 'blocked'> {
  const actions: Occurrence['actions'][number][] = [];
  const blocked: Occurrence['blocked'][number][] = [];
  if (caller.permissions.has('engine.operate') && job.state !== 'deleted') {
    const state = stateOf(job, now);
    // A retry that waits for its time is not in the way of a run by hand.
    const isBusy = job.live_state === 'running' || (job.live_available_at !== null && job.live_available_at <= now);
    if (!isBusy || job.policy.overlap === 'allow') actions.push('run_now');
    else
      blocked.push({
        action: 'run_now',
        code: 'already_running',
        reason: job.live_state === 'running' ? 'It is running now.' : 'It is about to start.',
      });
    if ((entry.status === 'running' || entry.status === 'queued') && entry.runId !== undefined)
      actions.push('cancel_run');
    if (state === 'enabled') actions.push('pause');
    if (state === 'paused') actions.push('resume');
    if (state === 'disabled') actions.push('enable');
    else if (state !== 'ended') actions.push('disable');
  }
  if (entry.runId !== undefined) actions.push('open_logs');
  return { actions, blocked };
}

async function summariseToday({ kernel, caller, to }: Question): ReturnType<Source['summarise']> {
  const now = kernel.clock.now();
  const triggers = await kernel.db.rows(sql<
    Pick<TriggerRow, 'owner_ref' | 'title' | 'recurrence' | 'cursor_at' | 'next_at'>
  >`
    select owner_ref, title, recurrence, cursor_at, next_at from engine.trigger
    where team_id = ${caller.teamId} and owner_module = ${OWNER} and state = 'enabled' and next_at is not null order by next_at, title`);
  const [counts] = await kernel.db.rows(sql<{ running: number; failed: number }>`
    select
      (select count(*) from engine.live_run where team_id = ${caller.teamId} and owner_module = ${OWNER} and state = 'running') as running,
      (select count(*) from engine.run r join engine.trigger t on t.id = r.trigger_id
        where t.team_id = ${caller.teamId} and t.owner_module = ${OWNER} and r.result = 'failed'
          and r.finished_at > ${shape.wire(now - 24 * 60 * 60_000)} and r.nominal_at > ${shape.wire(now - 48 * 60 * 60_000)}) as failed`);
  const [first] = triggers;
  return {
    scheduledToday: triggers.reduce(
      (sum, { recurrence, cursor_at }) => sum + compile(recurrence).count(Math.max(cursor_at + 1, now), to),
      0,
    ),
    running: counts?.running ?? 0,
    failed24h: counts?.failed ?? 0,
    ...(first?.next_at == null ? {} : { next: { ref: first.owner_ref, title: first.title, at: first.next_at } }),
  };
}

async function detail({ kernel, caller, ref }: Question & { readonly ref: string }): ReturnType<Source['detail']> {
  const [job] = await readJobs(kernel.db, caller.teamId, ref, true);
  if (job === undefined) throw notFound('job');
  const now = kernel.clock.now();
  const [trigger] = await kernel.db.rows(sql<TriggerRow>`select * from engine.trigger where id = ${job.trigger_id}`);
  return {
    words: inWords(job.recurrence),
    recurrence: toWire(job.recurrence),
    zone: job.recurrence.zone,
    definition: { kind: job.definition.kind, summary: summarise(job.definition) },
    runs: (await runsOf(kernel, job.trigger_id, RUNS_SHOWN)).map(wireRun),
    next: job.state === 'enabled' || job.state === 'paused' ? nextOf(job, now) : [],
    policies: trigger === undefined ? [] : effectivePolicies(trigger, now),
    audit: await auditTail(kernel.db, 'trigger', job.trigger_id, AUDIT_SHOWN),
  };
}

function nextOf({ recurrence }: JobRow, now: number): number[] {
  const compiled = compile(recurrence);
  const next: number[] = [];
  for (
    let instant = compiled.next(now);
    !Number.isNaN(instant) && next.length < NEXT_SHOWN;
    instant = compiled.next(instant)
  )
    next.push(instant);
  return next;
}

async function act({
  kernel,
  caller,
  ref,
  occurrence,
  action,
  reason,
  until,
}: Parameters<Source['act']>[0]): ReturnType<Source['act']> {
  const runId = occurrence.runId;
  switch (action) {
    case 'run_now':
      return { runId: await kernel.db.transaction((tx) => runJob(kernel, tx, caller, ref)) };
    case 'cancel_run':
      if (runId !== undefined) await kernel.db.transaction((tx) => cancelRun(kernel, tx, caller, runId));
      return runId === undefined ? {} : { runId };
    case 'open_logs':
      return runId === undefined ? {} : { runId };
    case 'pause':
    case 'resume':
    case 'enable':
    case 'disable':
      await changeState(kernel, caller, ref, action, reason, until);
      return {};
  }
}

/** A pause without a reason says through which door it came. */
async function changeState(
  kernel: Kernel,
  caller: Caller,
  ref: string,
  verb: 'pause' | 'resume' | 'enable' | 'disable',
  reason?: string,
  until?: number,
): Promise<void> {
  const said = reason ?? (verb === 'pause' || verb === 'disable' ? `by ${caller.name} in the calendar` : undefined);
  await kernel.db.transaction((tx) => changeJobState(kernel, tx, caller, ref, verb, { reason: said, until }));
}
