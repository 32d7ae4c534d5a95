import type { WireSegment } from '../../api/types.ts';

/** One stretch of constant offset, as the server sent it: a browser's own zone data may be older. */
export interface Segment {
  /** Epoch milliseconds. */
  readonly from: number;
  /** Milliseconds east of UTC. */
  readonly offset: number;
  readonly abbreviation: string;
}

export function segmentsFrom(wire: readonly WireSegment[]): readonly Segment[] {
  return wire.map((one) => ({
    from: Date.parse(one.from),
    offset: one.offset_minutes * 60_000,
    abbreviation: one.abbreviation,
  }));
}

/** The segment that holds `instant`; before the first one counts as the first. */
export function segmentAt(segments: readonly Segment[], instant: number): Segment {
  let found = segments[0] ?? { from: 0, offset: 0, abbreviation: 'UTC' };
  for (const segment of segments) {
    if (segment.from > instant) break;
    found = segment;
  }
  return found;
}

/** Local wall-clock time as milliseconds, to be read with UTC functions. */
export function wallAt(segments: readonly Segment[], instant: number): number {
  return instant + segmentAt(segments, instant).offset;
}

/** The first instant at which the wall shows `wall` or, where the clock skips it, later. */
export function instantAtWall(segments: readonly Segment[], wall: number): number {
  for (const [index, segment] of segments.entries()) {
    const instant = wall - segment.offset;
    const end = segments[index + 1]?.from ?? Infinity;
    if (instant < end) return index === 0 ? instant : Math.max(instant, segment.from);
  }
  return wall;
}
