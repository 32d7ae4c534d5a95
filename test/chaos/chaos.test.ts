import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { cleanUpAfterEach } from '../start/almanac.ts';
import { type Attacked, randomNumbers, startAttacked, until } from './server.ts';
import { assertEndedWithItsNode, assertStartedOnce, readWitness, type Witnessed, witnessJob } from './witness.ts';

// The whole server with real commands, killed at random moments. A seed makes a failure easier to see again, though not
// surely: the machine takes part. Longer: ALMANAC_TEST_KILLS=1000.

const SEED = Number(process.env['ALMANAC_TEST_SEED'] ?? Date.now() % 1_000_000);
const KILLS = Number(process.env['ALMANAC_TEST_KILLS'] ?? 10);
const random = randomNumbers(SEED);
const TIMEOUT = 60_000 + KILLS * 15_000;

cleanUpAfterEach();

interface Job {
  readonly id: string;
  readonly name: string;
  readonly running_run_id: string | null;
  readonly recent: readonly string[];
}

const REPEATABLE = ['repeatable'];

async function makeJobs(server: Attacked): Promise<Job[]> {
  const { home } = server;
  const wanted = [
    witnessJob(home, 'quick', 'PT1S'),
    witnessJob(home, 'other', 'PT2S'),
    witnessJob(home, 'working', 'PT2S', { beats: 12 }),
    witnessJob(home, 'repeatable', 'PT2S', { beats: 5, repeatable: true }),
    // Rare, so that nothing but a person answers the question it leaves.
    witnessJob(home, 'nightly', 'P1D', { beats: 600 }),
  ];
  const made: Job[] = [];
  for (const job of wanted) made.push(await server.post<Job>('/cron/jobs', job));
  return made;
}

/** Lets the last runs end and nothing new begin. */
async function comeToRest(server: Attacked): Promise<void> {
  const { items } = await server.get<{ items: Job[] }>('/cron/jobs');
  for (const { id, running_run_id: run, name } of items) {
    await server.post(`/cron/jobs/${id}/disable`);
    if (name === 'nightly' && run !== null) await server.post(`/runs/${run}/cancel`);
  }
  await until(async () =>
    (await server.get<{ items: Job[] }>('/cron/jobs')).items.every((job) => job.running_run_id === null),
  );
}

async function expectEverythingTold(server: Attacked): Promise<void> {
  const seen = readWitness(server.home);
  assertStartedOnce(seen, REPEATABLE);
  assertEndedWithItsNode(seen, server.kills);
  const { occurrences, ...told } = await server.get<{ occurrences: number }>('/audit/check');
  expect(told).toMatchObject({ unaccounted: 0, findings: [] });
  expect(occurrences).toBeGreaterThanOrEqual(new Set(seen.map(({ job, nominal }) => `${job} ${nominal}`)).size);
  const wrong: string[] = [];
  for (const [run, lines] of Map.groupBy(seen, (line) => line.run)) {
    const { status } = await server.get<{ status: string }>(`/runs/${run}`);
    const [first] = lines;
    if (!possibleEnds(lines, server.kills).includes(status)) wrong.push(`${run} of ${first?.job} is told as ${status}`);
  }
  expect(wrong).toEqual([]);
}

/** How a run may be told of which these lines were seen. */
function possibleEnds(lines: readonly Witnessed[], kills: readonly number[]): string[] {
  const end = lines.find(({ what }) => what === 'end')?.at;
  if (end === undefined) return ['interrupted', 'cancelled'];
  // A command whose last word came well before a kill has its exit record: nobody may call that interrupted.
  const close = kills.some((kill) => kill > end - 100 && kill < end + 1000);
  return close ? ['success', 'interrupted'] : ['success'];
}

test(
  `kill −9 of the server, ${KILLS} times while commands run: nothing lost, nothing doubled, everything told (seed ${SEED})`,
  { timeout: TIMEOUT },
  async () => {
    const server = await startAttacked();
    const jobs = await makeJobs(server);
    const nightly = jobs.find(({ name }) => name === 'nightly')?.id ?? '';
    for (let kill = 0; kill < KILLS; kill++) {
      if (kill === 1) await server.post(`/cron/jobs/${nightly}/run`);
      await pause(500 + random() * 2000);
      await server.killServer();
    }
    const { missed } = await server.get<{ missed: { title: string; count: number; reason: string }[] }>(
      '/ops/calendar/events?view=day',
    );
    expect(missed).toContainEqual(expect.objectContaining({ title: 'nightly', count: 1, reason: 'interrupted' }));
    await pause(2000);
    await comeToRest(server);
    await expectEverythingTold(server);
    const runs = Map.groupBy(readWitness(server.home), ({ run }) => run);
    expect(runs.size).toBeGreaterThan(KILLS);
  },
);

test(
  `kill −9 of PostgreSQL, ${Math.ceil(KILLS / 3)} times while commands run: they go on, and nothing is lost or doubled (seed ${SEED})`,
  { timeout: TIMEOUT },
  async () => {
    const server = await startAttacked();
    await makeJobs(server);
    for (let kill = 0; kill < Math.ceil(KILLS / 3); kill++) {
      await pause(500 + random() * 2500);
      await server.killDatabase();
    }
    await pause(3000);
    await comeToRest(server);
    await expectEverythingTold(server);
    const { items } = await server.get<{ items: Job[] }>('/cron/jobs');
    expect(items.filter(({ recent }) => recent.at(-1) !== 'success').map(({ name }) => name)).toEqual(['nightly']);
  },
);
