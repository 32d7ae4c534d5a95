import { existsSync, readdirSync } from 'node:fs';
import kernel from '../manifest.ts';
import type { Manifest } from './module.ts';

const root = new URL('../../', import.meta.url);

/** Every module of this build: the kernel, the engine and each folder under modules/ that has a manifest. */
export async function discoverModules(): Promise<Manifest[]> {
  const folders = readdirSync(new URL('modules/', root), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  const files = ['engine/manifest.ts', ...folders.map(({ name }) => `modules/${name}/manifest.ts`)];
  const found = files.map((file) => new URL(file, root)).filter((file) => existsSync(file));
  const manifests = await Promise.all(
    found.map(async (file) => ((await import(file.href)) as { default: Manifest }).default),
  );
  return [kernel, ...manifests];
}
