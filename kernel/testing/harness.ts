import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Client, type PoolConfig } from 'pg';
import { inject } from 'vitest';
import { bootKernel, type RunningKernel } from '../boot.ts';
import type { Clock } from '../clock.ts';
import { type Config, loadConfig } from '../config.ts';
import type { Signals } from '../events/signals.ts';
import { newSecret } from '../id.ts';
import { openLog } from '../log.ts';
import { discoverModules } from '../modules/discover.ts';
import type { Manifest } from '../modules/module.ts';
import { FakeClock } from './clock.ts';

export interface HarnessOptions {
  /** Where the fake clock begins; ISO 8601 with offset. */
  readonly start?: string;
  /** Instead of a fake clock. */
  readonly clock?: Clock;
  readonly manifests?: readonly Manifest[];
  /** Modules of a test, beside those of this build. */
  readonly extra?: readonly Manifest[];
  readonly config?: Readonly<Record<string, unknown>>;
  /** Whether loops run by themselves; off by default, so that a test drives each pass. */
  readonly effects?: boolean;
  readonly signals?: Signals;
  /** Another node on the database of an earlier harness. */
  readonly database?: string;
}

export interface Harness extends RunningKernel, AsyncDisposable {
  readonly clock: FakeClock;
  readonly database: string;
  readonly home: string;
  readonly localKey: string;
}

/** The default beginning of test stories: a Friday in November 2026, UTC. */
export const STORY_START = '2026-11-20T12:00:00Z';

/** A kernel on a database of its own, cloned from a template that was migrated once for this set of modules. */
export async function openHarness(options: HarnessOptions = {}): Promise<Harness> {
  const manifests = [...(options.manifests ?? (await discoverModules())), ...(options.extra ?? [])];
  const clock = options.clock ?? new FakeClock(options.start ?? STORY_START);
  const home = mkdtempSync(path.join(os.tmpdir(), 'almanac-home-'));
  const config = testConfig(home, options.config);
  const database = options.database ?? (await cloneTemplate(manifests, config));
  const localKey = newSecret('local');
  const running = await bootKernel({
    config,
    clock,
    manifests,
    localKey,
    log: openLog(config.log_level),
    connection: connectionTo(database),
    effects: options.effects ?? false,
    ...(options.signals ? { signals: options.signals } : {}),
  });
  return {
    ...running,
    clock: clock as FakeClock,
    database,
    home,
    localKey,
    async [Symbol.asyncDispose]() {
      await running.stop();
      rmSync(home, { recursive: true, force: true });
      if (options.database === undefined) await administer(`drop database if exists ${database} with (force)`);
    },
  };
}

export function connectionTo(database: string): PoolConfig {
  return { host: inject('databaseHost'), user: 'almanac', database };
}

function testConfig(home: string, given: HarnessOptions['config']): Config {
  return loadConfig({
    environment: { ALMANAC_LOG_LEVEL: process.env['ALMANAC_TEST_LOG'] ?? 'silent' },
    options: { home, database_pool: 8, ...given },
    folder: home,
    defaultHome: home,
  }).config;
}

/** Names the template after what is in it: the modules and their migrations. */
async function cloneTemplate(manifests: readonly Manifest[], config: Config): Promise<string> {
  const contents = manifests
    .map(({ name, migrations }) => `${name} ${migrations ? readHistory(migrations) : ''}`)
    .join();
  const template = `template_${createHash('sha256').update(contents).digest('hex').slice(0, 16)}`;
  const database = `test_${createHash('sha256').update(newSecret('t')).digest('hex').slice(0, 16)}`;
  const client = new Client(connectionTo('postgres'));
  await client.connect();
  try {
    // One file at a time makes or clones a template: PostgreSQL refuses to clone a database that is in use.
    await client.query('select pg_advisory_lock(7400)');
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [template]);
    if (rowCount === 0) {
      await client.query(`create database ${template}`);
      const log = openLog('silent');
      const first = await bootKernel({
        config,
        clock: new FakeClock(STORY_START),
        manifests,
        log,
        connection: connectionTo(template),
        effects: false,
      });
      await first.stop();
    }
    await client.query(`create database ${database} template ${template}`);
  } finally {
    await client.end();
  }
  return database;
}

function readHistory(folder: URL): string {
  const files = readdirSync(folder).filter((file) => file.endsWith('.sql'));
  return files.map((file) => `${file}\n${readFileSync(new URL(file, folder), 'utf8')}`).join('\n');
}

async function administer(statement: string): Promise<void> {
  const client = new Client(connectionTo('postgres'));
  await client.connect();
  await client.query(statement).finally(() => client.end());
}
