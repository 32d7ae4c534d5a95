import { ChevronDown, ChevronRight } from 'lucide-react';
import { memo, type ReactElement, useState } from 'react';
import type { Lane } from '../../../../web/api/types.ts';
import { StatusMark } from '../../../../web/kit/status.tsx';
import { sourceStyle } from '../../../../web/kit/source.tsx';
import { laneWords, sortedLanes } from '../names.ts';
import { RULER, tickPaths } from '../ticks.ts';

const FEW = 3;
const KEY = 'almanac.lanes';

interface LanesProps {
  readonly lanes: readonly Lane[];
  readonly columns: string;
  readonly widths: readonly number[];
  readonly selected: string | undefined;
  readonly onOpen: (lane: Lane) => void;
}

/** Series that are always running, each as a ruler of 15-minute ticks under the days. What failed or was missed stands first. */
export function Lanes({ lanes, columns, widths, selected, onOpen }: LanesProps): ReactElement | null {
  const [open, setOpen] = useState(() => localStorage.getItem(KEY) !== 'closed');
  const [all, setAll] = useState(false);
  if (lanes.length === 0) return null;
  const sorted = sortedLanes(lanes);
  const shown = all ? sorted : sorted.slice(0, FEW);
  const count = (status: string): number => lanes.reduce((sum, lane) => sum + (lane.counts[status] ?? 0), 0);
  const wrong = (['failed', 'missed'] as const)
    .filter((status) => count(status) > 0)
    .map((status) => `${count(status)} ${status}`);
  function toggle(): void {
    localStorage.setItem(KEY, open ? 'closed' : 'open');
    setOpen(!open);
  }
  const Chevron = open ? ChevronDown : ChevronRight;
  return (
    <section aria-label="Always running" className="border-b border-line bg-paper pb-1">
      <div className="flex h-6 items-center gap-2 pr-2 text-11 text-ink-3">
        <button
          type="button"
          aria-expanded={open}
          onClick={toggle}
          className="flex h-6 items-center gap-1 rounded-card pr-1 pl-4 hover:text-ink"
        >
          <Chevron aria-hidden size={12} /> Always running
          <span className="tabular">· {lanes.length}</span>
        </button>
        {wrong.length > 0 && !open && <span className="tabular">{wrong.join(' · ')}</span>}
        {open && lanes.length > FEW && (
          <button type="button" onClick={() => setAll(!all)} className="ml-auto h-6 rounded-card px-1 hover:text-ink">
            {all ? 'Show fewer' : `Show ${lanes.length - FEW} more`}
          </button>
        )}
      </div>
      {open && (
        <div className="max-h-[30vh] overflow-y-auto">
          {shown.map((lane) => (
            <LaneRow
              key={lane.lane_id}
              lane={lane}
              columns={columns}
              widths={widths}
              selected={selected === lane.lane_id}
              onOpen={onOpen}
            />
          ))}
        </div>
      )}
    </section>
  );
}

const LaneRow = memo(function LaneRow({
  lane,
  columns,
  widths,
  selected,
  onOpen,
}: Omit<LanesProps, 'lanes' | 'selected'> & { readonly lane: Lane; readonly selected: boolean }): ReactElement {
  return (
    <button
      type="button"
      onClick={() => onOpen(lane)}
      aria-pressed={selected}
      className="group block w-full py-0.5 text-left outline-offset-[-2px] hover:bg-hover/60 aria-pressed:bg-accent/8"
      style={sourceStyle(lane.source)}
    >
      <span className="flex h-4 items-center gap-1.5 pr-2 pl-14 text-11">
        <span aria-hidden className="ml-1 h-2.5 w-[3px] rounded-full bg-(--source)" />
        <span dir="auto" className="truncate text-12 font-medium text-ink">
          {lane.title}
        </span>
        {lane.status !== 'success' && lane.status !== 'scheduled' && (
          <StatusMark status={lane.status} size={11} named />
        )}
        <span className="tabular ml-auto truncate pl-4 text-ink-3">{laneWords(lane)}</span>
      </span>
      <span className="grid" style={{ gridTemplateColumns: columns }}>
        <span />
        {lane.days.map((day, index) => (
          <Ruler key={day.from} ticks={day.ticks} width={Math.floor((widths[index] ?? 0) - 9)} />
        ))}
      </span>
    </button>
  );
});

/** One day of ticks on its base line. */
export const Ruler = memo(function Ruler({
  ticks,
  width,
}: {
  readonly ticks: string;
  readonly width: number;
}): ReactElement {
  return (
    <svg aria-hidden width={Math.max(0, width)} height={RULER + 1} className="ml-1.5 block" shapeRendering="crispEdges">
      <path d={`M0 ${RULER}h${Math.max(0, width)}v1h-${Math.max(0, width)}z`} className="fill-line" />
      {tickPaths(ticks, width).map(({ letter, path }) => (
        <path key={letter} d={path} className={`cal-tick-${letter}`} />
      ))}
    </svg>
  );
});
