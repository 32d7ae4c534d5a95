import { type AnyRoute, createRootRoute, createRoute, createRouter, Outlet } from '@tanstack/react-router';
import type { ModuleUi, PageEntry } from '../kit/app/module-ui.ts';
import { PageFailed } from './failed.tsx';
import { FirstRun } from './door/first-run.tsx';
import { Frame } from './frame.tsx';
import { ModulePage } from './module-page.tsx';
import { MODULE_UIS } from './modules.ts';
import { NotFound } from './not-found.tsx';

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound, errorComponent: PageFailed });
const firstRun = createRoute({ getParentRoute: () => root, path: '/first-run', component: FirstRun });
const inside = createRoute({ getParentRoute: () => root, id: 'inside', component: Frame });
const anythingElse = createRoute({ getParentRoute: () => inside, path: '$', component: NotFound });

const pages = MODULE_UIS.flatMap((ui) => ui.pages.map((page) => routeOf(ui, page)));

/** Every module of the tree has its routes; whether a page is shown is asked when it is opened. */
export const router = createRouter({
  routeTree: root.addChildren([firstRun, inside.addChildren([...pages, anythingElse])]),
  defaultPreload: false,
  // The address is for people: plain `key=value`, everything a string.
  parseSearch: (search) => Object.fromEntries(new URLSearchParams(search)),
  stringifySearch: (search) => {
    const kept = Object.entries(search).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string' && entry[1] !== '',
    );
    const text = new URLSearchParams(kept).toString().replaceAll('%2C', ',').replaceAll('%2F', '/');
    return text ? `?${text}` : '';
  },
});

function routeOf(ui: ModuleUi, page: PageEntry): AnyRoute {
  const component = ModulePage(ui, page);
  return createRoute({ getParentRoute: () => inside, path: page.path, component });
}
