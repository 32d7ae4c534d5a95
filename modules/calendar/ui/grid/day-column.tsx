/* oxlint-disable jsx-a11y/prefer-tag-over-role -- cards placed side by side on one axis cannot be the cells of a table */
import { memo, type ReactElement } from 'react';
import { wallAt } from '../../../../web/kit/time/wall.ts';
import { clockWords, dayWords } from '../../../../web/kit/time/words.ts';
import { seamOf, yOf } from '../axis.ts';
import { type Column, type MoreEntry, px } from '../columns.ts';
import type { Week } from '../week.ts';
import { Card } from './card.tsx';
import type { Span } from './geometry.ts';

interface DayColumnProps {
  readonly week: Week;
  readonly index: number;
  readonly column: Column;
  readonly width: number;
  readonly span: Span;
  /** Key of the card that the tab key reaches, if it is in this column. */
  readonly stop: string | undefined;
  readonly selected: string | undefined;
}

/** One local day. Cards off the screen are left out, save the one that has the focus. */
export const DayColumn = memo(function DayColumn({
  week,
  index,
  column,
  width,
  span,
  stop,
  selected,
}: DayColumnProps): ReactElement | null {
  const day = week.axis.days[index];
  if (!day) return null;
  const shown = (key: string, top: number, bottom: number): boolean =>
    key === stop || (bottom > span.from && top < span.to);
  const past = day.to <= week.now;
  const total = column.placed.length + column.more.reduce((sum, more) => sum + more.entries.length, 0);
  return (
    <div
      role="row"
      aria-label={dayWords(day.wall)}
      className={`relative border-l border-line-faint ${past ? 'bg-sunken/70' : ''}`}
    >
      <div
        role="gridcell"
        tabIndex={-1}
        aria-label={`${dayWords(day.wall)}, ${total} ${total === 1 ? 'entry' : 'entries'}`}
        className="pointer-events-none absolute inset-0"
      />
      <Seam week={week} index={index} />
      {column.placed
        .filter(({ box }) => shown(box.key, box.top, box.bottom))
        .map((placed) => (
          <Card
            key={placed.box.key}
            placed={placed}
            week={week}
            width={width}
            selected={selected !== undefined && placed.box.members.some((member) => member.event.event_id === selected)}
            focusable={placed.box.key === stop}
          />
        ))}
      {column.more
        .filter(({ key, top }) => shown(key, top, top + 20))
        .map((more) => (
          <More
            key={more.key}
            more={more}
            time={clockWords(wallAt(week.segments, more.entries[0]?.first.at ?? 0))}
            focusable={more.key === stop}
            selected={more.entries.some(({ members }) => members.some((one) => one.event.event_id === selected))}
          />
        ))}
    </div>
  );
});

function More({
  more,
  time,
  focusable,
  selected,
}: {
  readonly more: MoreEntry;
  readonly time: string;
  readonly focusable: boolean;
  /** What is open stands behind it. */
  readonly selected: boolean;
}): ReactElement {
  const count = more.entries.length;
  const wrong = more.entries.filter((entry) => entry.status === 'failed' || entry.status === 'missed').length;
  return (
    <div
      role="gridcell"
      aria-haspopup="dialog"
      aria-label={`${count} more around ${time}${wrong > 0 ? `, ${wrong} of them failed or missed` : ''}`}
      tabIndex={focusable ? 0 : -1}
      aria-selected={selected}
      data-key={more.key}
      data-status={more.status}
      className="cal-more drawn scroll-mt-(--cal-head)"
      data-text={count > 99 ? '99+' : `+${count}`}
      style={{ top: more.top }}
    />
  );
}

/** The hour that the clock skips, hatched; or the rows that only another day has. */
function Seam({ week, index }: { readonly week: Week; readonly index: number }): ReactElement {
  const day = week.axis.days[index];
  const seam = day && seamOf(week.axis, day);
  return (
    <>
      {day?.gap && seam && (
        <>
          <div
            className="hatch absolute inset-x-0 border-y border-line bg-sunken"
            style={{ top: px(seam.y), height: px(seam.height) }}
          />
          <span
            className="tabular pointer-events-none absolute right-1 z-[1] -translate-y-1/2 rounded-card bg-paper px-1.5 text-11 leading-4 text-ink-2"
            style={{ top: px(seam.y + seam.height / 2) }}
          >
            no {clockWords(day.gap.from * 60_000)} today
          </span>
        </>
      )}
      {week.axis.rows
        .filter((row) => row.again && row.again.day !== index)
        .map((row) => (
          <div
            key={row.y}
            className="hatch absolute inset-x-0 bg-sunken opacity-60"
            style={{ top: px(row.y), height: px(row.height) }}
          />
        ))}
    </>
  );
}

/** Pixels from the top of the grid at which `now` lies in a day. */
export function nowTop(week: Week, index: number, now: number): number {
  const day = week.axis.days[index];
  return day ? px(yOf(week.axis, day, now)) : 0;
}
