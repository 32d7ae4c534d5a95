// Jobs that leave a trace outside the database, and what may be said about the trace afterwards.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** One line that a command has written. */
export interface Witnessed {
  readonly what: 'start' | 'beat' | 'end';
  readonly job: string;
  readonly nominal: string;
  readonly attempt: number;
  readonly run: string;
  /** Epoch milliseconds on the machine's clock. */
  readonly at: number;
}

/** A job as the API takes it, whose command writes a line when it starts, while it works and when it ends. */
export function witnessJob(home: string, name: string, every: string, { beats = 0, repeatable = false } = {}): object {
  const say = (what: string): string =>
    `echo "${what} ${name} $ALMANAC_RUN_SCHEDULED_FOR $ALMANAC_RUN_ATTEMPT $ALMANAC_RUN_ID $(date +%s%3N)" >> ${witnessFile(home)}`;
  const work = beats === 0 ? [] : [`for beat in $(seq ${beats}); do ${say('beat')}; sleep 0.1; done`];
  return {
    name,
    kind: 'command',
    command: { script: [say('start'), ...work, say('end'), `echo ${name} done`].join('\n') },
    recurrence: { kind: 'every', every, zone: 'UTC' },
    policy: { repeatable },
  };
}

function witnessFile(home: string): string {
  return path.join(home, 'witness');
}

export function readWitness(home: string): Witnessed[] {
  if (!existsSync(witnessFile(home))) return [];
  const lines = readFileSync(witnessFile(home), 'utf8').trimEnd().split('\n');
  return lines.map((line) => {
    const [what = '', job = '', nominal = '', attempt = '', run = '', at = ''] = line.split(' ');
    return { what: what as Witnessed['what'], job, nominal, attempt: Number(attempt), run, at: Number(at) };
  });
}

/** Nothing was started twice: no attempt at all, and of what may not be repeated not even another attempt. */
export function assertStartedOnce(seen: readonly Witnessed[], repeatable: readonly string[]): void {
  const starts = seen.filter(({ what }) => what === 'start');
  const keys = starts.map(
    ({ job, nominal, attempt }) => `${job} ${nominal}${repeatable.includes(job) ? ` ${attempt}` : ''}`,
  );
  const twice = keys.filter((key, place) => keys.indexOf(key) !== place);
  assert.deepEqual(twice, [], 'started twice');
}

/** A guard needs a moment to notice that its node is gone, in milliseconds. */
const LAST_BEAT = 1500;

/** What worked when its node was killed did not go on working. */
export function assertEndedWithItsNode(seen: readonly Witnessed[], kills: readonly number[]): void {
  for (const [run, lines] of Map.groupBy(seen, (line) => line.run)) {
    const [first, last] = [lines[0]?.at ?? 0, lines.at(-1)?.at ?? 0];
    const kill = kills.find((at) => at > first && at < last);
    assert.ok(
      kill === undefined || last <= kill + LAST_BEAT,
      `run ${run} still worked ${last - (kill ?? 0)} ms after its node was killed`,
    );
  }
}
