import type { ReactElement } from 'react';
import type { Status } from '../../../../web/api/types.ts';
import { SEVERITY, StatusMark } from '../../../../web/kit/status.tsx';
import { dayWords, wallWords } from '../../../../web/kit/time/words.ts';
import { dateOf } from '../address.ts';
import type { Week } from '../week.ts';

interface DayStripProps {
  readonly week: Week;
  readonly day: number;
  readonly today: number;
  readonly onPick: (date: string) => void;
}

/** Seven days with their worst status; the filled circle is today, the ring is the one shown. */
export function DayStrip({ week, day, today, onPick }: DayStripProps): ReactElement {
  return (
    <fieldset
      aria-label="Days"
      className="grid shrink-0 auto-cols-fr grid-flow-col border-b border-line-faint bg-paper px-1 py-1"
    >
      {week.axis.days.map((one, index) => {
        const worst = worstOf(week, index);
        const number =
          index === today ? 'bg-accent text-on-accent' : index === day ? 'shadow-[inset_0_0_0_1.5px_var(--ink)]' : '';
        return (
          <button
            key={one.from}
            type="button"
            aria-pressed={index === day}
            aria-label={`${dayWords(one.wall)}${index === today ? ', today' : ''}`}
            onClick={() => onPick(dateOf(one.wall))}
            className="flex h-16 flex-col items-center justify-center gap-0.5 rounded-control text-11 text-ink-3"
          >
            <span className="drawn" data-text={wallWords(one.wall, { weekday: 'narrow' })} />
            <span
              className={`tabular grid size-7 place-items-center rounded-full text-14 font-medium ${index === today ? '' : 'text-ink'} ${number}`}
            >
              {wallWords(one.wall, { day: 'numeric' })}
            </span>
            <span className="grid h-3 place-items-center">
              {worst === 'failed' || worst === 'missed' || worst === 'running' ? (
                <StatusMark status={worst} size={10} />
              ) : (
                worst && (
                  <span className={`size-1 rounded-full ${worst === 'success' ? 'bg-edge' : 'border border-edge'}`} />
                )
              )}
            </span>
          </button>
        );
      })}
    </fieldset>
  );
}

function worstOf(week: Week, index: number): Status | undefined {
  const rank = (status: Status): number => (status === 'running' ? 2.5 : (SEVERITY[status] ?? 9));
  let worst: Status | undefined;
  for (const { day, status } of week.occurrences)
    if (day === index && (!worst || rank(status) < rank(worst))) worst = status;
  return worst;
}
