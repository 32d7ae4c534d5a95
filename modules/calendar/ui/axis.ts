import { instantAtWall, type Segment, segmentAt, wallAt } from '../../../web/kit/time/wall.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const DAY = 1440;
/** Height of a skipped hour, in minutes of the axis, when no shown day has that hour. */
const SEAM = 20;

/** A stretch of one day with a constant offset. */
interface Piece {
  readonly from: number;
  /** Minutes of the wall clock since midnight at `from`. */
  readonly wall: number;
  /** The clock went back at `from`: these minutes are shown a second time. */
  readonly again: boolean;
}

export interface AxisDay {
  /** Instants; `to` is exclusive. A day of change is 23 or 25 hours long. */
  readonly from: number;
  readonly to: number;
  /** Local midnight as wall-clock milliseconds. */
  readonly wall: number;
  readonly weekend: boolean;
  readonly pieces: readonly Piece[];
  /** Minutes of the wall clock that this day skips. */
  readonly gap: { readonly from: number; readonly to: number } | undefined;
}

export interface AxisRow {
  /** Minutes of the axis from the top. */
  readonly y: number;
  readonly height: number;
  /** Minutes of the wall clock. */
  readonly wall: number;
  /** For a repeated hour: the only day that has it, and its zone abbreviation. */
  readonly again: { readonly day: number; readonly abbreviation: string } | undefined;
}

interface Insertion {
  readonly at: number;
  readonly length: number;
  readonly day: number;
  readonly abbreviation: string;
}

/** The shared vertical axis of some days: wall-clock rows, a repeated hour as an extra row, all in minutes. */
export interface Axis {
  readonly days: readonly AxisDay[];
  readonly rows: readonly AxisRow[];
  readonly height: number;
  readonly insertions: readonly Insertion[];
  readonly collapsed: { readonly from: number; readonly to: number } | undefined;
}

/** Lays the local days of `[start, end)` on one axis, positioned by the server's zone segments. */
export function axisOf(segments: readonly Segment[], start: number, end: number): Axis {
  const days: AxisDay[] = [];
  let wall = Math.floor(wallAt(segments, start) / DAY_MS) * DAY_MS;
  for (let from = start; from < end; wall += DAY_MS) {
    const to = Math.min(instantAtWall(segments, wall + DAY_MS), Math.max(end, from + 1));
    days.push(dayOf(segments, from, to, wall));
    from = to;
  }
  const insertions = days.flatMap((day, index) =>
    day.pieces.filter((piece) => piece.again).map((piece) => insertionOf(segments, day, piece, index)),
  );
  const first = days[0]?.gap;
  const collapsed =
    first && days.every((day) => day.gap?.from === first.from && day.gap.to === first.to) ? first : undefined;
  const bare = { days, insertions, collapsed };
  return { ...bare, rows: rowsOf(bare), height: yOfWall(bare, DAY, false) };
}

/** Minutes of the axis from the top; an instant outside the day is held at its edge. */
export function yOf(axis: Axis, day: AxisDay, instant: number): number {
  const at = Math.min(Math.max(instant, day.from), day.to);
  let piece = day.pieces[0];
  for (const one of day.pieces) if (one.from <= at) piece = one;
  if (!piece) return 0;
  const wall = piece.wall + (at - piece.from) / MINUTE_MS;
  // The end of a day belongs to its last minute, also when the next row is an inserted one.
  return at === day.to ? yOfWall(axis, DAY, false) : yOfWall(axis, wall, piece.again);
}

/** The index of the day that holds `instant`, −1 outside. */
export function dayIndexOf(axis: Axis, instant: number): number {
  return axis.days.findIndex((day) => instant >= day.from && instant < day.to);
}

/** Where the hatched seam of a skipped hour lies in this day. */
export function seamOf(axis: Axis, day: AxisDay): { readonly y: number; readonly height: number } | undefined {
  if (!day.gap) return undefined;
  const y = yOfWall(axis, day.gap.from, false);
  return { y, height: yOfWall(axis, day.gap.to, false) - y };
}

function dayOf(segments: readonly Segment[], from: number, to: number, wall: number): AxisDay {
  const starts = [from, ...segments.map((segment) => segment.from).filter((start) => start > from && start < to)];
  const pieces: Piece[] = [];
  let gap: AxisDay['gap'];
  for (const [index, start] of starts.entries()) {
    const at = (wallAt(segments, start) - wall) / MINUTE_MS;
    const before = index === 0 ? 0 : (wallAt(segments, start - 1) + 1 - wall) / MINUTE_MS;
    if (at > before) gap = { from: before, to: at };
    pieces.push({ from: start, wall: at, again: at < before });
  }
  const weekday = new Date(wall).getUTCDay();
  return { from, to, wall, weekend: weekday === 0 || weekday === 6, pieces, gap };
}

function insertionOf(segments: readonly Segment[], day: AxisDay, piece: Piece, index: number): Insertion {
  const before = (wallAt(segments, piece.from - 1) + 1 - day.wall) / MINUTE_MS;
  return {
    at: piece.wall,
    length: before - piece.wall,
    day: index,
    abbreviation: segmentAt(segments, piece.from).abbreviation,
  };
}

function yOfWall(axis: Pick<Axis, 'insertions' | 'collapsed'>, wall: number, again: boolean): number {
  let y = wall;
  for (const { at, length } of axis.insertions) if (again ? wall >= at : wall >= at + length) y += length;
  if (axis.collapsed && wall >= axis.collapsed.to) y -= axis.collapsed.to - axis.collapsed.from - SEAM;
  return y;
}

function rowsOf(axis: Pick<Axis, 'insertions' | 'collapsed'>): readonly AxisRow[] {
  const rows: AxisRow[] = [];
  for (let wall = 0; wall < DAY; wall += 60) {
    const skipped = axis.collapsed;
    if (skipped && wall >= skipped.from && wall < skipped.to) continue;
    rows.push({ y: yOfWall(axis, wall, false), height: 60, wall, again: undefined });
  }
  for (const { at, length, day, abbreviation } of axis.insertions) {
    rows.push({ y: yOfWall(axis, at, true), height: length, wall: at, again: { day, abbreviation } });
  }
  return rows.toSorted((a, b) => a.y - b.y);
}
