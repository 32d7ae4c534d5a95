import type { Status } from '../../../web/api/types.ts';
import { SEVERITY } from '../../../web/kit/status.tsx';
import { yOf } from './axis.ts';
import { type Box, packBoxes, type Placed, type Room } from './pack.ts';
import { groupSeries, statusOfSeries } from './series.ts';
import type { Occurrence, Week } from './week.ts';

/** Pixels. */
export const HOUR_HEIGHT = 48;
const PER_MINUTE = HOUR_HEIGHT / 60;
const MIN_HEIGHT = 21;
const LANE_WIDTH = 56;
export const CHIP_WIDTH = 30;

/** One card: an occurrence, or several of one item. */
export interface Entry extends Box {
  readonly key: string;
  readonly status: Status;
  readonly members: readonly Occurrence[];
  readonly first: Occurrence;
  /** Pixels from the card's top at which the true duration ends. */
  readonly length: number;
}

export interface MoreEntry {
  readonly key: string;
  readonly top: number;
  readonly entries: readonly Entry[];
  readonly status: Status;
}

export interface Column {
  readonly placed: readonly Placed<Entry>[];
  readonly more: readonly MoreEntry[];
}

export function px(minutes: number): number {
  return minutes * PER_MINUTE;
}

/** Lays out every day of the week; `widths` are the pixels of each column. */
export function columnsOf(week: Week, widths: readonly number[]): readonly Column[] {
  const byDay = Map.groupBy(week.occurrences, (occurrence) => occurrence.day);
  return week.axis.days.map((_, index) => columnOf(week, index, byDay.get(index) ?? [], widths[index] ?? 0));
}

function columnOf(week: Week, index: number, occurrences: readonly Occurrence[], width: number): Column {
  const { placed, chips } = packBoxes(entriesOf(week, index, occurrences), roomOf(width));
  const more = chips.map(({ top, boxes }) => {
    const worst = boxes.reduce((bad, box) => (box.severity < bad.severity ? box : bad));
    return { key: `more:${index}:${top}`, top, entries: boxes.toSorted((a, b) => a.top - b.top), status: worst.status };
  });
  return { placed, more };
}

function entriesOf(week: Week, index: number, occurrences: readonly Occurrence[]): readonly Entry[] {
  const day = week.axis.days[index];
  if (!day) return [];
  const { axis } = week;
  return groupSeries(occurrences).flatMap((group) => {
    const members = group.kind === 'one' ? [group.one] : group.members;
    const [first] = members;
    if (!first) return [];
    const status = group.kind === 'one' ? first.status : statusOfSeries(members);
    const end = Math.max(...members.map((member) => member.end));
    const top = Math.min(px(yOf(axis, day, first.at)), px(axis.height) - MIN_HEIGHT);
    // The last minute decides, so that what ends at a change does not reach over the inserted row.
    const length = end > first.at ? px(yOf(axis, day, end - 1)) - top : 0;
    const key = group.kind === 'one' ? first.event.event_id : `series:${first.event.event_id}`;
    const severity = SEVERITY[status] ?? 4;
    return [{ key, status, members, first, top, bottom: top + Math.max(MIN_HEIGHT, length), length, severity }];
  });
}

function roomOf(width: number): Room {
  const most = width > 400 ? 8 : 4;
  const lanes = (space: number): number => Math.max(1, Math.min(most, Math.floor(space / LANE_WIDTH)));
  return {
    lanes: lanes(width),
    lanesBesideChip: Math.max(width >= 2 * LANE_WIDTH ? 2 : 1, lanes(width - CHIP_WIDTH)),
    chipHeight: 20,
    bucket: HOUR_HEIGHT / 2,
  };
}
