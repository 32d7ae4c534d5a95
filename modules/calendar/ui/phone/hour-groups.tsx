import { type ReactElement, useState } from 'react';
import { wallAt } from '../../../../web/kit/time/wall.ts';
import { clockWords } from '../../../../web/kit/time/words.ts';
import { ListRow } from '../body/list-view.tsx';
import type { Occurrence, Week } from '../week.ts';

interface HourGroupsProps {
  readonly week: Week;
  readonly day: number;
  readonly now: number;
  readonly onOpen: (eventId: string) => void;
}

/** The occurrences of one day by hour; what is past and well stands behind "Earlier", so that the list opens at now. */
export function HourGroups({ week, day, now, onOpen }: HourGroupsProps): ReactElement {
  const [unfolded, setUnfolded] = useState(false);
  const shownDay = week.axis.days[day];
  const all = week.occurrences.filter((occurrence) => occurrence.day === day);
  const isToday = shownDay !== undefined && now >= shownDay.from && now < shownDay.to;
  const folds = (occurrence: Occurrence): boolean =>
    isToday && occurrence.at < now - 3_600_000 && !['failed', 'missed', 'running'].includes(occurrence.status);
  const earlier = all.filter(folds);
  const shown = unfolded ? all : all.filter((occurrence) => !folds(occurrence));
  const next = isToday ? shown.find((occurrence) => occurrence.at > now) : undefined;
  const hours = Map.groupBy(shown, (occurrence) => Math.floor(wallAt(week.segments, occurrence.at) / 3_600_000));
  if (all.length === 0) return <p className="px-4 py-8 text-center text-13 text-ink-3">Nothing on this day.</p>;
  return (
    <>
      {earlier.length > 0 && !unfolded && (
        <button
          type="button"
          onClick={() => setUnfolded(true)}
          className="h-11 w-full px-4 text-left text-13 text-ink-2"
        >
          Earlier <span className="tabular text-ink-3">({earlier.length})</span>
        </button>
      )}
      {[...hours].map(([hour, occurrences]) => (
        <section key={hour} aria-label={clockWords(hour * 3_600_000)}>
          <h2 className="tabular sticky top-0 z-10 flex h-6 items-center border-b border-line-faint bg-sunken px-4 text-11 text-ink-3">
            {clockWords(hour * 3_600_000)}
          </h2>
          {occurrences.map((occurrence) => (
            <div key={occurrence.event.event_id}>
              {occurrence === next && <NowRule time={clockWords(wallAt(week.segments, now))} />}
              <ListRow week={week} occurrence={occurrence} selected={false} onOpen={onOpen} />
            </div>
          ))}
        </section>
      ))}
    </>
  );
}

function NowRule({ time }: { readonly time: string }): ReactElement {
  return (
    <div aria-hidden className="relative h-0">
      <span className="absolute inset-x-0 top-0 border-t border-accent" />
      <span className="tabular absolute -top-2.5 right-4 z-10 rounded-card bg-accent px-1.5 text-11 font-medium text-on-accent">
        {time}
      </span>
    </div>
  );
}
