import { useEffect } from 'react';
import type { MissedItem } from '../../../../web/api/types.ts';
import { segmentsFrom, wallAt } from '../../../../web/kit/time/wall.ts';
import { type Address, type ChangeAddress, dateOf } from '../address.ts';
import type { Week } from '../week.ts';

const WAITING = 'missed~';

/** Where a click on a missed item leads: to its event when it is in the shown range, else to its day first. */
export function leadTo(week: Week, item: MissedItem): Partial<Address> {
  const found = eventOf(week, item.source_ref);
  if (found) return { selected: found };
  const wall = wallAt(segmentsFrom(week.feed.zone_segments), Date.parse(item.last_at));
  return { date: dateOf(wall), sources: [], statuses: [], search: '', selected: WAITING + item.source_ref };
}

/** Opens the event of a missed item once the day that it lies in has been read. */
export function useMissedTarget(week: Week | undefined, selected: string | undefined, change: ChangeAddress): void {
  useEffect(() => {
    if (!week || !selected?.startsWith(WAITING)) return;
    const found = eventOf(week, selected.slice(WAITING.length));
    if (found) change({ selected: found });
    // `change` is made anew at each rendering.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [week, selected]);
}

/** The item of what is open, while it waits for an answer. */
export function missedItemOf(week: Week, sourceRef: string): MissedItem | undefined {
  return week.feed.missed.find((item) => item.source_ref === sourceRef);
}

/** The lane or the last missed event of a series in the shown range. */
function eventOf(week: Week, sourceRef: string): string | undefined {
  const lane = week.lanes.find((one) => one.source_ref === sourceRef);
  if (lane) return `lane~${lane.lane_id}`;
  return week.occurrences.findLast(({ event, status }) => event.source_ref === sourceRef && status === 'missed')?.event
    .event_id;
}
