import type { TaskDefinition } from '../background/tasks.ts';
import type { EventDefinition, Listener } from '../events/events.ts';
import type { Route } from '../http/route.ts';
import type { Kernel } from '../kernel.ts';
import type { Role } from '../auth/roles.ts';
import type { Manifest, Permission, PointName } from './module.ts';

export type ModuleState = 'uninstalled' | 'installing' | 'installed' | 'stopping' | 'disabled' | 'error';

declare global {
  interface AlmanacKernel {
    modules: Registry;
  }
}

/** Knows every module of this build and which of them are live. */
export interface Registry {
  /** All known modules, each after those it needs. */
  readonly all: readonly Manifest[];
  /** The live ones, in the same order. */
  live(): readonly Manifest[];
  state(name: string): ModuleState;
  setState(name: string, state: ModuleState): void;
  /** What live modules contribute to a point; empty when nobody does. */
  fills<N extends PointName>(point: N): readonly AlmanacPoints[N][];
  routes(): readonly { readonly module: string; readonly route: Route }[];
  events(): ReadonlyMap<string, EventDefinition>;
  listeners(): readonly Listener[];
  tasks(): readonly TaskDefinition[];
  permissions(): ReadonlyMap<string, Permission>;
  permissionsOf(role: Role): ReadonlySet<string>;
}

export function openRegistry(manifests: readonly Manifest[], kernel: () => Kernel): Registry {
  const all = inOrderOfNeed(manifests);
  const states = new Map<string, ModuleState>(all.map(({ name }) => [name, 'uninstalled']));
  const filled = new Map<string, readonly unknown[]>();
  const live = (): Manifest[] => all.filter(({ name }) => states.get(name) === 'installed');

  function permissions(): Map<string, Permission> {
    return new Map(live().flatMap((manifest) => Object.entries(manifest.permissions)));
  }

  return {
    all,
    live,
    state: (name) => states.get(name) ?? 'uninstalled',
    setState(name, state) {
      states.set(name, state);
      filled.clear();
    },
    fills<N extends PointName>(point: N) {
      const known =
        filled.get(point) ??
        live().flatMap((manifest): readonly unknown[] => manifest.fills?.[point]?.(kernel()) ?? []);
      filled.set(point, known);
      return known as readonly AlmanacPoints[N][];
    },
    routes: () => live().flatMap(({ name, routes = [] }) => routes.map((route) => ({ module: name, route }))),
    events: () => new Map(live().flatMap((manifest) => Object.entries(manifest.events ?? {}))),
    listeners: () => live().flatMap(({ listeners = [] }) => listeners),
    tasks: () => live().flatMap(({ tasks = [] }) => tasks),
    permissions,
    permissionsOf: (role) =>
      new Set(
        [...permissions()].filter(([, { roles }]) => role === 'owner' || roles.includes(role)).map(([name]) => name),
      ),
  };
}

/**
 * Each module after those it needs, otherwise by name.
 * @throws Error naming a need that is missing, a circle, or a permanent module that needs a removable one
 */
export function inOrderOfNeed(manifests: readonly Manifest[]): Manifest[] {
  const byName = new Map(manifests.map((manifest) => [manifest.name, manifest]));
  const ordered: Manifest[] = [];
  const place = (manifest: Manifest, path: readonly string[]): void => {
    if (ordered.includes(manifest)) return;
    if (path.includes(manifest.name))
      throw new Error(`Modules need each other in a circle: ${[...path, manifest.name].join(' → ')}.`);
    for (const need of manifest.needs) {
      const needed = byName.get(need);
      if (needed === undefined) throw new Error(`Module ${manifest.name} needs ${need}, which is not there.`);
      if (needed.removable && !manifest.removable)
        throw new Error(`Module ${manifest.name} stays, so it may not need ${need}, which can be removed.`);
      place(needed, [...path, manifest.name]);
    }
    ordered.push(manifest);
  };
  for (const manifest of [...manifests].sort((a, b) => a.name.localeCompare(b.name))) place(manifest, []);
  return ordered;
}
