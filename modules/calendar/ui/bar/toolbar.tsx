import { ChevronLeft, ChevronRight, Globe } from 'lucide-react';
import type { ReactElement } from 'react';
import { useZone } from '../../../../web/kit/app/me.ts';
import { Button, IconButton } from '../../../../web/kit/button.tsx';
import { Menu } from '../../../../web/kit/floating/menu.tsx';
import { PageHeader } from '../../../../web/kit/page-header.tsx';
import { wallWords } from '../../../../web/kit/time/words.ts';
import type { Address, ChangeAddress, View } from '../address.ts';
import { changeWords, type Week } from '../week.ts';
import { Filters } from './filters.tsx';

const VIEWS: readonly { readonly view: View; readonly label: string; readonly shortcut: string }[] = [
  { view: 'week', label: 'Week', shortcut: 'w' },
  { view: 'day', label: 'Day', shortcut: 'd' },
  { view: 'list', label: 'List', shortcut: 'a' },
];

interface ToolbarProps {
  readonly address: Address;
  readonly change: ChangeAddress;
  readonly week: Week | undefined;
  readonly zone: string;
  readonly onMove: (by: number) => void;
}

/** What is shown, which days, in which zone. */
export function Toolbar({ address, change, week, zone, onMove }: ToolbarProps): ReactElement {
  const unit = address.view === 'day' ? 'day' : 'week';
  return (
    <PageHeader title={week ? titleOf(week) : 'Calendar'}>
      <div className="flex items-center">
        <IconButton icon={ChevronLeft} label={`Previous ${unit}`} shortcut="k" onClick={() => onMove(-1)} />
        <Button look="quiet" className="max-md:px-2" onClick={() => change({ date: undefined })}>
          Today
        </Button>
        <IconButton icon={ChevronRight} label={`Next ${unit}`} shortcut="j" onClick={() => onMove(1)} />
      </div>
      <fieldset aria-label="View" className="flex rounded-control border border-line bg-surface p-0.5 max-md:hidden">
        {VIEWS.map(({ view, label, shortcut }) => (
          <button
            key={view}
            type="button"
            aria-pressed={address.view === view}
            aria-keyshortcuts={shortcut}
            onClick={() => change({ view })}
            className="h-5.5 rounded-card px-2.5 text-12 text-ink-2 transition-colors duration-100 hover:text-ink aria-pressed:bg-hover aria-pressed:font-medium aria-pressed:text-ink"
          >
            {label}
          </button>
        ))}
      </fieldset>
      {week && <Filters week={week} address={address} change={change} />}
      {week &&
        changeWords(week).map((words) => (
          <span
            key={words}
            className="truncate rounded-full border border-missed/60 px-2.5 py-0.5 text-12 text-missed max-lg:hidden"
          >
            {words}
          </span>
        ))}
      <span className="grow" />
      <ZonePill zone={zone} week={week} onChange={(next) => change({ zone: next })} />
    </PageHeader>
  );
}

function ZonePill({
  zone,
  week,
  onChange,
}: {
  readonly zone: string;
  readonly week: Week | undefined;
  readonly onChange: (zone: string | undefined) => void;
}): ReactElement {
  const own = useZone();
  const browser = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  const zones = [...new Set([own, browser, 'UTC'])];
  const names = [...new Set(week?.segments.map((segment) => segment.abbreviation))].join(' → ');
  return (
    <Menu
      trigger={
        <Button look="quiet" icon={Globe} className="tabular max-md:hidden">
          <span className="max-xl:hidden">{zone.replaceAll('_', ' ')}</span>
          <span className="text-ink-3">{names || zone}</span>
        </Button>
      }
      groups={[
        zones.map((one) => ({
          label: one,
          detail: one === own ? 'yours' : one === browser ? 'this browser' : '',
          checked: one === zone,
          onSelect: () => onChange(one === own ? undefined : one),
        })),
      ]}
    />
  );
}

/** "16–22 November 2026", "28 December 2026 – 3 January 2027", "Sunday 8 March 2026". */
export function titleOf(week: Week): string {
  const [first, last] = [week.axis.days[0]?.wall ?? 0, week.axis.days.at(-1)?.wall ?? 0];
  const part = (wall: number, options: Intl.DateTimeFormatOptions): string => wallWords(wall, options).replace(',', '');
  const whole = { day: 'numeric', month: 'long', year: 'numeric' } as const;
  if (first === last) return part(first, { weekday: 'long', ...whole });
  if (part(first, { year: 'numeric' }) !== part(last, { year: 'numeric' }))
    return `${part(first, whole)} – ${part(last, whole)}`;
  if (part(first, { month: 'long' }) !== part(last, { month: 'long' }))
    return `${part(first, { day: 'numeric', month: 'long' })} – ${part(last, whole)}`;
  return `${part(first, { day: 'numeric' })}–${part(last, whole)}`;
}
