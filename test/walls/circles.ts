import { importsOf } from './imports.ts';
import { codeOf, type Complaints, type Tree } from './tree.ts';

/** Circles of files that import each other, for a type as well: who reads one of them has to read all. */
export function circles(tree: Tree): Complaints {
  const edges = new Map(codeOf(tree).map((file) => [file.path, importedBy(file)]));
  const done = new Set<string>();
  const found: string[] = [];

  function walk(file: string, path: readonly string[]): void {
    const at = path.indexOf(file);
    if (at !== -1) found.push(`${[...path.slice(at), file].join(' → ')} is a circle.`);
    if (at !== -1 || done.has(file)) return;
    for (const next of edges.get(file) ?? []) walk(next, [...path, file]);
    done.add(file);
  }

  for (const file of edges.keys()) walk(file, []);
  return found;
}

function importedBy(file: Tree[number]): string[] {
  return importsOf(file).flatMap(({ to }) => (to === undefined ? [] : [to]));
}
