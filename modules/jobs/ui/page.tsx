import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { CircleX, ListPlus, Plus, Search, SearchX } from 'lucide-react';
import { type ReactElement, useEffect } from 'react';
import { useMe, useZone } from '../../../web/kit/app/me.ts';
import { Button } from '../../../web/kit/button.tsx';
import { Empty } from '../../../web/kit/empty.tsx';
import { ImportCommand } from '../../../web/kit/import-command.tsx';
import { PageHeader } from '../../../web/kit/page-header.tsx';
import { Progress, Skeleton } from '../../../web/kit/skeleton.tsx';
import { JobList } from './job-list.tsx';
import { JobPanel } from './job-panel.tsx';
import { foundJobs, jobsQuery } from './jobs.ts';
import { NewJobSheet } from './new-job.tsx';

/** All jobs of the team, one of them open at the side. */
export function Page(): ReactElement {
  const me = useMe();
  const zone = useZone();
  const { q = '', sel, make } = useSearch({ strict: false }) as { q?: string; sel?: string; make?: string };
  const navigate = useNavigate();
  const jobs = useQuery(jobsQuery);
  const all = jobs.data?.items ?? [];
  const found = foundJobs(all, q);
  const open = all.find((job) => job.id === sel);
  const change = (patch: Readonly<Record<string, string | undefined>>): void => {
    void navigate({ to: '.', search: { q, sel, make, ...patch }, replace: true });
  };
  const close = (): void => change({ sel: undefined });
  useEscape(sel !== undefined, close);
  return (
    <>
      <PageHeader title="Jobs">
        <span className="tabular text-13 text-ink-3 max-md:hidden">{jobs.data ? all.length : ''}</span>
        <label className="relative min-w-0 max-md:mr-2 max-md:grow">
          <Search
            aria-hidden
            size={14}
            strokeWidth={1.75}
            className="absolute top-1.5 left-2 text-ink-3 max-md:top-3.5"
          />
          <input
            type="search"
            aria-label="Search jobs"
            placeholder="Search"
            value={q}
            onChange={(event) => change({ q: event.target.value })}
            className="h-7 w-56 rounded-control border border-line bg-surface pr-2 pl-7 text-13 max-md:h-11 max-md:w-full max-md:text-16"
          />
        </label>
        <span className="grow max-md:hidden" />
        {me.permissions.includes('jobs.write') && (
          <Button look="primary" icon={Plus} onClick={() => change({ make: '1' })}>
            New job
          </Button>
        )}
      </PageHeader>
      <div className="relative flex min-h-0 flex-1">
        <Progress active={jobs.isFetching && !jobs.isPending && jobs.isRefetchError} />
        <div className="min-w-0 flex-1 overflow-auto overscroll-contain">
          {jobs.isPending && <Skeleton rows={12} label="Loading the jobs" />}
          {jobs.error && !jobs.data && (
            <Empty
              icon={CircleX}
              title="The jobs could not be read"
              action={<Button onClick={() => void jobs.refetch()}>Try again</Button>}
            >
              {jobs.error.message}
            </Empty>
          )}
          {jobs.data && all.length === 0 && (
            <Empty
              icon={ListPlus}
              title="No jobs yet"
              action={
                <Button look="primary" onClick={() => change({ make: '1' })}>
                  New job
                </Button>
              }
            >
              <p className="mb-3">
                A job is a command or an HTTP call that runs on a schedule. You can also bring a crontab, from Almanac’s
                folder:
              </p>
              <ImportCommand />
            </Empty>
          )}
          {all.length > 0 && found.length === 0 && (
            <Empty
              icon={SearchX}
              title="No job fits the search"
              action={<Button onClick={() => change({ q: '' })}>Clear the search</Button>}
            >
              {all.length} jobs are hidden.
            </Empty>
          )}
          {found.length > 0 && <JobList jobs={found} selected={sel} zone={zone} onOpen={(id) => change({ sel: id })} />}
        </div>
        {open && <JobPanel key={open.id} job={open} zone={zone} onClose={close} />}
      </div>
      {make && (
        <NewJobSheet
          zone={zone}
          onClose={() => change({ make: undefined })}
          onMade={(id) => change({ make: undefined, sel: id })}
        />
      )}
    </>
  );
}

function useEscape(active: boolean, close: () => void): void {
  useEffect(() => {
    if (!active) return undefined;
    const press = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && !event.defaultPrevented && !document.querySelector('dialog[open], [role=menu]'))
        close();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, [active, close]);
}
