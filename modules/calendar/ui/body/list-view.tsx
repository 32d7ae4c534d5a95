import { type ReactElement, useEffect, useRef } from 'react';
import { sourceStyle } from '../../../../web/kit/source.tsx';
import { StatusWord } from '../../../../web/kit/status.tsx';
import { dayWords, durationWords } from '../../../../web/kit/time/words.ts';
import { laneWords, sortedLanes } from '../names.ts';
import { reasonWords } from '../reasons.ts';
import { type Occurrence, timeWords, type Week } from '../week.ts';

const HEADING =
  'sticky top-0 z-10 flex h-8 items-center gap-2 border-b border-line-faint bg-paper px-4 text-12 font-medium';
const ROW =
  'grid h-9 w-full grid-cols-[4.5rem_3px_minmax(0,1fr)_auto] items-center gap-3 border-b border-line-faint px-4 text-left text-13 outline-offset-[-2px] hover:bg-hover/60 aria-pressed:bg-accent/8 max-md:h-14 max-md:grid-cols-[3rem_3px_minmax(0,1fr)_auto]';

interface ListViewProps {
  readonly week: Week;
  readonly selected: string | undefined;
  readonly onOpen: (eventId: string) => void;
}

/** The same week as lines, opened at now: the equivalent of the grid for everyone who prefers reading. */
export function ListView({ week, selected, onOpen }: ListViewProps): ReactElement {
  const next = week.occurrences.find((occurrence) => occurrence.at >= week.now);
  const now = useRef<HTMLDivElement>(null);
  const start = week.feed.range.start;
  const opened = useRef('');
  useEffect(() => {
    if (opened.current === start) return;
    opened.current = start;
    now.current?.scrollIntoView({ block: 'center' });
  }, [start]);
  const days = Map.groupBy(week.occurrences, (occurrence) => occurrence.day);
  return (
    <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain">
      <AlwaysRunning week={week} selected={selected} onOpen={onOpen} />
      {[...days].map(([day, occurrences]) => (
        <section key={day} aria-label={dayWords(week.axis.days[day]?.wall ?? 0)}>
          <h2 className={HEADING}>
            {dayWords(week.axis.days[day]?.wall ?? 0)}
            <span className="tabular font-normal text-ink-3">{occurrences.length}</span>
          </h2>
          {occurrences.map((occurrence) => (
            <div
              key={occurrence.event.event_id}
              ref={occurrence === next ? now : undefined}
              className="[contain-intrinsic-block-size:36px] [content-visibility:auto]"
            >
              {occurrence === next && <div aria-hidden className="h-px bg-accent" />}
              <ListRow
                week={week}
                occurrence={occurrence}
                selected={selected === occurrence.event.event_id}
                onOpen={onOpen}
              />
            </div>
          ))}
        </section>
      ))}
    </div>
  );
}

function AlwaysRunning({ week, selected, onOpen }: ListViewProps): ReactElement | null {
  if (week.lanes.length === 0) return null;
  return (
    <section aria-label="Always running">
      <h2 className={HEADING}>
        Always running
        <span className="tabular font-normal text-ink-3">{week.lanes.length}</span>
      </h2>
      {sortedLanes(week.lanes).map((lane) => (
        <button
          key={lane.lane_id}
          type="button"
          aria-pressed={selected === `lane~${lane.lane_id}`}
          onClick={() => onOpen(`lane~${lane.lane_id}`)}
          className={ROW}
          style={sourceStyle(lane.source)}
        >
          <span />
          <span aria-hidden className="h-4 w-[3px] rounded-full bg-(--source)" />
          <span className="flex min-w-0 items-baseline gap-3">
            <span dir="auto" className="truncate font-medium">
              {lane.title}
            </span>
            <span className="tabular truncate text-12 text-ink-3">{laneWords(lane)}</span>
          </span>
          <span className="text-12 text-ink-2">
            <StatusWord status={lane.status} />
          </span>
        </button>
      ))}
    </section>
  );
}

export function ListRow({
  week,
  occurrence,
  selected,
  onOpen,
}: Omit<ListViewProps, 'selected'> & { readonly occurrence: Occurrence; readonly selected: boolean }): ReactElement {
  const { event, status, at, end } = occurrence;
  const quiet = status === 'success' || status === 'paused' || status === 'skipped' || status === 'suppressed';
  return (
    <button
      type="button"
      aria-pressed={selected}
      onClick={() => onOpen(event.event_id)}
      className={ROW}
      style={sourceStyle(event.source)}
    >
      <span className="tabular text-12 text-ink-3">{timeWords(week, at)}</span>
      <span aria-hidden className={`h-4 w-[3px] rounded-full ${quiet ? 'bg-(--source)/50' : 'bg-(--source)'}`} />
      <span className="flex min-w-0 items-baseline gap-3">
        <span dir="auto" className={`truncate ${quiet ? 'text-ink-2' : 'font-medium'}`}>
          {event.title}
        </span>
        <span className="tabular truncate text-12 text-ink-3 max-md:hidden">
          {reasonWords(event) ?? (event.finished_at && end > at ? durationWords(end - at) : '')}
        </span>
      </span>
      <span className="text-12 text-ink-2">
        <StatusWord status={status} />
      </span>
    </button>
  );
}
