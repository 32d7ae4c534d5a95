// The engine on the embedded server: how late runs start when a thousand triggers are due at once, and how many runs go
// from the queue to their outcome in a second, beside a job queue on the same server.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { PgBoss } from 'pg-boss';
import type { Caller, Kernel } from '#kernel';
import { createTrigger, type RunContext } from '#engine';
import engineManifest from '../engine/manifest.ts';
import { bootKernel } from '../kernel/boot.ts';
import { SystemClock } from '../kernel/clock.ts';
import { loadConfig } from '../kernel/config.ts';
import { createDatabase } from '../kernel/db/cluster.ts';
import { at, sql } from '../kernel/db/database.ts';
import { startEmbedded } from '../kernel/db/embedded.ts';
import { openLog } from '../kernel/log.ts';
import kernelManifest from '../kernel/manifest.ts';
import { defineModule } from '../kernel/modules/module.ts';
import { ensureFirstTeam } from '../kernel/auth/people.ts';
import { type Figure, printFigures } from './figure.ts';

const TRIGGERS = 1000;
const RUNS = 10_000;
/** Each side goes so many times, in turn; its fastest counts, since the others paid for the rest of the machine. */
const ROUNDS = 3;
/** Runs that each side takes at once. */
const AT_ONCE = 200;
const LOCAL_KEY = 'local_benchmark';

/** What the runs of the benchmark tell, which do nothing else. */
let begun: (run: RunContext) => void = () => {};

