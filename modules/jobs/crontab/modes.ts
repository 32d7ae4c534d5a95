// What becomes of the crontab's lines when they are imported. Nothing may silently run twice.

/** `take_over`: the lines are commented out and Almanac runs them. `observe`: cron goes on and Almanac only shows them. */
export type ImportMode = 'take_over' | 'observe';

/** Why an observed job is disabled, in the words that the person sees. */
export const observedReason =
  'Observed: cron still runs this line, so Almanac does not. Take the line out of the crontab, then enable the job.';

/** The state in which an imported job begins. */
export function stateFor(
  mode: ImportMode,
): { readonly state: 'enabled' } | { readonly state: 'disabled'; readonly reason: string } {
  return mode === 'take_over' ? { state: 'enabled' } : { state: 'disabled', reason: observedReason };
}

/**
 * What is about to happen, to be confirmed.
 * @param place the crontab in words, such as "the crontab of bob"; undefined when it cannot be written back
 */
export function announce(mode: ImportMode, count: number, place: string | undefined): string {
  const one = count === 1;
  const lines = one ? '1 line' : `${count} lines`;
  const where = place ?? 'this crontab';
  if (mode === 'observe') {
    const stay = one ? 'stays as it is and cron goes on running it' : 'stay as they are and cron goes on running them';
    return `${lines} of ${where} ${stay}. ${one ? 'The job is' : 'The jobs are'} made disabled, so that nothing runs twice.`;
  }
  if (place === undefined) {
    return `Almanac runs ${lines} from now on. Take ${one ? 'it' : 'them'} out of the crontab yourself, or ${one ? 'it runs' : 'they run'} twice.`;
  }
  const out = `${one ? 'is' : 'are'} commented out, with a backup and a way back, and Almanac runs ${one ? 'it' : 'them'} from now on.`;
  return `${lines} of ${where} ${out}`;
}
