// What becomes of the crontab's lines when they are imported. Nothing may silently run twice.

/** `take_over`: the lines are commented out and Almanac runs them. `observe`: cron goes on and Almanac only shows them. */
export type ImportMode = 'take_over' | 'observe';

/** Why an observed job is disabled, in the words that the person sees. */
export const observedReason =
  'Observed: cron still runs this line, so Almanac does not. Take the line out of the crontab, then enable the job.';

/** Why a job is disabled until its line is commented out. */
export const waitingReason =
  'Waiting for its line to be taken out of the crontab. If this lasts, the import was broken off: repeat it.';

/** Why a job is disabled whose line went back to cron. */
export const givenBackReason = 'Given back: cron runs this line again.';

const reasonsOfImport: ReadonlySet<string | null> = new Set([observedReason, waitingReason, givenBackReason]);

/** Whether it was the import that disabled a job, so that the import may enable it; what a person disabled stays so. */
export function isDisabledByImport(job: { readonly state: string; readonly state_reason: string | null }): boolean {
  return job.state === 'disabled' && reasonsOfImport.has(job.state_reason);
}

/**
 * What is done to the jobs. `prepare` is for whoever comments the lines out: jobs that stay disabled until that is done,
 * so that at no instant both run a line.
 */
export type JobMode = ImportMode | 'prepare';

/** The state in which an imported job begins. */
export function stateFor(
  mode: JobMode,
): { readonly state: 'enabled' } | { readonly state: 'disabled'; readonly reason: string } {
  if (mode === 'take_over') return { state: 'enabled' };
  return { state: 'disabled', reason: mode === 'observe' ? observedReason : waitingReason };
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
