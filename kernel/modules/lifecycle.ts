import { at, sql } from '../db/database.ts';
import { migrate } from '../db/migrate.ts';
import type { Kernel } from '../kernel.ts';
import type { Manifest, Stop } from './module.ts';

/**
 * Brings the schema of every module that installs by itself up to date and marks it installed, in order of need. The kernel
 * comes first: the modules' states are rows of it.
 */
export async function installModules(kernel: Kernel): Promise<void> {
  for (const manifest of kernel.modules.all) {
    if (!manifest.autoInstall) continue;
    if (manifest.migrations !== undefined) await migrate(kernel.db, manifest.name, manifest.migrations);
    await writeState(kernel, manifest);
    kernel.modules.setState(manifest.name, 'installed');
    await manifest.prepare?.(kernel);
  }
}

/** Starts the effects of every live module, in order of need. The answer ends them in the opposite order. */
export async function startModules(kernel: Kernel): Promise<Stop> {
  await using ending = new AsyncDisposableStack();
  for (const manifest of kernel.modules.live()) {
    if (manifest.start !== undefined) ending.defer(await manifest.start(kernel));
  }
  const stack = ending.move();
  return () => stack.disposeAsync();
}

async function writeState(kernel: Kernel, { name, version }: Manifest): Promise<void> {
  await kernel.db.run(sql`
    insert into kernel.module (name, state, version, changed_at) values (${name}, 'installed', ${version}, ${at(kernel.clock.now())})
    on conflict (name) do update set state = 'installed', version = excluded.version, error = null, changed_at = excluded.changed_at
    where (kernel.module.state, kernel.module.version) is distinct from ('installed', excluded.version)`);
}
