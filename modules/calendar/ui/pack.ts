/** What is to be placed: an interval on the vertical axis and how much it must be seen (lower first). */
export interface Box {
  readonly top: number;
  readonly bottom: number;
  readonly severity: number;
}

export interface Placed<B extends Box> {
  readonly box: B;
  readonly lane: number;
  /** Lanes that it may take to the right, itself included. */
  readonly span: number;
  /** How many lanes share the width here. */
  readonly lanes: number;
  /** The right edge is kept free for "+N". */
  readonly besideChip: boolean;
}

/** Several boxes behind one "+N". */
export interface Chip<B extends Box> {
  readonly top: number;
  readonly bottom: number;
  readonly boxes: readonly B[];
}

export interface Packed<B extends Box> {
  readonly placed: readonly Placed<B>[];
  readonly chips: readonly Chip<B>[];
}

export interface Room {
  /** Lanes when everything fits. */
  readonly lanes: number;
  /** Lanes when a column for "+N" is kept free. */
  readonly lanesBesideChip: number;
  /** Height of "+N"; no box may be lower than this. */
  readonly chipHeight: number;
  /** What begins within this height shares one "+N"; at least `chipHeight`. */
  readonly bucket: number;
}

/**
 * Lays boxes side by side so that none covers another. Where there are more than fit, the worst are kept and the rest
 * stands behind "+N": a failure is never hidden by a success.
 */
export function packBoxes<B extends Box>(boxes: readonly B[], room: Room): Packed<B> {
  const placed: Placed<B>[] = [];
  const chips: Chip<B>[] = [];
  for (const cluster of clustersOf(boxes)) {
    const all = laidOut(cluster);
    if (all.lanes <= room.lanes) {
      placed.push(...widened(all.rows, all.lanes, false));
      continue;
    }
    const { kept, hidden } = chosen(cluster, room.lanesBesideChip);
    placed.push(...widened(laidOut(kept).rows, room.lanesBesideChip, true));
    chips.push(...chipsOf(hidden, cluster, room));
  }
  return { placed, chips };
}

/** Groups of boxes that hang together by overlapping, each in order of beginning. */
function clustersOf<B extends Box>(boxes: readonly B[]): readonly (readonly B[])[] {
  const clusters: B[][] = [];
  let end = -Infinity;
  for (const box of boxes.toSorted((a, b) => a.top - b.top || a.severity - b.severity)) {
    const last = clusters.at(-1);
    if (last && box.top < end) last.push(box);
    else clusters.push([box]);
    end = Math.max(end, box.bottom);
  }
  return clusters;
}

/** First fit in order of beginning; uses no more lanes than overlap at the worst spot. */
function laidOut<B extends Box>(
  boxes: readonly B[],
): { readonly rows: readonly (readonly B[])[]; readonly lanes: number } {
  const rows: B[][] = [];
  const ends: number[] = [];
  for (const box of boxes) {
    let lane = ends.findIndex((end) => end <= box.top);
    if (lane < 0) lane = ends.length;
    ends[lane] = box.bottom;
    (rows[lane] ??= []).push(box);
  }
  return { rows, lanes: rows.length };
}

/** The worst boxes that fit into so many lanes; what is kept stays in order of beginning. */
function chosen<B extends Box>(
  boxes: readonly B[],
  lanes: number,
): { readonly kept: readonly B[]; readonly hidden: readonly B[] } {
  const rows: B[][] = Array.from({ length: lanes }, () => []);
  const kept = new Set<B>();
  for (const box of boxes.toSorted((a, b) => a.severity - b.severity || a.top - b.top)) {
    const row = rows.find((one) => one.every((other) => other.bottom <= box.top || other.top >= box.bottom));
    if (!row) continue;
    row.push(box);
    kept.add(box);
  }
  return { kept: boxes.filter((box) => kept.has(box)), hidden: boxes.filter((box) => !kept.has(box)) };
}

function widened<B extends Box>(
  rows: readonly (readonly B[])[],
  lanes: number,
  besideChip: boolean,
): readonly Placed<B>[] {
  return rows.flatMap((row, lane) =>
    row.map((box) => {
      let span = 1;
      while (
        lane + span < lanes &&
        (rows[lane + span] ?? []).every((other) => other.bottom <= box.top || other.top >= box.bottom)
      )
        span += 1;
      return { box, lane, span, lanes, besideChip };
    }),
  );
}

/** Buckets count from the top of the cluster, so that no chip reaches out of it. */
function chipsOf<B extends Box>(hidden: readonly B[], cluster: readonly B[], room: Room): readonly Chip<B>[] {
  const from = cluster[0]?.top ?? 0;
  const buckets = Map.groupBy(hidden, (box) => Math.floor((box.top - from) / room.bucket));
  return [...buckets].map(([bucket, boxes]) => {
    const top = from + bucket * room.bucket;
    return { top, bottom: top + room.chipHeight, boxes };
  });
}
