/** The letters of the wire, the worst first: it wins where several share a tick. */
const WORST_FIRST = 'fmrqsopx-';

/** Height of the ruler in pixels. */
export const RULER = 14;
/** A ruler's line stays a line where there is much room. */
const WIDEST = 3;

/** Top and bottom of each letter's bars in the ruler: the height says the status, the colour only repeats it. */
const SHAPES: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
  f: [[0, 14]],
  m: [
    [0, 5],
    [8, 14],
  ],
  r: [[2, 14]],
  q: [[8, 14]],
  o: [[6, 14]],
  s: [[11, 14]],
  p: [[12, 14]],
  x: [[13, 14]],
};

export interface TickPath {
  readonly letter: string;
  /** SVG path in whole pixels, so that the bars stay crisp. */
  readonly path: string;
}

/**
 * Draws one day of 15-minute ticks (92, 96 or 100 letters) over `width` pixels: one path a letter. Where a tick would
 * be thinner than a pixel and its gap, neighbours are merged and the worst wins.
 */
export function tickPaths(ticks: string, width: number): readonly TickPath[] {
  if (ticks.length === 0 || width < 1) return [];
  const merged = mergedTicks(ticks, Math.max(1, Math.ceil((ticks.length * 2) / width - 0.2)));
  const step = width / merged.length;
  const bar = Math.min(WIDEST, Math.max(1, Math.round(step * 0.55)));
  const paths = new Map<string, string>();
  for (let index = 0; index < merged.length; index += 1) {
    const letter = merged.charAt(index);
    const x = Math.round(index * step);
    // What is wrong and alone is one pixel wider; side by side the bars stay a comb.
    const wide = (letter === 'f' || letter === 'm') && merged[index + 1] !== letter ? bar + 1 : bar;
    for (const [top, bottom] of SHAPES[letter] ?? []) {
      paths.set(letter, `${paths.get(letter) ?? ''}M${x} ${top}h${wide}v${bottom - top}h-${wide}z`);
    }
  }
  // The worst is drawn last and so on top.
  return [...paths].map(([letter, path]) => ({ letter, path })).toSorted((a, b) => rank(b.letter) - rank(a.letter));
}

/** Joins `factor` neighbours into one; the worst wins. */
export function mergedTicks(ticks: string, factor: number): string {
  let merged = '';
  for (let from = 0; from < ticks.length; from += factor) {
    let worst = '-';
    for (const letter of ticks.slice(from, from + factor)) if (rank(letter) < rank(worst)) worst = letter;
    merged += worst;
  }
  return merged;
}

function rank(letter: string): number {
  const at = WORST_FIRST.indexOf(letter);
  return at < 0 ? WORST_FIRST.length : at;
}
