import { keepPreviousData, queryOptions, useQuery, type UseQueryResult } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api, read } from '../../../web/api/client.ts';
import type { Feed } from '../../../web/api/types.ts';
import { noteServerNow } from '../../../web/kit/time/use-now.ts';
import { type Address, rangeOf } from './address.ts';
import { type Week, weekOf } from './week.ts';

/** The feed of the range in the address. Without a date the server says what today is. */
export function feedQuery(address: Pick<Address, 'view' | 'date'>, zone: string) {
  const range = address.date ? rangeOf(address.view, address.date) : undefined;
  // The list shows the same week as the grid: one answer serves both.
  const view = address.view === 'day' ? 'day' : 'week';
  return queryOptions({
    queryKey: ['feed', view, range?.start ?? 'today', zone],
    queryFn: async (): Promise<Feed> => {
      const query = {
        view,
        timezone: zone,
        ...(range && { start: `${range.start}T00:00:00`, end: `${range.end}T00:00:00` }),
      } as const;
      const feed = await read(api.GET('/api/v1/ops/calendar/events', { params: { query } }));
      noteServerNow(Date.parse(feed.now));
      return feed;
    },
    meta: { live: true },
  });
}

export interface FeedAnswer {
  readonly query: UseQueryResult<Feed>;
  readonly week: Week | undefined;
}

export function useFeed(address: Address, zone: string): FeedAnswer {
  const query = useQuery({ ...feedQuery(address, zone), placeholderData: keepPreviousData });
  const week = useMemo(() => (query.data ? weekOf(query.data) : undefined), [query.data]);
  return { query, week };
}
