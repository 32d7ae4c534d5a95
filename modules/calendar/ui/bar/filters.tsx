import { ListFilter, Search } from 'lucide-react';
import { type ReactElement, useDeferredValue, useEffect, useState } from 'react';
import type { Status } from '../../../../web/api/types.ts';
import { Button } from '../../../../web/kit/button.tsx';
import { Chip } from '../../../../web/kit/chip.tsx';
import { Menu } from '../../../../web/kit/floating/menu.tsx';
import { STATUS_LOOKS } from '../../../../web/kit/status.tsx';
import type { Address, ChangeAddress } from '../address.ts';
import type { Week } from '../week.ts';

interface FiltersProps {
  readonly week: Week;
  readonly address: Address;
  readonly change: ChangeAddress;
}

/** Sources and statuses in a menu, what is chosen as chips, and a search over titles. */
export function Filters({ week, address, change }: FiltersProps): ReactElement {
  const count = (test: (source: string, status: string) => boolean): string =>
    week.occurrences.filter(({ event }) => test(event.source, event.status)).length.toLocaleString('en');
  const present = new Set(week.occurrences.map((occurrence) => occurrence.status));
  const statuses = (Object.keys(STATUS_LOOKS) as Status[]).filter(
    (status) => present.has(status) || address.statuses.includes(status),
  );
  const sources = week.feed.legend.sources;
  return (
    <>
      <Menu
        trigger={
          <Button look="quiet" icon={ListFilter} aria-label="Filter" className="max-md:w-11 max-md:px-0">
            <span className="max-lg:hidden">Filter</span>
          </Button>
        }
        groups={[
          statuses.map((status) => ({
            label: STATUS_LOOKS[status].label,
            icon: STATUS_LOOKS[status].icon,
            detail: count((_, one) => one === status),
            checked: address.statuses.includes(status),
            onSelect: () => change({ statuses: toggled(address.statuses, status) }),
          })),
          ...(sources.length > 1
            ? [
                sources.map(({ id, label }) => ({
                  label,
                  detail: count((source) => source === id),
                  checked: address.sources.includes(id),
                  onSelect: () => change({ sources: toggled(address.sources, id) }),
                })),
              ]
            : []),
        ]}
      />
      <SearchBox value={address.search} onChange={(search) => change({ search })} />
      <ActiveFilters week={week} address={address} change={change} />
    </>
  );
}

function ActiveFilters({ week, address, change }: FiltersProps): ReactElement {
  const label = (id: string): string => week.feed.legend.sources.find((source) => source.id === id)?.label ?? id;
  return (
    <div className="flex min-w-0 items-center gap-1 overflow-x-auto max-md:hidden">
      {address.sources.map((source) => (
        <Chip key={source} pressed onPress={() => change({ sources: toggled(address.sources, source) })}>
          {label(source)}
        </Chip>
      ))}
      {address.statuses.map((status) => (
        <Chip key={status} pressed onPress={() => change({ statuses: toggled(address.statuses, status) })}>
          {STATUS_LOOKS[status as Status]?.label ?? status}
        </Chip>
      ))}
    </div>
  );
}

function SearchBox({
  value,
  onChange,
}: {
  readonly value: string;
  readonly onChange: (value: string) => void;
}): ReactElement {
  const [typed, setTyped] = useState(value);
  const settled = useDeferredValue(typed);
  useEffect(() => {
    if (settled !== value) onChange(settled);
    // Only what was typed is sent on; `value` coming back must not send it again.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [settled]);
  return (
    <label className="relative max-md:hidden">
      <Search aria-hidden size={14} strokeWidth={1.75} className="absolute top-1.5 left-2 text-ink-3" />
      <input
        id="calendar-search"
        type="search"
        aria-label="Search titles"
        aria-keyshortcuts="/"
        placeholder="Search"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          event.stopPropagation();
          setTyped('');
          event.currentTarget.blur();
        }}
        className="h-7 w-28 rounded-control border border-transparent bg-transparent pr-2 pl-7 text-13 transition-colors duration-100 hover:bg-hover focus:border-edge focus:bg-surface xl:w-40"
      />
    </label>
  );
}

function toggled(list: readonly string[], value: string): readonly string[] {
  return list.includes(value) ? list.filter((one) => one !== value) : [...list, value];
}
