import { z } from 'zod';
import { type Role, ROLES } from '../auth/roles.ts';
import type { TaskDefinition } from '../background/tasks.ts';
import type { EventDefinition, Listener } from '../events/events.ts';
import type { Route } from '../http/route.ts';
import type { Kernel } from '../kernel.ts';
import { Problem, suggest } from '../problem.ts';

declare global {
  /** Typed extension points by name; the offering module adds its own by declaration merging. */
  interface AlmanacPoints {}
}

export type PointName = Extract<keyof AlmanacPoints, string>;

export interface Permission {
  readonly summary: string;
  /** Who has it without being given it. The owner always has every permission. */
  readonly roles: readonly Role[];
}

/** What a module starts when it becomes live, and how to end it again. */
export type Stop = () => Promise<void>;

export interface Manifest {
  /** Also the name of its folder, its PostgreSQL schema and the prefix of its events, tasks and permissions. */
  readonly name: string;
  readonly version: string;
  readonly summary: string;
  /** Modules whose index.ts this one may import and whose tables it may refer to. Acyclic. */
  readonly needs: readonly string[];
  readonly installable: boolean;
  readonly autoInstall: boolean;
  readonly removable: boolean;
  readonly permissions: Readonly<Record<string, Permission>>;
  readonly migrations?: URL;
  readonly events?: Readonly<Record<string, EventDefinition>>;
  readonly listeners?: readonly Listener[];
  readonly tasks?: readonly TaskDefinition[];
  readonly routes?: readonly Route[];
  /** Points this module offers to others. */
  readonly offers?: readonly PointName[];
  /** What it contributes to points, built once when it becomes live. */
  readonly fills?: { readonly [N in PointName]?: (kernel: Kernel) => readonly AlmanacPoints[N][] };
  /** Makes what must be there before the module answers; called at every start, so it must be repeatable. */
  readonly prepare?: (kernel: Kernel) => Promise<void>;
  /** Effects that begin when the module is live. */
  readonly start?: (kernel: Kernel) => Promise<Stop>;
}

const name = z.string().regex(/^[a-z][a-z_]*$/);
const shape = z.strictObject({
  name,
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  summary: z.string().min(1),
  needs: z.array(name),
  installable: z.boolean(),
  autoInstall: z.boolean(),
  removable: z.boolean(),
  permissions: z.record(z.string(), z.strictObject({ summary: z.string().min(1), roles: z.array(z.enum(ROLES)) })),
  migrations: z.instanceof(URL).optional(),
  events: z.record(z.string(), z.custom<EventDefinition>()).optional(),
  listeners: z.array(z.custom<Listener>()).optional(),
  tasks: z.array(z.custom<TaskDefinition>()).optional(),
  routes: z.array(z.custom<Route>()).optional(),
  offers: z.array(z.string()).optional(),
  fills: z
    .record(
      z.string(),
      z.custom<(kernel: Kernel) => readonly unknown[]>((value) => typeof value === 'function'),
    )
    .optional(),
  prepare: z.custom<(kernel: Kernel) => Promise<void>>((value) => typeof value === 'function').optional(),
  start: z.custom<(kernel: Kernel) => Promise<Stop>>((value) => typeof value === 'function').optional(),
});

/**
 * Checks a manifest the moment its file is read.
 * @throws Problem 422 `invalid_manifest`; an unknown key is answered with the nearest known one
 */
export function defineModule(manifest: Manifest): Manifest {
  const refuse = (detail: string, hint?: string): never => {
    throw new Problem(
      422,
      'invalid_manifest',
      `Manifest of ${manifest.name}: ${detail}`,
      hint === undefined ? {} : { hint },
    );
  };
  const read = shape.safeParse(manifest);
  if (!read.success) {
    const issue = read.error.issues[0];
    if (issue?.code === 'unrecognized_keys') {
      const key = issue.keys[0] ?? '';
      const nearest = suggest(key, Object.keys(shape.shape));
      refuse(`unknown key ${key}.`, nearest && `Did you mean ${nearest}?`);
    }
    refuse(`${issue?.path.join('.') ?? ''} ${issue?.message ?? 'is not valid'}.`);
  }
  const prefixed = [
    ...Object.keys(manifest.permissions),
    ...Object.keys(manifest.events ?? {}),
    ...(manifest.tasks ?? []).map((task) => task.name),
  ];
  const stray = prefixed.find((word) => !word.startsWith(`${manifest.name}.`));
  if (stray !== undefined) refuse(`${stray} must begin with "${manifest.name}."`);
  return manifest;
}
