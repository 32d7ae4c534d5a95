import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { CirclePause, CirclePlay, CircleStop, Play, Power, Trash2, X } from 'lucide-react';
import { type ReactElement, useState } from 'react';
import { api, read } from '../../../web/api/client.ts';
import type { Job } from '../../../web/api/types.ts';
import { announce, deedOf } from '../../../web/kit/app/toast.ts';
import { Button, IconButton } from '../../../web/kit/button.tsx';
import { Dialog } from '../../../web/kit/floating/dialog.tsx';
import { FieldError } from '../../../web/kit/field.tsx';
import { LogView } from '../../../web/kit/log/log-view.tsx';
import { RelativeTime } from '../../../web/kit/relative-time.tsx';
import { Outcome } from '../../../web/kit/run/outcome.tsx';
import { NextRuns } from '../../../web/kit/run/next-runs.tsx';
import { Runs } from '../../../web/kit/run/runs.tsx';
import { Section } from '../../../web/kit/run/section.tsx';
import { SidePanel } from '../../../web/kit/floating/side-panel.tsx';
import { StatusWord } from '../../../web/kit/status.tsx';
import { serverNow } from '../../../web/kit/time/use-now.ts';
import { explainExpression } from './explain.ts';
import { runsQuery, statusOf } from './jobs.ts';

interface JobPanelProps {
  readonly job: Job;
  readonly zone: string;
  readonly onClose: () => void;
}

/** One job: what it does, when, how it went, and what one can do about it. */
export function JobPanel({ job, zone, onClose }: JobPanelProps): ReactElement {
  const runs = useQuery(runsQuery(job.id)).data?.items ?? [];
  const [chosen, setChosen] = useState<string>();
  const [now] = useState(serverNow);
  const shown = chosen ?? job.running_run_id ?? runs[0]?.id;
  const run = runs.find((one) => one.id === shown);
  const explained =
    job.recurrence.kind === 'cron' ? explainExpression(job.recurrence.expr, job.recurrence.zone, now) : undefined;
  return (
    <SidePanel label="Job" onClose={onClose}>
      <header className="shrink-0 border-b border-line-faint px-4 pt-3 pb-3">
        <div className="flex items-start gap-2 max-md:items-center">
          <h2 dir="auto" className="grow text-16 leading-snug font-semibold break-words tracking-[-0.01em]">
            {job.name}
          </h2>
          <IconButton icon={X} label="Close" shortcut="Esc" onClick={onClose} className="-mr-2 md:-mt-1" />
        </div>
        <div className="mt-1.5 text-13 text-ink-2">
          <StatusWord status={statusOf(job)} />
        </div>
        {job.pause && (
          <p className="mt-1 text-13 text-ink-2">
            {[job.pause.reason, job.pause.by && `by ${job.pause.by}`].filter(Boolean).join(', ')}
            {job.pause.until && (
              <>
                {' '}
                · resumes <RelativeTime at={job.pause.until} zone={zone} />
              </>
            )}
          </p>
        )}
        <JobActions job={job} onDeleted={onClose} />
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain">
        <Section title="When">
          <p className="text-13 font-medium">{job.words}</p>
          <p className="mt-0.5 text-12 text-ink-3">
            {job.recurrence.kind === 'cron' && <code className="mr-2 font-mono">{job.recurrence.expr}</code>}
            {job.zone.replaceAll('_', ' ')}
          </p>
        </Section>
        <Section title={job.kind === 'http' ? 'Calls' : 'Command'}>
          <code className="block font-mono text-12 break-words whitespace-pre-wrap text-ink-2">{job.summary}</code>
        </Section>
        <Outcome run={run} />
        {shown && (
          <Section title="Output">
            <LogView key={shown} runId={shown} />
          </Section>
        )}
        {explained?.kind === 'understood' && job.state === 'enabled' && (
          <NextRuns next={explained.next.map((at) => new Date(at).toISOString())} zone={zone} />
        )}
        <Runs runs={runs} shown={shown} zone={zone} onShow={setChosen} />
      </div>
    </SidePanel>
  );
}

