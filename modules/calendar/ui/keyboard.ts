/** A place that the arrow keys can reach: its key, how far down it lies and in which lane. */
export interface Stop {
  readonly key: string;
  readonly top: number;
  readonly lane: number;
}

export type Move = 'left' | 'right' | 'up' | 'down' | 'home' | 'end' | 'page-up' | 'page-down';

/** Four hours of the grid, in pixels. */
const PAGE = 192;

const MOVES: Readonly<Record<string, Move>> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
  Home: 'home',
  End: 'end',
  PageUp: 'page-up',
  PageDown: 'page-down',
};

export function moveOf(key: string): Move | undefined {
  return MOVES[key];
}

/** The stop to go to from `key`; the columns are in order of time. Left and right skip empty days. */
export function neighbourOf(
  columns: readonly (readonly Stop[])[],
  key: string | undefined,
  move: Move,
): string | undefined {
  const day = columns.findIndex((column) => column.some((stop) => stop.key === key));
  const column = columns[day];
  const at = column?.findIndex((stop) => stop.key === key) ?? -1;
  const here = column?.[at];
  if (!column || !here) return columns.find((one) => one.length > 0)?.[0]?.key;
  const moves: Readonly<Record<Move, () => string | undefined>> = {
    up: () => column[at - 1]?.key,
    down: () => column[at + 1]?.key,
    home: () => column[0]?.key,
    end: () => column.at(-1)?.key,
    'page-up': () => nearest(column, here.top - PAGE),
    'page-down': () => nearest(column, here.top + PAGE),
    left: () => nearest(columns.slice(0, day).findLast((one) => one.length > 0) ?? [], here.top),
    right: () => nearest(columns.slice(day + 1).find((one) => one.length > 0) ?? [], here.top),
  };
  return moves[move]();
}

function nearest(stops: readonly Stop[], top: number): string | undefined {
  let best: Stop | undefined;
  for (const stop of stops) if (!best || Math.abs(stop.top - top) < Math.abs(best.top - top)) best = stop;
  return best?.key;
}

/** Single letters act only when nothing is being typed and no modifier is held. */
export function typedInto(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName))
  );
}
