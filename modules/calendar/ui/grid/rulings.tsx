import { memo, type ReactElement } from 'react';
import { useNow } from '../../../../web/kit/time/use-now.ts';
import { segmentAt, wallAt } from '../../../../web/kit/time/wall.ts';
import { clockWords } from '../../../../web/kit/time/words.ts';
import { dayIndexOf } from '../axis.ts';
import { px } from '../columns.ts';
import type { Week } from '../week.ts';
import { nowTop } from './day-column.tsx';

/** Hour lines barely visible, half hours dotted, the hours in the gutter. */
export const Rulings = memo(function Rulings({ week }: { readonly week: Week }): ReactElement {
  const { axis } = week;
  const now = useNow(60_000);
  const today = dayIndexOf(axis, now);
  const nowY = today < 0 ? -100 : nowTop(week, today, now);
  return (
    <div aria-hidden className="pointer-events-none absolute inset-0">
      {axis.rows.map((row) => (
        <div key={row.y} className="absolute inset-x-0" style={{ top: px(row.y), height: px(row.height) }}>
          <div className="absolute top-0 right-0 left-14 border-t border-line-faint" />
          <div className="absolute top-1/2 right-0 left-14 border-t border-dotted border-line-faint" />
          {row.y > 0 && Math.abs(px(row.y) - nowY) > 14 && (
            <span className="tabular absolute -top-2 left-0 w-12 text-right text-11 text-ink-3">
              {clockWords(row.wall * 60_000)}
              {row.again && <span className="absolute top-3.5 right-0">{row.again.abbreviation}</span>}
            </span>
          )}
        </div>
      ))}
    </div>
  );
});

/** One accent hairline through today, faint through the other days, with the time in the gutter. */
export function NowLine({ week, columns }: { readonly week: Week; readonly columns: string }): ReactElement | null {
  const now = useNow(60_000);
  const today = dayIndexOf(week.axis, now);
  if (today < 0) return null;
  const ambiguous = week.axis.days[today]?.pieces.some((piece) => piece.again);
  return (
    <div
      aria-hidden
      className="pointer-events-none absolute inset-x-0 z-10 grid"
      style={{ top: nowTop(week, today, now), gridTemplateColumns: columns }}
    >
      <span className="tabular absolute -top-2.5 left-1 w-12 rounded-card bg-accent py-px text-center text-11 font-medium text-on-accent">
        {clockWords(wallAt(week.segments, now))}
        {ambiguous && <span className="block">{segmentAt(week.segments, now).abbreviation}</span>}
      </span>
      <span className="col-start-2 col-end-[-1] row-start-1 border-t border-accent/20" />
      <span className="relative row-start-1 border-t border-accent" style={{ gridColumnStart: today + 2 }}>
        <span className="absolute -top-[3.5px] -left-[3px] size-1.5 rounded-full bg-accent" />
      </span>
    </div>
  );
}
