import { type ComponentType, type ReactElement, useState } from 'react';
import { wallAt } from '../../../../web/kit/time/wall.ts';
import { clockWords } from '../../../../web/kit/time/words.ts';
import type { Occurrence, Week } from '../week.ts';

interface RowProps {
  readonly week: Week;
  readonly occurrence: Occurrence;
  readonly selected: boolean;
  readonly onOpen: (eventId: string) => void;
}

interface HourGroupsProps {
  readonly week: Week;
  readonly day: number;
  readonly now: number;
  readonly onOpen: (eventId: string) => void;
  readonly row: ComponentType<RowProps>;
}

/** The occurrences of one day by hour; what is past and well stands behind "Earlier". */
export function HourGroups({ week, day, now, onOpen, row: Row }: HourGroupsProps): ReactElement {
  const [unfolded, setUnfolded] = useState(false);
  const all = week.occurrences.filter((occurrence) => occurrence.day === day);
  const isToday = now >= (week.axis.days[day]?.from ?? 0) && now < (week.axis.days[day]?.to ?? 0);
  const folds = (occurrence: Occurrence): boolean =>
    isToday && occurrence.at < now - 3_600_000 && !['failed', 'missed', 'running'].includes(occurrence.status);
  const earlier = all.filter(folds);
  const shown = unfolded ? all : all.filter((occurrence) => !folds(occurrence));
  const hours = Map.groupBy(shown, (occurrence) =>
    Math.floor((wallAt(week.segments, occurrence.at) - (week.axis.days[day]?.wall ?? 0)) / 3_600_000),
  );
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
          <h3 className="tabular sticky top-0 border-b border-line-faint bg-paper px-4 pt-3 pb-1 text-11 text-ink-3">
            {clockWords(hour * 3_600_000)}
          </h3>
          {occurrences.map((occurrence) => (
            <Row key={occurrence.event.event_id} week={week} occurrence={occurrence} selected={false} onOpen={onOpen} />
          ))}
        </section>
      ))}
    </>
  );
}
