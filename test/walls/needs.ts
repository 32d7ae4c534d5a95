import { parseSync, type Program, Visitor } from 'oxc-parser';
import { importsOf } from './imports.ts';
import { codeOf, type Complaints, type Tree } from './tree.ts';

/** What each module's manifest says it needs, read from the source: a list of literal names. */
export function needsOf(tree: Tree): ReadonlyMap<string, readonly string[]> {
  const manifests = tree.filter((file) => /^modules\/[^/]+\/manifest\.ts$/.test(file.path));
  return new Map(
    manifests.map((file) => [file.path.split('/')[1] ?? '', needsIn(parseSync(file.path, file.text).program)]),
  );
}

function needsIn(program: Program): string[] {
  const needs: string[] = [];
  new Visitor({
    Property({ key, value }) {
      if (key.type !== 'Identifier' || key.name !== 'needs' || value.type !== 'ArrayExpression') return;
      for (const element of value.elements) {
        if (element?.type === 'Literal' && typeof element.value === 'string') needs.push(element.value);
      }
    },
  }).visit(program);
  return needs;
}

/** They have manifests too, outside of modules/. */
const BELOW = new Set(['kernel', 'engine']);

/** A module that is needed must be there, and no module needs itself through others. */
export function wrongNeeds(tree: Tree): Complaints {
  const needs = needsOf(tree);
  const missing = [...needs].flatMap(([name, needed]) =>
    needed
      .filter((need) => !BELOW.has(need) && !needs.has(need))
      .map((need) => `${name} needs ${need}, which is not there.`),
  );
  const circles = [...needs.keys()].filter((name) => reachable(name, needs).has(name));
  return [...missing, ...circles.map((name) => `${name} needs itself through others.`)];
}

/** Whether one module knows another: by what it needs, by what those need, or by an import. */
export function knows(tree: Tree, module: string, other: string): Complaints {
  const needed = reachable(module, needsOf(tree)).has(other) ? [`${module} needs ${other}.`] : [];
  const imported = codeOf(tree)
    .filter((file) => file.path.startsWith(`modules/${module}/`))
    .flatMap(importsOf)
    .filter(({ to }) => to?.startsWith(`modules/${other}/`))
    .map(({ from, specifier }) => `${from} imports ${specifier}.`);
  return [...needed, ...imported];
}

function reachable(start: string, needs: ReadonlyMap<string, readonly string[]>): Set<string> {
  const reached = new Set<string>();
  const waiting = [...(needs.get(start) ?? [])];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (reached.has(next)) continue;
    reached.add(next);
    waiting.push(...(needs.get(next) ?? []));
  }
  return reached;
}
