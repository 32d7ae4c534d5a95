import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { type EmbeddedServer, startEmbedded } from '../db/embedded.ts';
import { holdersOf } from '../db/holders.ts';
import { layOutHome } from '../db/home.ts';
import { stopPostmaster } from '../db/postmaster.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The `host` of the one server that all test files share; user `almanac`, database `postgres`. */
    readonly databaseHost: string;
  }
}

interface SharedServer {
  readonly server: EmbeddedServer;
  readonly home: string;
  projects: number;
}

declare global {
  /** Several vitest projects load this file, each for itself; they meet here. */
  var almanacTestServer: Promise<SharedServer> | undefined;
}

const PREFIX = 'almanac-test-';

/** Starts the server before the first test file of the first project and stops it after the last one of the last. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  globalThis.almanacTestServer ??= startServer();
  const shared = await globalThis.almanacTestServer;
  shared.projects++;
  project.provide('databaseHost', shared.server.host);
  return async () => {
    shared.projects--;
    if (shared.projects > 0) return;
    globalThis.almanacTestServer = undefined;
    await shared.server.stop();
    rmSync(shared.home, { recursive: true, force: true });
  };
}

async function startServer(): Promise<SharedServer> {
  await endLeftovers();
  const home = mkdtempSync(path.join(os.tmpdir(), `${PREFIX}${process.pid}-`));
  const owner = `tests, pid ${process.pid}`;
  // Test data may be lost with the machine's power: no waiting for the disk.
  const settings = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' };
  const server = await startEmbedded(home, { owner, settings });
  process.once('exit', () => {
    if (globalThis.almanacTestServer) endAtOnce(server.pid);
  });
  return { server, home, projects: 0 };
}

/** When vitest is interrupted there is no time for more; the folder goes with the next run. */
function endAtOnce(pid: number): void {
  try {
    process.kill(pid, 'SIGINT');
  } catch {
    // It is gone already.
  }
}

/** Ends the servers of test runs that were killed. */
async function endLeftovers(): Promise<void> {
  for (const name of readdirSync(os.tmpdir())) {
    const pid = Number(new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1]);
    if (!pid || isAlive(pid)) continue;
    const home = path.join(os.tmpdir(), name);
    const layout = layOutHome(home);
    for (const holder of holdersOf(layout)) await stopPostmaster(holder, layout);
    rmSync(home, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
