import { queryOptions } from '@tanstack/react-query';
import { api, read } from '../../../web/api/client.ts';
import type { Job, Status } from '../../../web/api/types.ts';
import { asStatus } from '../../../web/kit/status.tsx';

export const jobsQuery = queryOptions({
  queryKey: ['jobs'],
  queryFn: () => read(api.GET('/api/v1/cron/jobs')),
  meta: { live: true },
});

export function runsQuery(id: string) {
  return queryOptions({
    queryKey: ['jobs', id, 'runs'],
    queryFn: () => read(api.GET('/api/v1/cron/jobs/{id}/runs', { params: { path: { id } } })),
    meta: { live: true },
  });
}

/** What the list shows at the left: what it does now, else how it stands, else how it last ended. */
export function statusOf(job: Job): Status {
  if (job.running_run_id) return 'running';
  if (job.state === 'paused') return 'paused';
  if (job.state === 'disabled' || job.state === 'ended') return 'disabled';
  return job.last ? asStatus(job.last.status) : 'scheduled';
}

/** Jobs whose name, words, command or tags hold the text. */
export function foundJobs(jobs: readonly Job[], text: string): readonly Job[] {
  const needle = text.trim().toLowerCase();
  if (needle === '') return jobs;
  return jobs.filter((job) =>
    [job.name, job.words, job.summary, ...job.tags].some((one) => one.toLowerCase().includes(needle)),
  );
}
