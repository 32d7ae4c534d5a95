import { queryOptions } from '@tanstack/react-query';
import { api, read } from '../api/client.ts';
import type { Me } from '../api/types.ts';
import type { ModuleUi, NavigationEntry } from '../kit/app/module-ui.ts';

/** The UI of every module in the tree, as plain data. Which of them are shown, the server says. */
export const MODULE_UIS: readonly ModuleUi[] = Object.values(
  import.meta.glob<ModuleUi>('../../modules/*/ui/index.tsx', { eager: true, import: 'default' }),
);

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: () => read(api.GET('/api/v1/me')),
  retry: false,
  staleTime: Infinity,
});

/** The names of the modules that are live for this principal. */
export const modulesQuery = queryOptions({
  queryKey: ['modules'],
  queryFn: async () => {
    const { items } = await read(api.GET('/api/v1/modules'));
    return items.filter((module) => module.state === 'installed').map((module) => module.name);
  },
  staleTime: 60_000,
});

export function navigationFor(live: readonly string[], me: Me): readonly NavigationEntry[] {
  return MODULE_UIS.filter((ui) => live.includes(ui.module))
    .flatMap((ui) => ui.navigation)
    .filter((entry) => mayUse(me, entry.permission))
    .toSorted((a, b) => a.order - b.order);
}

export function mayUse(me: Me, permission: string | undefined): boolean {
  return permission === undefined || me.permissions.includes(permission);
}