function JobActions({ job, onDeleted }: { readonly job: Job; readonly onDeleted: () => void }): ReactElement {
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const path = { params: { path: { id: job.id } } };
  const settle = { onSettled: () => queries.invalidateQueries({ queryKey: ['jobs'] }) };
  const run = useMutation({
    mutationFn: () => read(api.POST('/api/v1/cron/jobs/{id}/run', path)),
    onSuccess: () => announce(deedOf(job.name, 'is starting')),
    ...settle,
  });
  const resume = useMutation({
    mutationFn: () => read(api.POST('/api/v1/cron/jobs/{id}/resume', { ...path, body: {} })),
    onSuccess: () => announce(deedOf(job.name, 'is running on schedule again'), { undo: () => pause.mutate() }),
    ...settle,
  });
  const pause = useMutation({
    mutationFn: () => read(api.POST('/api/v1/cron/jobs/{id}/pause', { ...path, body: {} })),
    onSuccess: () => announce(deedOf(job.name, 'is paused'), { undo: () => resume.mutate() }),
    ...settle,
  });
  const cancel = useMutation({
    mutationFn: (id: string) => read(api.POST('/api/v1/runs/{id}/cancel', { params: { path: { id } } })),
    onSuccess: () => announce(deedOf(job.name, 'is being cancelled')),
    ...settle,
  });
  const enable = useMutation({
    mutationFn: () => read(api.POST('/api/v1/cron/jobs/{id}/enable', { ...path, body: {} })),
    onSuccess: () => announce(deedOf(job.name, 'is enabled')),
    ...settle,
  });
  const remove = useMutation({
    mutationFn: () => read(api.DELETE('/api/v1/cron/jobs/{id}', path)),
    onSuccess: () => {
      announce(deedOf(job.name, 'is deleted'));
      onDeleted();
    },
    ...settle,
  });
  const problem = run.error ?? pause.error ?? resume.error ?? enable.error ?? cancel.error;
  const paused = job.state === 'paused';
  return (
    <>
      <div className="mt-3 flex flex-wrap gap-2">
        <Button
          look={job.running_run_id ? 'plain' : 'primary'}
          icon={Play}
          busy={run.isPending}
          blocked={job.running_run_id ? 'It is running already' : undefined}
          onClick={() => run.mutate()}
        >
          {run.isPending ? 'Queued …' : 'Run now'}
        </Button>
        {job.running_run_id && (
          <Button
            icon={CircleStop}
            busy={cancel.isPending}
            onClick={() => job.running_run_id && cancel.mutate(job.running_run_id)}
          >
            {cancel.isPending ? 'Cancelling …' : 'Cancel run'}
          </Button>
        )}
        {job.state === 'disabled' && (
          <Button icon={Power} busy={enable.isPending} onClick={() => enable.mutate()}>
            Enable
          </Button>
        )}
        {(paused || job.state === 'enabled') && (
          <Button
            icon={paused ? CirclePlay : CirclePause}
            busy={pause.isPending || resume.isPending}
            onClick={() => (paused ? resume : pause).mutate()}
          >
            {paused ? 'Resume' : 'Pause'}
          </Button>
        )}
        <span className="grow" />
        <IconButton icon={Trash2} label="Delete the job" onClick={() => setAsking(true)} />
      </div>
      {problem && (
        <div className="mt-2">
          <FieldError>{problem.message}</FieldError>
        </div>
      )}
      {asking && (
        <Dialog
          title={`Delete ${job.name}`}
          onClose={() => setAsking(false)}
          footer={
            <>
              <span className="grow" />
              <Button onClick={() => setAsking(false)}>Keep it</Button>
              <Button look="danger" busy={remove.isPending} onClick={() => remove.mutate()}>
                Delete
              </Button>
            </>
          }
        >
          <div className="p-4 text-14 text-ink-2">
            It will not run again. What it has done stays in the calendar.
            {remove.error && <FieldError>{remove.error.message}</FieldError>}
          </div>
        </Dialog>
      )}
    </>
  );
}
