import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { X } from 'lucide-react';
import { type ReactElement, useState } from 'react';
import { api, read } from '../../../../web/api/client.ts';
import type { EventDetails, Lane } from '../../../../web/api/types.ts';
import { IconButton } from '../../../../web/kit/button.tsx';
import { LogView } from '../../../../web/kit/log/log-view.tsx';
import { Outcome } from '../../../../web/kit/run/outcome.tsx';
import { NextRuns } from '../../../../web/kit/run/next-runs.tsx';
import { Runs } from '../../../../web/kit/run/runs.tsx';
import { Section } from '../../../../web/kit/run/section.tsx';
import { Progress, Skeleton } from '../../../../web/kit/skeleton.tsx';
import { SourceMark } from '../../../../web/kit/source.tsx';
import { StatusWord } from '../../../../web/kit/status.tsx';
import { missedItemOf } from '../missed/target.ts';
import { laneWords } from '../names.ts';
import { reasonWords } from '../reasons.ts';
import type { Week } from '../week.ts';
import { Actions } from './actions.tsx';
import { History, MissedNote, Policies, When } from './sections.tsx';

interface DetailsProps {
  readonly eventId: string;
  /** The always-running series it was opened from, if any. */
  readonly lane: Lane | undefined;
  readonly week: Week;
  readonly zone: string;
  readonly onClose: () => void;
}

/** Everything about one occurrence and what it belongs to. The old stays while the new is read. */
export function Details({ eventId, lane, week, zone, onClose }: DetailsProps): ReactElement {
  const details = useQuery({
    queryKey: ['event', eventId],
    queryFn: () => read(api.GET('/api/v1/ops/calendar/events/{event_id}', { params: { path: { event_id: eventId } } })),
    placeholderData: keepPreviousData,
    meta: { live: true },
  });
  return (
    <div className="relative flex min-h-0 flex-1 flex-col">
      <Progress active={details.isFetching && details.isPlaceholderData} />
      {details.data ? (
        <Loaded key={eventId} details={details.data} lane={lane} week={week} zone={zone} onClose={onClose} />
      ) : (
        <>
          <div className="flex h-11 items-center justify-end px-2">
            <IconButton icon={X} label="Close" shortcut="Esc" onClick={onClose} />
          </div>
          {details.error ? (
            <p className="px-4 text-13 text-failed">{details.error.message}</p>
          ) : (
            <Skeleton rows={8} label="Loading the details" />
          )}
        </>
      )}
    </div>
  );
}

function Loaded({
  details,
  lane,
  week,
  zone,
  onClose,
}: { readonly details: EventDetails } & Omit<DetailsProps, 'eventId'>): ReactElement {
  const { event, schedule, definition, runs } = details;
  const [chosen, setChosen] = useState<string>();
  const reason = reasonWords(event);
  const pending = event.status === 'missed' ? !event.sub_status : lane !== undefined;
  const missed = pending ? missedItemOf(week, event.source_ref) : undefined;
  const running = runs.find((run) => run.status === 'running');
  // A run that begins is what one wants to see, also when it has ended; else the one of the card; else the last.
  const [begun, setBegun] = useState(running?.id);
  if (running && running.id !== begun) setBegun(running.id);
  const shownRun = chosen ?? begun ?? event.run_id ?? runs[0]?.id;
  const run = runs.find((one) => one.id === shownRun);
  return (
    <>
      <header className="shrink-0 border-b border-line-faint px-4 pt-3 pb-3">
        <div className="flex items-start gap-2 max-md:items-center">
          <span className="md:mt-1">
            <SourceMark source={event.source} size={15} />
          </span>
          <h2 dir="auto" className="grow text-16 leading-snug font-semibold break-words tracking-[-0.01em]">
            {event.title}
          </h2>
          <IconButton icon={X} label="Close" shortcut="Esc" onClick={onClose} className="-mr-2 md:-mt-1" />
        </div>
        <div className="mt-1.5 flex flex-wrap items-center gap-x-2 text-13 text-ink-2">
          <StatusWord status={event.status} detail={event.sub_status} />
          {lane && <span className="tabular text-12 text-ink-3">{laneWords(lane)}</span>}
        </div>
        {missed ? (
          <MissedNote item={missed} zone={zone} />
        ) : (
          reason && <p className="mt-1 text-13 text-ink-2">{reason}</p>
        )}
        <Actions event={event} running={running} />
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain">
        <When event={event} words={schedule.words} jobZone={schedule.zone} zone={zone} />
        {definition && (
          <Section title={definition.kind === 'http' ? 'Calls' : 'Command'}>
            <code className="block font-mono text-12 break-words whitespace-pre-wrap text-ink-2">
              {definition.summary}
            </code>
          </Section>
        )}
        <Outcome run={run} />
        {shownRun && (
          <Section title="Output">
            <LogView key={shownRun} runId={shownRun} />
          </Section>
        )}
        <NextRuns next={details.next} zone={zone} />
        <Runs runs={runs} shown={shownRun} zone={zone} onShow={setChosen} />
        <Policies policies={details.policies} />
        <History audit={details.audit} zone={zone} />
      </div>
    </>
  );
}
