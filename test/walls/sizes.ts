import path from 'node:path';
import { type Complaints, isTest, type Tree } from './tree.ts';

export const MOST_LINES = 300;
/** No reason buys more than this. */
export const HARD_STOP = 400;
export const MOST_FILES = 15;

/** Code of ours, as opposed to documents and what is generated. */
const CODE = /\.(ts|tsx|mjs|css|sql)$/;
const GENERATED = new Set(['web/api/schema.d.ts']);

/** @param reasons why a file may have more than 300 lines, by path */
export function longFiles(tree: Tree, reasons: Readonly<Record<string, string>>): Complaints {
  const sized = tree.filter((file) => CODE.test(file.path) && !GENERATED.has(file.path));
  return sized.flatMap((file) => {
    const lines = file.text.split('\n').length - 1;
    if (lines <= MOST_LINES) return file.path in reasons ? [`${file.path} needs no exception any more.`] : [];
    if (lines <= HARD_STOP && file.path in reasons) return [];
    return [
      `${file.path} has ${lines} lines, ${lines > HARD_STOP ? `and ${HARD_STOP} is the end` : `${MOST_LINES} are allowed`}.`,
    ];
  });
}

/** Tests, fixtures and manifests are not counted. */
export function fullFolders(tree: Tree): Complaints {
  const counts = new Map<string, number>();
  for (const { path: file } of tree) {
    if (!CODE.test(file) || isTest(file) || file.endsWith('/manifest.ts') || file.endsWith('.sql')) continue;
    const folder = path.posix.dirname(file);
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  const full = [...counts].filter(([folder, count]) => folder !== '.' && count > MOST_FILES);
  return full.map(([folder, count]) => `${folder}/ has ${count} source files, ${MOST_FILES} are allowed.`);
}
