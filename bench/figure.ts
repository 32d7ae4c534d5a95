// What a benchmark reports: our cost and another's for the same work in the same run.
export interface Figure {
  readonly figure: string;
  /** What both numbers count, smaller being better: "µs a call", "ns an instant". */
  readonly unit: string;
  readonly ours: number;
  readonly peer: string;
  readonly theirs: number;
  /** theirs ÷ ours: how many times cheaper we are */
  readonly ratio: number;
  /** The least ratio that is good enough. */
  readonly bar: number;
}

/** The milliseconds that the fastest of a few runs takes; the others paid for the rest of the machine. */
export function fastest(runs: number, work: () => void): number {
  let best = Infinity;
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    work();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

/** Prints figures as a table. */
export function printFigures(figures: readonly Figure[]): void {
  console.table(
    figures.map(({ figure, unit, ours, peer, theirs, ratio, bar }) => ({
      figure,
      unit,
      ours: rounded(ours),
      peer,
      theirs: rounded(theirs),
      ratio: rounded(ratio),
      bar,
      met: ratio >= bar,
    })),
  );
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
