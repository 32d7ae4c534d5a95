import { type ReactElement, type RefObject, useEffect, useState } from 'react';
import { SourceMark } from '../../../../web/kit/source.tsx';
import { StatusWord } from '../../../../web/kit/status.tsx';
import { wallAt } from '../../../../web/kit/time/wall.ts';
import { durationWords, momentWords, wallWords } from '../../../../web/kit/time/words.ts';
import type { Entry } from '../columns.ts';
import { reasonWords } from '../reasons.ts';
import { timeWords, type Week } from '../week.ts';

const DELAY_MS = 150;
const WIDTH = 260;

/** What does not fit on a card, beside it, after a moment of hovering. The card's name already says it to a screen reader. */
export function HoverCard({
  grid,
  entries,
  week,
}: {
  readonly grid: RefObject<HTMLElement | null>;
  readonly entries: ReadonlyMap<string, Entry>;
  readonly week: Week;
}): ReactElement | null {
  const [over, setOver] = useState<{ readonly key: string; readonly rect: DOMRect }>();
  useEffect(() => {
    const element = grid.current;
    if (!element) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const enter = (event: PointerEvent): void => {
      clearTimeout(timer);
      const card =
        event.target instanceof Element && event.pointerType === 'mouse'
          ? event.target.closest<HTMLElement>('.cal-card')
          : null;
      if (!card || card.ariaSelected === 'true') return setOver(undefined);
      timer = setTimeout(
        () => setOver({ key: card.dataset['key'] ?? '', rect: card.getBoundingClientRect() }),
        DELAY_MS,
      );
    };
    const leave = (): void => {
      clearTimeout(timer);
      setOver(undefined);
    };
    element.addEventListener('pointerover', enter);
    element.addEventListener('pointerleave', leave);
    element.addEventListener('scroll', leave, { passive: true });
    element.addEventListener('pointerdown', leave);
    return () => {
      clearTimeout(timer);
      element.removeEventListener('pointerover', enter);
      element.removeEventListener('pointerleave', leave);
      element.removeEventListener('scroll', leave);
      element.removeEventListener('pointerdown', leave);
    };
  }, [grid]);
  const entry = over && entries.get(over.key);
  if (!entry) return null;
  const right = over.rect.right + 8 + WIDTH < innerWidth;
  const top = Math.min(over.rect.top, innerHeight - 150);
  return (
    <div
      aria-hidden
      className="appear pointer-events-none fixed z-40 rounded-panel border border-line bg-raised p-3 text-12 shadow-float"
      style={{ top, left: right ? over.rect.right + 6 : over.rect.left - WIDTH - 6, width: WIDTH }}
    >
      <Inside entry={entry} week={week} />
    </div>
  );
}

function Inside({ entry, week }: { readonly entry: Entry; readonly week: Week }): ReactElement {
  const { first, members, status } = entry;
  const { event } = first;
  const reason = reasonWords(event);
  const utc = week.feed.timezone === 'UTC' ? '' : ` · ${momentWords(first.at, 'UTC').split(', ')[1]} UTC`;
  return (
    <>
      <div className="flex items-start gap-1.5">
        <span className="mt-0.5">
          <SourceMark source={event.source} />
        </span>
        <span dir="auto" className="text-13 font-medium">
          {event.title}
          {members.length > 1 && ` ×${members.length}`}
        </span>
      </div>
      <div className="mt-1.5">
        <StatusWord status={status} detail={event.sub_status} />
      </div>
      <div className="tabular mt-1 text-ink-2">
        {wallWords(wallAt(week.segments, first.at), { weekday: 'short', day: 'numeric', month: 'short' }).replace(
          ',',
          '',
        )}
        , {timeWords(week, first.at)}
        <span className="text-ink-3">{utc}</span>
      </div>
      {members.length === 1 && first.end > first.at && (
        <div className="tabular text-ink-3">
          {event.finished_at ? 'Took' : status === 'running' ? 'Running for' : 'Usually takes'}{' '}
          {durationWords(
            status === 'running' && event.started_at ? week.now - Date.parse(event.started_at) : first.end - first.at,
          )}
        </div>
      )}
      {reason && <div className="mt-1 text-ink-2">{reason}</div>}
    </>
  );
}
