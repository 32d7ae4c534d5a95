import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';

export type View = 'week' | 'day' | 'list';

/** Everything about the page that a link carries. */
export interface Address {
  readonly view: View;
  /** Local date of any day in the range; today when absent. */
  readonly date: string | undefined;
  readonly zone: string | undefined;
  /** The event or lane whose details are open. */
  readonly selected: string | undefined;
  readonly sources: readonly string[];
  readonly statuses: readonly string[];
  readonly search: string;
}

export type ChangeAddress = (patch: Partial<Address>, options?: { readonly replace?: boolean }) => void;

export function useAddress(): readonly [Address, ChangeAddress] {
  const search = useSearch({ strict: false }) as Readonly<Record<string, string | undefined>>;
  const navigate = useNavigate();
  const address = useMemo(() => addressOf(search), [search]);
  const change: ChangeAddress = (patch, { replace = true } = {}) => {
    const next = { ...address, ...patch };
    void navigate({ to: '.', search: searchOf(next), replace });
  };
  return [address, change];
}

/** What does not read as expected is left out: a link must never break the page. */
export function addressOf(search: Readonly<Record<string, string | undefined>>): Address {
  const list = (text: string | undefined): readonly string[] => (text ? text.split(',').filter(Boolean) : []);
  const { view, date, tz, sel, src, status, q } = search;
  return {
    view: view === 'day' || view === 'list' ? view : 'week',
    date: date && /^\d{4}-\d{2}-\d{2}$/.test(date) && !Number.isNaN(Date.parse(date)) ? date : undefined,
    zone: tz || undefined,
    selected: sel || undefined,
    sources: list(src),
    statuses: list(status),
    search: q ?? '',
  };
}

export function searchOf(address: Address): Readonly<Record<string, string>> {
  const { view, date, zone, selected, sources, statuses, search } = address;
  return {
    ...(view !== 'week' && { view }),
    ...(date && { date }),
    ...(zone && { tz: zone }),
    ...(sources.length > 0 && { src: sources.join(',') }),
    ...(statuses.length > 0 && { status: statuses.join(',') }),
    ...(search && { q: search }),
    ...(selected && { sel: selected }),
  };
}

const DAY_MS = 86_400_000;

/** First and last day (exclusive) of the range that holds `date`, as local dates. Weeks begin on Monday. */
export function rangeOf(view: View, date: string): { readonly start: string; readonly end: string } {
  const day = Date.parse(date);
  if (view === 'day') return { start: date, end: dateOf(day + DAY_MS) };
  const monday = day - ((new Date(day).getUTCDay() + 6) % 7) * DAY_MS;
  return { start: dateOf(monday), end: dateOf(monday + 7 * DAY_MS) };
}

/** The date one range later (+1) or earlier (−1). */
export function moved(view: View, date: string, by: number): string {
  return dateOf(Date.parse(date) + by * (view === 'day' ? 1 : 7) * DAY_MS);
}

/** The local date of a wall-clock time. */
export function dateOf(wall: number): string {
  return new Date(wall).toISOString().slice(0, 10);
}
