import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { StatusMark } from '../../../../web/kit/status.tsx';
import { useNow } from '../../../../web/kit/time/use-now.ts';
import { wallWords } from '../../../../web/kit/time/words.ts';
import { type Address, dateOf, searchOf } from '../address.ts';
import { dayIndexOf } from '../axis.ts';
import type { Week } from '../week.ts';

/** From this many pixels on a day's header has room for its total. */
const ROOMY = 104;

/** The days, today's number in the only filled circle, with how much each holds. A click opens the day. */
export function DayHeaders({
  week,
  columns,
  widths,
  address,
}: {
  readonly week: Week;
  readonly columns: string;
  readonly widths: readonly number[];
  readonly address: Address;
}): ReactElement {
  const today = dayIndexOf(week.axis, useNow(60_000));
  const zone = week.segments[0]?.abbreviation ?? '';
  return (
    <div className="grid h-10 items-center border-b border-line" style={{ gridTemplateColumns: columns }}>
      <span className="w-12 truncate text-right text-11 text-ink-3">{zone}</span>
      {week.axis.days.map((day, index) => {
        const entries = week.occurrences.filter((occurrence) => occurrence.day === index);
        const failed = entries.some((entry) => entry.status === 'failed');
        const missed = entries.some((entry) => entry.status === 'missed');
        const rest = [
          index === today ? 'today' : '',
          `${entries.length} ${entries.length === 1 ? 'entry' : 'entries'}`,
          failed ? 'some failed' : missed ? 'some missed' : '',
          'open the day',
        ];
        const hours = (day.to - day.from) / 3_600_000;
        return (
          <Link
            key={day.from}
            to="."
            search={searchOf({ ...address, view: 'day', date: dateOf(day.wall) })}
            className="group flex h-full items-center gap-1.5 border-l border-line-faint pl-2 text-13 text-ink-2 outline-offset-[-3px] hover:text-ink"
          >
            <span className={index === today ? 'font-medium text-ink' : ''}>
              {wallWords(day.wall, { weekday: 'short' })}
            </span>{' '}
            <span
              className={`tabular grid h-6 min-w-6 place-items-center rounded-full text-13 font-medium ${index === today ? 'bg-accent px-1 text-on-accent' : '-ml-1 text-ink'}`}
            >
              {wallWords(day.wall, { day: 'numeric' })}
            </span>
            <span className="sr-only">, {rest.filter(Boolean).join(', ')}</span>
            {hours !== 24 && (widths[index] ?? 0) >= ROOMY && (
              <span className="tabular rounded-full border border-line px-1.5 text-11 text-ink-2">{hours} h</span>
            )}
            <span aria-hidden className="ml-auto flex items-center gap-1 pr-2 text-11 text-ink-3">
              {failed && <StatusMark status="failed" size={11} />}
              {!failed && missed && <StatusMark status="missed" size={12} />}
              {(widths[index] ?? 0) >= ROOMY && entries.length > 0 && <span className="tabular">{entries.length}</span>}
            </span>
          </Link>
        );
      })}
    </div>
  );
}
