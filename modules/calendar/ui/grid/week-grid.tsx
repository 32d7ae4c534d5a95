/* oxlint-disable jsx-a11y/prefer-tag-over-role -- cards placed side by side on one axis cannot be the cells of a table */
import {
  type KeyboardEvent,
  type MouseEvent,
  type ReactElement,
  type RefObject,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import type { Lane } from '../../../../web/api/types.ts';
import { serverNow } from '../../../../web/kit/time/use-now.ts';
import type { Address } from '../address.ts';
import { dayIndexOf } from '../axis.ts';
import { columnsOf, type Entry, px } from '../columns.ts';
import { moveOf, neighbourOf, type Stop } from '../keyboard.ts';
import type { Week } from '../week.ts';
import { DayColumn, nowTop } from './day-column.tsx';
import { DayHeaders } from './day-headers.tsx';
import { columnWidths, templateOf, useSpan, useWidth } from './geometry.ts';
import { HoverCard } from './hover-card.tsx';
import { Lanes } from './lanes.tsx';
import { MoreList } from './more-list.tsx';
import { NowLine, Rulings } from './rulings.tsx';

interface WeekGridProps {
  readonly week: Week;
  readonly address: Address;
  readonly onOpen: (id: string) => void;
}

/** The days side by side on one axis: headers, always-running lanes, cards. One tab stop; the arrows move inside. */
export function WeekGrid({ week, address, onOpen }: WeekGridProps): ReactElement {
  const scroller = useRef<HTMLDivElement>(null);
  const head = useRef<HTMLDivElement>(null);
  const width = useWidth(scroller);
  const span = useSpan(scroller);
  const [stop, setStop] = useState<string>();
  const [more, setMore] = useState<{ readonly key: string; readonly anchor: HTMLElement }>();
  const widths = useMemo(() => columnWidths(week.axis.days, width), [week.axis, width]);
  const template = templateOf(widths);
  const columns = useMemo(() => columnsOf(week, widths), [week, widths]);
  const stops = useMemo(() => columns.map(stopsOf), [columns]);
  const entries = useMemo(
    () => new Map(columns.flatMap((column) => column.placed.map(({ box }): [string, Entry] => [box.key, box]))),
    [columns],
  );
  const known = stop !== undefined && stops.some((column) => column.some((one) => one.key === stop));
  const tabStop = known ? stop : firstStop(week, stops);
  useOpenAtNow(scroller, head, week);

  function open(key: string): void {
    setStop(key);
    const entry = entries.get(key);
    if (entry) return onOpen(entry.first.event.event_id);
    const anchor = scroller.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`);
    if (anchor) setMore({ key, anchor });
  }

  function click(event: MouseEvent): void {
    const key = keyAt(event.target);
    if (key) open(key);
  }

  function press(event: KeyboardEvent): void {
    const key = keyAt(event.target);
    if (!key || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      return open(key);
    }
    const move = moveOf(event.key);
    if (!move) return;
    event.preventDefault();
    const next = neighbourOf(stops, key, move);
    if (next) setStop(next);
  }

  // The focus follows the stop once it is rendered; only when it was in the grid already.
  useEffect(() => {
    const cell =
      stop === undefined ? null : scroller.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(stop)}"]`);
    if (cell && cell !== document.activeElement && keyAt(document.activeElement)) cell.focus();
  }, [stop]);

  const shownMore = columns.flatMap((column) => column.more).find((one) => one.key === more?.key);
  return (
    <div
      ref={scroller}
      className="relative min-h-0 flex-1 overflow-y-auto overscroll-contain [scrollbar-gutter:stable]"
    >
      <div ref={head} className="sticky top-0 z-20 bg-paper">
        <DayHeaders week={week} columns={template} widths={widths} address={address} />
        <Lanes
          lanes={week.lanes}
          columns={template}
          widths={widths}
          selected={address.selected?.slice('lane~'.length)}
          onOpen={(lane: Lane) => onOpen(`lane~${lane.lane_id}`)}
        />
      </div>
      <div className="relative" style={{ height: px(week.axis.height) }}>
        <Rulings week={week} />
        <div
          role="grid"
          aria-label="Occurrences by day"
          tabIndex={-1}
          aria-colcount={-1}
          onClick={click}
          onKeyDown={press}
          className="absolute inset-0 grid outline-none"
          style={{ gridTemplateColumns: template }}
        >
          <span role="presentation" />
          {columns.map((column, index) => (
            <DayColumn
              key={week.axis.days[index]?.from ?? index}
              week={week}
              index={index}
              column={column}
              width={widths[index] ?? 0}
              span={span}
              stop={stops[index]?.some((one) => one.key === tabStop) ? tabStop : undefined}
              selected={address.selected}
            />
          ))}
        </div>
        <NowLine week={week} columns={template} />
      </div>
      <HoverCard grid={scroller} entries={entries} week={week} />
      <MoreList
        more={shownMore}
        anchor={more?.anchor}
        week={week}
        onClose={() => setMore(undefined)}
        onOpen={(id) => onOpen(id)}
      />
    </div>
  );
}

/** Once per range: now at a third of the height, or the early morning. */
function useOpenAtNow(
  scroller: RefObject<HTMLDivElement | null>,
  head: RefObject<HTMLDivElement | null>,
  week: Week,
): void {
  const range = week.feed.range.start + week.feed.range.view;
  useLayoutEffect(() => {
    const [box, top] = [scroller.current, head.current];
    if (!box || !top) return;
    box.style.setProperty('--cal-head', `${top.offsetHeight + 8}px`);
    const now = serverNow();
    const today = dayIndexOf(week.axis, now);
    const y = today < 0 ? px(60) : nowTop(week, today, now);
    box.scrollTop = Math.max(0, y - (box.clientHeight - top.offsetHeight) / (today < 0 ? 100 : 2.4));
    // Only the range decides: an update must not move what is being read.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [range]);
}

function stopsOf(column: {
  readonly placed: readonly { readonly box: Entry; readonly lane: number }[];
  readonly more: readonly { readonly key: string; readonly top: number }[];
}): readonly Stop[] {
  const cards = column.placed.map(({ box, lane }) => ({ key: box.key, top: box.top, lane }));
  const chips = column.more.map(({ key, top }) => ({ key, top, lane: 99 }));
  return [...cards, ...chips].toSorted((a, b) => a.top - b.top || a.lane - b.lane);
}

/** Tab lands on what is next today, else on the first of the range. */
function firstStop(week: Week, stops: readonly (readonly Stop[])[]): string | undefined {
  const today = dayIndexOf(week.axis, week.now);
  const top = today < 0 ? 0 : nowTop(week, today, week.now);
  const column = stops[today] ?? [];
  return (column.find((stop) => stop.top >= top) ?? column.at(-1) ?? stops.find((one) => one.length > 0)?.[0])?.key;
}

function keyAt(target: EventTarget | null): string | undefined {
  return target instanceof Element
    ? target.closest<HTMLElement>('[role=gridcell][data-key]')?.dataset['key']
    : undefined;
}
