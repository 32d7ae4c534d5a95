import { z } from 'zod';
import { defineRoute, type Route } from '../http/route.ts';
import * as shape from '../http/shapes.ts';

const entry = z.object({
  name: z.string(),
  state: z.string(),
  summary: z.string(),
  version: z.string(),
  removable: z.boolean(),
  needs: z.array(z.string()),
});

const listModules = defineRoute(
  'signed-in',
  {
    method: 'get',
    path: '/modules',
    summary: 'Modules and their state; pages are mounted by it',
    answer: shape.listOf(entry),
  },
  ({ kernel }) => ({
    items: kernel.modules.all.map(({ name, summary, version, removable, needs }) => ({
      name,
      summary,
      version,
      removable,
      needs: [...needs],
      state: kernel.modules.state(name),
    })),
  }),
);

export const moduleRoutes: readonly Route[] = [listModules];
