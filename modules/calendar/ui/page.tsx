import './calendar.css';
import { useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useEffect, useMemo } from 'react';
import { useAttention } from '../../../web/kit/app/attention.ts';
import { useZone } from '../../../web/kit/app/me.ts';
import { Progress } from '../../../web/kit/skeleton.tsx';
import { serverNow } from '../../../web/kit/time/use-now.ts';
import { zonedWords } from '../../../web/kit/time/words.ts';
import { useNarrow } from '../../../web/kit/use-narrow.ts';
import { dateOf, moved, useAddress, type View } from './address.ts';
import { HealthStrip } from './bar/health-strip.tsx';
import { Toolbar } from './bar/toolbar.tsx';
import { Body } from './body/body.tsx';
import { feedQuery, useFeed } from './feed.ts';
import { GridSkeleton } from './grid/grid-skeleton.tsx';
import { typedInto } from './keyboard.ts';
import { useMissedTarget } from './missed/target.ts';
import { Panel } from './panel/panel.tsx';
import { PhonePage } from './phone/phone-page.tsx';
import { filteredWeek } from './week.ts';

/** The operations calendar. */
export function Page(): ReactElement {
  const own = useZone();
  const narrow = useNarrow();
  const [address, change] = useAddress();
  const zone = address.zone ?? own;
  const { query, week } = useFeed(address, zone);
  const shown = useMemo(() => week && filteredWeek(week, address), [week, address]);
  const shownDate =
    address.date ?? dateOf(week && !query.isPlaceholderData ? (week.axis.days[0]?.wall ?? 0) : todayIn(zone));
  const move = (by: number): void =>
    change({
      date: moved(address.view, address.view === 'day' || address.date ? shownDate : dateOf(todayIn(zone)), by),
    });
  useMissedTarget(query.isPlaceholderData ? undefined : week, address.selected, change);
  const open = (id: string | undefined): void => change({ selected: id });
  usePrefetch(address.view, shownDate, zone, query.isSuccess);
  useShortcuts({
    t: () => change({ date: undefined }),
    d: () => change({ view: 'day' }),
    w: () => change({ view: 'week' }),
    a: () => change({ view: 'list' }),
    j: () => move(1),
    n: () => move(1),
    k: () => move(-1),
    p: () => move(-1),
    r: () => void query.refetch(),
    '/': () => document.querySelector<HTMLElement>('#calendar-search')?.focus(),
    Escape: () => address.selected && open(undefined),
  });
  const problem = query.error?.message;
  useAttention((week?.feed.stats.failed_24h ?? 0) + (week?.feed.stats.missed_pending ?? 0) > 0);
  if (narrow) return <PhonePage {...{ address, change, week: shown, whole: week, zone, problem }} />;
  return (
    <>
      <Toolbar address={address} change={change} week={week} zone={zone} onMove={move} />
      {week && shown && (
        <HealthStrip week={week} shown={shown.occurrences.length} address={address} change={change} problem={problem} />
      )}
      <div className="relative flex min-h-0 flex-1">
        <Progress active={query.isPlaceholderData} />
        <div
          className={`flex min-h-0 min-w-0 flex-1 flex-col transition-opacity duration-150 ${query.isPlaceholderData ? 'opacity-60' : ''}`}
        >
          {shown && week ? (
            <Body week={shown} whole={week} address={address} change={change} />
          ) : problem ? (
            <Body problem={problem} onRetry={() => void query.refetch()} />
          ) : (
            <GridSkeleton />
          )}
        </div>
        {week && address.selected && (
          <Panel
            key={address.selected}
            selected={address.selected}
            week={week}
            zone={zone}
            onClose={() => open(undefined)}
          />
        )}
      </div>
    </>
  );
}

/** The neighbours of the range are read before they are asked for. */
function usePrefetch(view: View, date: string, zone: string, ready: boolean): void {
  const queries = useQueryClient();
  useEffect(() => {
    if (!ready) return;
    for (const by of [-1, 1])
      void queries.prefetchQuery({ ...feedQuery({ view, date: moved(view, date, by) }, zone), staleTime: 60_000 });
  }, [queries, view, date, zone, ready]);
}

function useShortcuts(shortcuts: Readonly<Record<string, () => void>>): void {
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typedInto(event.target)) return;
      if (document.querySelector('dialog[open], [role=menu], [role=dialog]')) return;
      const act = shortcuts[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, [shortcuts]);
}

/** Today's wall clock in a zone, by the browser's own zone data: only to know which date to move from. */
function todayIn(zone: string): number {
  const [day, month, year] = zonedWords(serverNow(), zone, { day: '2-digit', month: '2-digit', year: 'numeric' }).split(
    '/',
  );
  return Date.parse(`${year}-${month}-${day}`);
}
