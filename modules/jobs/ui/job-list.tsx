import type { KeyboardEvent, ReactElement } from 'react';
import type { Job } from '../../../web/api/types.ts';
import { RelativeTime } from '../../../web/kit/relative-time.tsx';
import { STATUS_LOOKS, StatusMark, StatusStrip } from '../../../web/kit/status.tsx';
import { Cell, Table } from '../../../web/kit/table.tsx';
import { useNarrow } from '../../../web/kit/use-narrow.ts';
import { statusOf } from './jobs.ts';

interface JobListProps {
  readonly jobs: readonly Job[];
  readonly selected: string | undefined;
  readonly zone: string;
  readonly onOpen: (id: string) => void;
}

const COLUMNS = [
  { title: 'Name' },
  { title: 'Schedule' },
  { title: 'Next', className: 'w-24' },
  { title: 'Last', className: 'w-24' },
  { title: 'Recent runs', className: 'w-32 max-lg:hidden' },
] as const;

/** The jobs as a table, or as lines on a phone. j and k, or the arrows, go from name to name. */
export function JobList(props: JobListProps): ReactElement {
  if (useNarrow()) return <Lines {...props} />;
  return (
    <Table label="Jobs" columns={COLUMNS}>
      {props.jobs.map((job) => (
        <JobRow key={job.id} job={job} selected={props.selected === job.id} zone={props.zone} onOpen={props.onOpen} />
      ))}
    </Table>
  );
}

function JobRow({
  job,
  selected,
  zone,
  onOpen,
}: Omit<JobListProps, 'jobs' | 'selected'> & { readonly job: Job; readonly selected: boolean }): ReactElement {
  const status = statusOf(job);
  const still = job.state !== 'enabled';
  return (
    // The button in the first cell is the keyboard's way; the row only makes the pointer's target larger.
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
    <tr onClick={() => onOpen(job.id)} className={`cursor-pointer ${selected ? 'bg-accent/8' : 'hover:bg-hover/60'}`}>
      <Cell className="max-w-0 min-w-48">
        <button
          type="button"
          data-name
          aria-pressed={selected}
          onKeyDown={walk}
          onClick={() => onOpen(job.id)}
          className="flex h-8 w-full items-center gap-2 rounded-card text-left outline-offset-[-2px]"
        >
          <StatusMark status={status} size={13} named />
          <span dir="auto" className={`truncate font-medium ${still ? 'text-ink-3' : ''}`}>
            {job.name}
          </span>
        </button>
      </Cell>
      <Cell className="max-w-0 min-w-40 text-ink-2">
        <span className="block truncate">
          {job.words}
          {elsewhere(job, zone) && <span className="text-ink-3"> · {elsewhere(job, zone)}</span>}
        </span>
      </Cell>
      <Cell className="text-ink-2">
        {still ? (
          <span className="text-ink-3">{STATUS_LOOKS[status].label}</span>
        ) : job.next_at ? (
          <RelativeTime at={job.next_at} zone={zone} />
        ) : (
          'never'
        )}
      </Cell>
      <Cell className="text-ink-2">
        {job.last ? <RelativeTime at={job.last.at} zone={zone} /> : <span className="text-ink-3">never</span>}
      </Cell>
      <Cell className="max-lg:hidden">
        <StatusStrip recent={job.recent} />
      </Cell>
    </tr>
  );
}

function Lines({ jobs, zone, onOpen }: JobListProps): ReactElement {
  return (
    <ul>
      {jobs.map((job) => (
        <li key={job.id}>
          <button
            type="button"
            onClick={() => onOpen(job.id)}
            className="flex min-h-16 w-full items-center gap-3 border-b border-line-faint px-4 text-left"
          >
            <StatusMark status={statusOf(job)} size={15} named />
            <span className="min-w-0 grow">
              <span dir="auto" className="block truncate text-14 font-medium">
                {job.name}
              </span>
              <span className="block truncate text-12 text-ink-3">
                {[job.words, elsewhere(job, zone)].filter(Boolean).join(' · ')}
              </span>
            </span>
            <span className="flex shrink-0 flex-col items-end gap-1 text-12 text-ink-2">
              {job.state === 'enabled' && job.next_at ? (
                <RelativeTime at={job.next_at} zone={zone} />
              ) : (
                STATUS_LOOKS[statusOf(job)].label
              )}
              <StatusStrip recent={job.recent.slice(-10)} />
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

/** The clock that a job follows, where it is another than the one in which times are shown. */
function elsewhere(job: Job, zone: string): string {
  const named = /\d:\d\d/.test(job.words);
  return named && job.zone !== zone ? (job.zone.split('/').at(-1) ?? '').replaceAll('_', ' ') : '';
}

function walk(event: KeyboardEvent<HTMLButtonElement>): void {
  const by = event.key === 'j' || event.key === 'ArrowDown' ? 1 : event.key === 'k' || event.key === 'ArrowUp' ? -1 : 0;
  if (by === 0) return;
  event.preventDefault();
  const names = [...document.querySelectorAll<HTMLElement>('[data-name]')];
  names[names.indexOf(event.currentTarget) + by]?.focus();
}
