import type { ReactElement } from 'react';
import { HOUR_HEIGHT } from '../columns.ts';

const DAYS = 7;
/** Hours of the day at which the stand-ins lie, for one day after the other. */
const PLACES = [
  [1, 4, 7, 9],
  [1, 3, 6, 9],
  [2, 4, 8],
  [1, 5, 7, 10],
  [2, 3, 6, 9],
  [1, 8],
  [2, 5],
] as const;

/** The empty grid with stand-ins for cards, for the very first load only. */
export function GridSkeleton(): ReactElement {
  return (
    <output
      aria-label="Loading the calendar"
      className="grid min-h-0 flex-1 grid-cols-[56px_repeat(7,1fr)] overflow-hidden"
    >
      <span />
      {PLACES.slice(0, DAYS).map((hours, day) => (
        // oxlint-disable-next-line react/no-array-index-key -- a day is known by its place
        <span key={day} className="relative border-l border-line-faint">
          {hours.map((hour) => (
            <span
              key={hour}
              className="absolute inset-x-1 h-5 animate-pulse rounded-card bg-line-faint"
              style={{ top: 120 + hour * HOUR_HEIGHT }}
            />
          ))}
        </span>
      ))}
    </output>
  );
}
