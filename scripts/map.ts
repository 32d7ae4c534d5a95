import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Manifest } from '../kernel/modules/module.ts';

/** docs/map.md: what the manifests say about who needs, tells, offers and owns what. */
export function mapOf(manifests: readonly Manifest[]): string {
  return [
    '# Map',
    'Generated from the manifests and migrations by `npm run fix`.',
    '## Modules',
    table(['module', 'what it is', 'needs', 'removable'], manifests.map(moduleRow)),
    graph(manifests),
    '## Events',
    table(
      ['event', 'what happened', 'listeners'],
      manifests.flatMap((manifest) => eventRows(manifest, manifests)),
    ),
    '## Points',
    table(
      ['point', 'offered by', 'filled by'],
      manifests.flatMap((manifest) => pointRows(manifest, manifests)),
    ),
    '## Background tasks',
    table(
      ['task', 'module'],
      manifests.flatMap(({ name, tasks = [] }) => tasks.map((task) => [code(task.name), name])),
    ),
    '## Permissions',
    table(['permission', 'allows', 'roles that have it'], manifests.flatMap(permissionRows)),
    '## Tables',
    table(
      ['module', 'tables'],
      manifests.map((manifest) => [manifest.name, list(tablesOf(manifest))]),
    ),
    '',
  ].join('\n\n');
}

function moduleRow({ name, summary, needs, removable }: Manifest): string[] {
  return [name, summary, needs.join(', ') || '–', removable ? 'yes' : 'no'];
}

function graph(manifests: readonly Manifest[]): string {
  const edges = manifests.flatMap(({ name, needs }) => needs.map((need) => `  ${name} --> ${need}`));
  return edges.length === 0 ? '' : ['```mermaid', 'graph LR', ...edges, '```'].join('\n');
}

function eventRows(manifest: Manifest, all: readonly Manifest[]): string[][] {
  return Object.entries(manifest.events ?? {}).map(([name, { summary }]) => {
    const heard = all.flatMap((other) => (other.listeners ?? []).filter(({ event }) => event === name));
    return [code(name), summary, heard.map((listener) => `${listener.name} (${listener.kind})`).join(', ') || '–'];
  });
}

function pointRows(manifest: Manifest, all: readonly Manifest[]): string[][] {
  return (manifest.offers ?? []).map((point) => {
    const fillers = all.filter(({ fills }) => fills !== undefined && point in fills);
    return [code(point), manifest.name, fillers.map(({ name }) => name).join(', ') || '–'];
  });
}

function permissionRows({ permissions }: Manifest): string[][] {
  return Object.entries(permissions).map(([name, { summary, roles }]) => {
    const others = roles.filter((role) => role !== 'owner');
    return [code(name), summary, ['owner', ...others].join(', ')];
  });
}

/** Tables that the module's migrations make; partitions are part of theirs. */
function tablesOf({ migrations }: Manifest): string[] {
  if (migrations === undefined) return [];
  const folder = fileURLToPath(migrations);
  const files = readdirSync(folder).filter((name) => name.endsWith('.sql'));
  const statements = files.toSorted().map((name) => readFileSync(new URL(name, migrations), 'utf8'));
  const made = statements
    .join('\n')
    .matchAll(/create (?:unlogged )?table (?:if not exists )?([\w.]+)(?!.*partition of)/gi);
  return [...made].map((found) => found[1] ?? '');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return 'None yet.';
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function code(name: string): string {
  return `\`${name}\``;
}

function list(names: readonly string[]): string {
  return names.map(code).join(', ') || '–';
}
