import type { ReactElement } from 'react';
import { useLive } from '../../../../web/kit/app/live.ts';
import { StatusMark } from '../../../../web/kit/status.tsx';
import { serverNow, useNow } from '../../../../web/kit/time/use-now.ts';
import { durationWords } from '../../../../web/kit/time/words.ts';
import type { Address, ChangeAddress } from '../address.ts';
import { healthOf, nextWords } from '../names.ts';
import type { Week } from '../week.ts';
import { MissedList } from '../missed/missed-list.tsx';

const SILENT_MS = 60_000;

const ITEM =
  'tabular inline-flex h-6 max-md:h-11 shrink-0 items-center gap-1.5 rounded-control px-2 hover:bg-hover aria-pressed:bg-hover aria-expanded:bg-hover';

interface HealthStripProps {
  readonly week: Week;
  readonly shown: number;
  readonly address: Address;
  readonly change: ChangeAddress;
  /** Why the last answer could not be had; the old one stays. */
  readonly problem: string | undefined;
}

/** One line: what is wrong, what runs, what is next. Failed and running filter the page, missed opens the list. */
export function HealthStrip({ week, shown, address, change, problem }: HealthStripProps): ReactElement {
  const now = useNow(15_000);
  const { stats } = week.feed;
  const health = healthOf(stats);
  const well = !health.some((one) => one.status !== 'running');
  const hidden = week.occurrences.length - shown;
  return (
    <div className="flex h-8 max-md:h-12 shrink-0 items-center gap-1 overflow-x-auto border-b border-line-faint bg-paper px-2.5 text-12 whitespace-nowrap text-ink-2 max-md:px-1">
      {well && <span className="px-1.5">{stats.next || stats.running > 0 ? 'All well.' : 'Nothing is planned.'}</span>}
      {health.map(({ status, words }) => {
        const on = address.statuses.length === 1 && address.statuses[0] === status;
        const inside = (
          <>
            <StatusMark status={status} size={12} />
            {words}
          </>
        );
        const look = `${ITEM} ${status === 'running' ? '' : 'font-medium text-ink'}`;
        return status === 'missed' ? (
          <MissedList
            key={status}
            week={week}
            filtered={on}
            change={change}
            trigger={
              <button type="button" className={look}>
                {inside}
              </button>
            }
          />
        ) : (
          <button
            key={status}
            type="button"
            aria-pressed={on}
            onClick={() => change({ statuses: on ? [] : [status] })}
            className={look}
          >
            {inside}
          </button>
        );
      })}
      {stats.next && (
        <button
          type="button"
          onClick={() => change({ selected: stats.next?.event_id })}
          className="tabular h-6 max-md:h-11 shrink-0 rounded-control px-2 text-ink-2 hover:bg-hover"
        >
          {nextWords(stats, now)}
        </button>
      )}
      <span className="grow" />
      <Notes week={week} problem={problem} />
      {hidden > 0 && (
        <button
          type="button"
          onClick={() => change({ statuses: [], sources: [], search: '' })}
          className="tabular h-6 max-md:h-11 rounded-control px-2 text-ink-2 hover:bg-hover"
        >
          Filters hide {hidden.toLocaleString('en')} · <span className="underline underline-offset-2">clear</span>
        </button>
      )}
    </div>
  );
}

/** What makes the page less than whole: an old answer, a source that does not answer, a cut range. */
function Notes({ week, problem }: { readonly week: Week; readonly problem: string | undefined }): ReactElement {
  const live = useLive();
  const age = serverNow() - week.now;
  const silent = live.state === 'down' && age > SILENT_MS;
  const notes = [
    ...week.feed.sources
      .filter((source) => !source.ok)
      .map((source) => `${source.id} does not answer${source.error ? `: ${source.error}` : ''}`),
    ...(week.feed.clamped ? ['Only 30 days back are kept'] : []),
    ...(problem ? [`Not current: ${problem}`] : []),
    ...(silent ? [`No connection · this is ${durationWords(age)} old`] : []),
  ];
  return (
    <>
      {notes.map((note) => (
        <output key={note} className="flex items-center gap-1.5 px-2 text-missed">
          <StatusMark status="missed" size={12} />
          {note}
        </output>
      ))}
    </>
  );
}
