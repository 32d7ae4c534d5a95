import { importsOf } from './imports.ts';
import { codeOf, type Complaints, type Tree } from './tree.ts';

/** Circles of files that load each other. Types may go around: they are gone when the program runs. */
export function circles(tree: Tree): Complaints {
  const edges = new Map(codeOf(tree).map((file) => [file.path, loadedBy(file)]));
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

function loadedBy(file: Tree[number]): string[] {
  const loaded = importsOf(file).filter(({ typeOnly }) => !typeOnly);
  return loaded.map(({ to }) => to).filter((to) => to !== undefined);
}
