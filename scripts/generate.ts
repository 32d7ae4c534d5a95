// Writes the documents that are made from the code; test/docs.test.ts fails when one of them has drifted.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format } from 'oxfmt';
import { openApiDocument } from '../kernel/http/openapi.ts';
import { discoverModules } from '../kernel/modules/discover.ts';
import { inOrderOfNeed } from '../kernel/modules/registry.ts';
import { configTable } from './config-table.ts';
import { mapOf } from './map.ts';

const root = path.dirname(import.meta.dirname);

/** Every generated document by its path in the repository. */
export async function generateDocuments(): Promise<ReadonlyMap<string, string>> {
  const manifests = inOrderOfNeed(await discoverModules());
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
  const openapi = `${JSON.stringify(openApiDocument(manifests, version), null, 2)}\n`;
  return new Map([
    ['docs/map.md', await tidy('docs/map.md', mapOf(manifests))],
    ['docs/config.md', await tidy('docs/config.md', configTable())],
    ['docs/openapi.json', openapi],
    ['web/api/schema.d.ts', clientTypes(openapi)],
  ]);
}

/** The page's types of the API. */
function clientTypes(openapi: string): string {
  const tool = ['--import', './scripts/typescript-api.mjs', 'node_modules/openapi-typescript/bin/cli.js'];
  const done = spawnSync(process.execPath, tool, {
    cwd: root,
    input: openapi,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (done.status !== 0) throw new Error(`openapi-typescript failed: ${done.stderr}`);
  return done.stdout;
}

/** As `oxfmt` would leave it, so that the format check and the drift check agree. */
async function tidy(file: string, text: string): Promise<string> {
  const { ignorePatterns: _, ...options } = JSON.parse(
    readFileSync(path.join(root, '.oxfmtrc.json'), 'utf8'),
  ) as object & {
    ignorePatterns: unknown;
  };
  return (await format(file, text, options)).code;
}

if (import.meta.main) {
  for (const [file, text] of await generateDocuments()) writeFileSync(path.join(root, file), text);
}
