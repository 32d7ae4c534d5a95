/* oxlint-disable jsx-a11y/prefer-tag-over-role -- cards placed side by side on one axis cannot be the cells of a table */
import { type CSSProperties, memo, type ReactElement } from 'react';
import type { Status } from '../../../../web/api/types.ts';
import { StatusMark } from '../../../../web/kit/status.tsx';
import { sourceStyle } from '../../../../web/kit/source.tsx';
import { useNow } from '../../../../web/kit/time/use-now.ts';
import { durationWords } from '../../../../web/kit/time/words.ts';
import { CHIP_WIDTH, type Entry } from '../columns.ts';
import { eventName, seriesName } from '../names.ts';
import type { Placed } from '../pack.ts';
import { reasonWords } from '../reasons.ts';
import { timeWords, type Week } from '../week.ts';

/** Narrower, the title is worth more than the time, which the axis shows too. */
const TIME_FROM = 140;
const TWO_LINES_FROM = 36;
const NARROW_BELOW = 66;
const MARK_FROM = 56;
/** A success needs its check less than its title. */
const QUIET_MARK_FROM = 76;
const LOUD: ReadonlySet<Status> = new Set(['failed', 'missed', 'running', 'queued']);

interface CardProps {
  readonly placed: Placed<Entry>;
  readonly week: Week;
  /** Pixels of the column. */
  readonly width: number;
  readonly selected: boolean;
  readonly focusable: boolean;
}

/** One occurrence or one series in the grid. The grid itself hears clicks and keys. */
export const Card = memo(function Card({ placed, week, width, selected, focusable }: CardProps): ReactElement {
  const { box, lane, span, lanes, besideChip } = placed;
  const { first, members, status } = box;
  const height = box.bottom - box.top - 1;
  const free = besideChip ? CHIP_WIDTH : 3;
  const own = ((width - free) * span) / lanes;
  const series = members.length > 1;
  const last = members.at(-1) ?? first;
  const name = series
    ? seriesName(week, first.event, members.length, status, first.at, last.at)
    : eventName(week, first.event, first.at);
  const two = height >= TWO_LINES_FROM;
  return (
    <div
      role="gridcell"
      tabIndex={focusable ? 0 : -1}
      aria-label={name}
      aria-selected={selected}
      data-key={box.key}
      data-status={status}
      data-short={height - box.length > 2}
      data-narrow={own < NARROW_BELOW}
      data-series={series}
      className="cal-card scroll-mt-(--cal-head) scroll-mb-6"
      style={
        {
          ...sourceStyle(first.event.source),
          '--length': `${Math.max(2, Math.round(box.length))}px`,
          top: box.top,
          height,
          left: `calc((100% - ${free}px) * ${lane / lanes} + 1px)`,
          width: `calc((100% - ${free}px) * ${span / lanes} - 2px)`,
        } as CSSProperties
      }
    >
      {series && <SeriesNotches entry={box} />}
      {two ? (
        <TallInside
          entry={box}
          week={week}
          height={height}
          mark={own >= (status === 'failed' || status === 'missed' ? MARK_FROM : QUIET_MARK_FROM)}
        />
      ) : (
        <div className="-mt-px flex items-baseline gap-1.5">
          {own >= TIME_FROM && <span className="cal-time drawn" data-text={timeWords(week, first.at)} />}
          <span dir="auto" className="cal-title grow">
            {first.event.title}
          </span>
          {series && <span className="cal-time drawn shrink-0" data-text={`×${members.length}`} />}
          {own >= (LOUD.has(status) ? MARK_FROM : QUIET_MARK_FROM) && status !== 'scheduled' && (
            <span className="self-center">
              <StatusMark status={status} size={11} />
            </span>
          )}
        </div>
      )}
    </div>
  );
});

/** Time above, the title on as many lines as fit, then what there is to say. */
function TallInside({
  entry,
  week,
  height,
  mark,
}: {
  readonly entry: Entry;
  readonly week: Week;
  readonly height: number;
  readonly mark: boolean;
}): ReactElement {
  const { first, members, status } = entry;
  const last = members.at(-1) ?? first;
  const series = members.length > 1;
  const reason = reasonWords(first.event);
  const lines = Math.max(1, Math.min(4, Math.floor((height - 6) / 15) - 1));
  const parts = [
    timeWords(week, first.at),
    series ? `to ${timeWords(week, last.at)}` : '',
    !series && status !== 'running' && status !== 'missed' && first.end > first.at
      ? `· ${durationWords(first.end - first.at)}`
      : '',
    (status === 'failed' || status === 'missed') && reason ? `· ${reason}` : '',
  ].filter(Boolean);
  return (
    <>
      <div className="flex gap-1">
        <span
          dir="auto"
          className="cal-title line-clamp-1 grow whitespace-normal! [text-overflow:clip]! hyphens-auto"
          style={{ WebkitLineClamp: lines }}
        >
          {first.event.title}
          {series && <span className="cal-time drawn" data-text={` ×${members.length}`} />}
        </span>
        {status !== 'scheduled' && mark && (
          <span className="mt-0.5">
            <StatusMark status={status} size={11} />
          </span>
        )}
      </div>
      {status === 'running' && first.event.started_at ? (
        <Elapsed since={Date.parse(first.event.started_at)} />
      ) : (
        <div className="cal-time drawn truncate" data-text={parts.join(' ')} />
      )}
    </>
  );
}

function Elapsed({ since }: { readonly since: number }): ReactElement {
  const now = useNow(1000);
  return <div className="cal-time drawn truncate" data-text={durationWords(Math.max(1000, now - since))} />;
}

/** Where in the series each occurrence lies. */
function SeriesNotches({ entry }: { readonly entry: Entry }): ReactElement {
  const { first, members } = entry;
  const last = members.at(-1) ?? first;
  const whole = Math.max(1, last.end - first.at);
  return (
    <span aria-hidden className="absolute inset-y-0 left-0.5 w-1">
      {members.map((member) => (
        <span
          key={member.at}
          className="absolute h-0.5 w-1.5 bg-(--source)"
          style={{ top: `${((member.at - first.at) / whole) * 100}%` }}
        />
      ))}
    </span>
  );
}
