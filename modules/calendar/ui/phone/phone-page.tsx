import { ChevronDown, ChevronRight, CircleX } from 'lucide-react';
import { type ReactElement, useState } from 'react';
import { SEVERITY, StatusMark } from '../../../../web/kit/status.tsx';
import { Skeleton } from '../../../../web/kit/skeleton.tsx';
import { useNow } from '../../../../web/kit/time/use-now.ts';
import { Empty } from '../../../../web/kit/empty.tsx';
import { type Address, type ChangeAddress, dateOf } from '../address.ts';
import { dayIndexOf } from '../axis.ts';
import { HealthStrip } from '../bar/health-strip.tsx';
import { WhyNothing } from '../body/body.tsx';
import { laneWords, sortedLanes } from '../names.ts';
import { Panel } from '../panel/panel.tsx';
import type { Week } from '../week.ts';
import { DayStrip } from './day-strip.tsx';
import { HourGroups } from './hour-groups.tsx';
import { PhoneHeader } from './phone-header.tsx';

interface PhonePageProps {
  readonly address: Address;
  readonly change: ChangeAddress;
  /** What the filters leave. */
  readonly week: Week | undefined;
  readonly whole: Week | undefined;
  readonly zone: string;
  readonly problem: string | undefined;
}

/** A strip of days and the list of one of them, opened at now. No grid on a phone. */
export function PhonePage({ address, change, week, whole, zone, problem }: PhonePageProps): ReactElement {
  const now = useNow(60_000);
  if (!week || !whole) {
    return problem ? (
      <Empty icon={CircleX} title="The calendar could not be read">
        {problem}
      </Empty>
    ) : (
      <Skeleton rows={10} label="Loading the calendar" />
    );
  }
  const asked = week.axis.days.findIndex((day) => dateOf(day.wall) === address.date);
  const today = dayIndexOf(week.axis, now);
  const day = asked >= 0 ? asked : Math.max(0, today);
  const open = (selected: string): void => change({ selected });
  return (
    <>
      <PhoneHeader week={week} day={day} address={address} change={change} zone={zone} />
      <DayStrip week={whole} day={day} today={today} onPick={(date) => change({ date })} />
      <HealthStrip week={whole} shown={week.occurrences.length} address={address} change={change} problem={problem} />
      <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain">
        <LanesCard week={week} onOpen={open} />
        {week.occurrences.length + week.lanes.length === 0 ? (
          <WhyNothing whole={whole} change={change} />
        ) : (
          <HourGroups key={day} week={week} day={day} now={now} onOpen={open} />
        )}
      </div>
      {address.selected && (
        <Panel
          key={address.selected}
          selected={address.selected}
          week={whole}
          zone={zone}
          onClose={() => change({ selected: undefined })}
        />
      )}
    </>
  );
}

/** The always-running series, closed until asked for. */
function LanesCard({
  week,
  onOpen,
}: {
  readonly week: Week;
  readonly onOpen: (selected: string) => void;
}): ReactElement | null {
  const [open, setOpen] = useState(false);
  if (week.lanes.length === 0) return null;
  const worst = week.lanes.reduce((bad, lane) => (SEVERITY[lane.status] < SEVERITY[bad.status] ? lane : bad));
  const Chevron = open ? ChevronDown : ChevronRight;
  return (
    <section aria-label="Always running" className="m-3 overflow-hidden rounded-panel border border-line bg-surface">
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="flex h-12 w-full items-center gap-2 px-3 text-13 font-medium"
      >
        <Chevron aria-hidden size={16} className="text-ink-3" />
        Always running
        <span className="tabular font-normal text-ink-3">{week.lanes.length}</span>
        <span className="ml-auto">
          <StatusMark status={worst.status} size={14} named />
        </span>
      </button>
      {open &&
        sortedLanes(week.lanes).map((lane) => (
          <button
            key={lane.lane_id}
            type="button"
            onClick={() => onOpen(`lane~${lane.lane_id}`)}
            className="flex min-h-14 w-full items-center gap-3 border-t border-line-faint px-4 text-left"
          >
            <StatusMark status={lane.status} size={14} named />
            <span className="min-w-0">
              <span dir="auto" className="block truncate text-14">
                {lane.title}
              </span>
              <span className="tabular block truncate text-12 text-ink-3">{laneWords(lane)}</span>
            </span>
          </button>
        ))}
    </section>
  );
}
