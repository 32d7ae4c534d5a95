import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

/**
 * Builds the pages when they are older than their source. It runs beside the start of the database, in a process of its own.
 * Without it the old pages are served, or none: the API does not depend on them.
 * @param root folder of this repository
 */
export function buildPages(root: string, told: (sentence: string) => void): Promise<void> {
  const script = path.join(root, 'scripts/build-web.ts');
  // An image without the sources carries the built pages only.
  if (!existsSync(script)) return Promise.resolve();
  // A group of its own: Ctrl-C is for us to handle.
  const child = spawn(process.execPath, [script], { cwd: root, stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (text.startsWith('Building')) told(text.trim());
    else said = `${said}${text}`.slice(0, 1000);
  });
  return new Promise((resolve) => {
    child.once('error', (error) => {
      told(`The pages could not be built: ${error.message}.`);
      resolve();
    });
    child.once('close', (code) => {
      if (code !== 0) told(`The pages could not be built:\n${said.trim()}`);
      resolve();
    });
  });
}