export async function measure(): Promise<Figure[]> {
  const home = mkdtempSync(path.join(os.tmpdir(), 'almanac-bench-'));
  const server = await startEmbedded(home, { owner: 'benchmark' });
  try {
    await createDatabase(server.host, 'almanac');
    const connection = { host: server.host, port: server.port, user: server.user, database: 'almanac' };
    const kernel = await bootEngine(home, connection);
    try {
      const caller = await anybody(kernel.kernel);
      const spread = await lateness(kernel.kernel, caller, (place) => place);
      const together = await lateness(kernel.kernel, caller, () => 0);
      let [ours, theirs] = [Infinity, Infinity];
      for (let round = 0; round < ROUNDS; round++) {
        ours = Math.min(ours, await ownRuns(kernel.kernel, caller));
        theirs = Math.min(theirs, await peerJobs(connection));
      }
      return [
        late('1,000 triggers due within one second', spread),
        late('1,000 triggers due at one instant', together),
        {
          figure: `${RUNS.toLocaleString('en')} runs that do nothing, from the queue to their outcome`,
          unit: 'µs a run',
          ours: (ours / RUNS) * 1000,
          peer: 'pg-boss fetch and complete',
          theirs: (theirs / RUNS) * 1000,
          ratio: theirs / ours,
          bar: 0.5,
        },
      ];
    } finally {
      await kernel.stop();
    }
  } finally {
    await server.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

function late(name: string, ms: number): Figure {
  return {
    figure: name,
    unit: 'ms late to start, p99',
    ours: ms,
    peer: 'one second',
    theirs: 1000,
    ratio: 1000 / ms,
    bar: 1,
  };
}

async function bootEngine(
  home: string,
  connection: { host: string; database: string },
): Promise<Awaited<ReturnType<typeof bootKernel>>> {
  const { config } = loadConfig({
    environment: {},
    options: { home, node_capacity: 1000 },
    folder: home,
    defaultHome: home,
  });
  const carryOut = (run: RunContext): Promise<{ result: 'success' }> => {
    begun(run);
    return Promise.resolve({ result: 'success' });
  };
  const probe = defineModule({
    name: 'probe',
    version: '0.1.0',
    summary: 'Runs that do nothing',
    needs: ['engine'],
    installable: false,
    autoInstall: true,
    removable: false,
    permissions: {},
    fills: { 'engine.carry_out': () => [{ module: 'probe', carryOut }] },
  });
  return bootKernel({
    config,
    log: openLog('silent'),
    clock: new SystemClock(),
    connection,
    manifests: [kernelManifest, engineManifest, probe],
    localKey: LOCAL_KEY,
  });
}

async function anybody(kernel: Kernel): Promise<Caller> {
  await ensureFirstTeam(kernel);
  const headers = { authorization: `Bearer ${LOCAL_KEY}` };
  return kernel.auth.identify(new Request('http://localhost/', { headers }), 'in-process');
}

/** Milliseconds by which the 990th of 1,000 runs begins after its instant. */
async function lateness(kernel: Kernel, caller: Caller, offset: (place: number) => number): Promise<number> {
  await kernel.db.run(sql`update engine.lane set at_once = 1000`);
  const first = kernel.clock.now() + 5000;
  await kernel.db.transaction(async (tx) => {
    for (let place = 0; place < TRIGGERS; place++) {
      await createTrigger(kernel, tx, caller, {
        ownerModule: 'probe',
        ownerRef: crypto.randomUUID(),
        title: 'Probe',
        category: 'normal',
        policy: {},
        definition: {},
        recurrence: { kind: 'at', at: first + offset(place), zone: 'UTC' },
      });
    }
  });
  const lags: number[] = [];
  const all = Promise.withResolvers<void>();
  begun = ({ nominalAt }) => {
    lags.push(kernel.clock.now() - nominalAt);
    if (lags.length === TRIGGERS) all.resolve();
  };
  await all.promise;
  lags.sort((a, b) => a - b);
  return lags[Math.floor(TRIGGERS * 0.99)] ?? Number.NaN;
}

/** Milliseconds for runs that are queued already to start, be carried out and get their outcome. */
async function ownRuns(kernel: Kernel, caller: Caller): Promise<number> {
  await kernel.db.run(sql`update engine.lane set at_once = ${AT_ONCE}`);
  const now = kernel.clock.now();
  const id = await kernel.db.transaction((tx) =>
    createTrigger(kernel, tx, caller, {
      ownerModule: 'probe',
      ownerRef: crypto.randomUUID(),
      title: 'Probe',
      category: 'normal',
      policy: { overlap: 'allow' },
      definition: {},
      recurrence: { kind: 'at', at: now + 3_600_000, zone: 'UTC' },
    }),
  );
  await kernel.db.transaction(async (tx) => {
    await tx.run(sql`
      insert into engine.occurrence (trigger_id, nominal_at, origin, due_at, status)
      select ${id}, ${at(now)}::timestamptz + n * interval '1 millisecond', 'manual', ${at(now)}, 'open' from generate_series(1, ${RUNS}::int) n`);
    await tx.run(sql`
      insert into engine.live_run (id, trigger_id, nominal_at, origin, attempt, cause, team_id, owner_module, lane, priority, tags, repeatable,
        available_at, state, context)
      select uuidv7(), trigger_id, nominal_at, origin, 1, 'manual', ${caller.teamId}, 'probe', 'default', 0, '{}', false, ${at(now)}, 'queued',
        '{"owner_ref":"probe","title":"Probe","zone":"UTC","definition":{},"timeout_ms":60000}'
      from engine.occurrence where trigger_id = ${id}`);
  });
  await kernel.db.run(sql`analyze engine.live_run, engine.occurrence`);
  begun = () => {};
  const since = performance.now();
  kernel.signals.raise('lane');
  for (;;) {
    const [left] = await kernel.db.rows(sql`select 1 from engine.live_run limit 1`);
    if (left === undefined) return performance.now() - since;
    await kernel.clock.wait(50);
  }
}

async function peerJobs(connection: { host: string; database: string }): Promise<number> {
  const boss = new PgBoss({ ...connection, user: 'almanac', schema: 'peer', supervise: false, schedule: false });
  await boss.start();
  try {
    await boss.createQueue('probe');
    await boss.insert(
      'probe',
      Array.from({ length: RUNS }, () => ({ data: {} })),
    );
    const since = performance.now();
    for (let left = RUNS; left > 0;) {
      const jobs = await boss.fetch('probe', { batchSize: AT_ONCE });
      await boss.complete(
        'probe',
        jobs.map(({ id }) => id),
      );
      left -= jobs.length;
    }
    return performance.now() - since;
  } finally {
    await boss.stop({ graceful: false });
  }
}

if (import.meta.main) printFigures(await measure());
