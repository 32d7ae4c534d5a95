import { z } from 'zod';
import { defineRoute, type Route, shape } from '#kernel';
import { importCrontab, previewImport } from './import.ts';

const source = {
  text: z.string().min(1, 'must not be empty').max(900_000),
  user: z.string().min(1).max(64).optional(),
  system: z.boolean().optional(),
  zone: shape.zone.optional(),
};

const preview = defineRoute(
  'jobs.command',
  {
    method: 'post',
    path: '/cron/import/crontab/preview',
    summary: 'What an import of a crontab would make; changes nothing',
    body: z.strictObject(source),
    answer: z.object({
      items: z.array(
        z.object({
          line: z.int(),
          text: z.string(),
          name: z.string(),
          description: z.string().optional(),
          schedule: z.string(),
          words: z.string(),
          next: z.array(shape.instant),
          zone: z.string(),
          command: z.string(),
          env: z.record(z.string(), z.string()),
          user: z.string().optional(),
          stdin: z.string().optional(),
          warnings: z.array(z.string()),
          importable: z.boolean(),
          reason: z.string().optional(),
          field: z.string().optional(),
        }),
      ),
      taken_over: z.array(z.object({ line: z.int(), text: z.string() })),
      notes: z.array(z.object({ line: z.int(), message: z.string() })),
    }),
  },
  async ({ caller, body, kernel }) => {
    const { items, takenOver, notes } = await previewImport(kernel, caller, {
      ...body,
      zone: body.zone ?? caller.zone ?? caller.teamZone,
    });
    return {
      items: items.map(({ key: _key, recurrence: _recurrence, definition: _definition, ...item }) => ({
        ...item,
        env: { ...item.env },
        warnings: [...item.warnings],
        next: item.next.map((at) => shape.wire(at)),
      })),
      taken_over: [...takenOver],
      notes: [...notes],
    };
  },
);

const carryOver = defineRoute(
  'jobs.command',
  {
    method: 'post',
    path: '/cron/import/crontab',
    summary: 'Make jobs of a crontab, all or none; `observe` makes them disabled while cron goes on',
    body: z.strictObject({
      ...source,
      mode: z.enum(['take_over', 'observe']),
      lines: z.array(z.int().min(1)).max(10_000).optional(),
    }),
    status: 201,
    answer: z.object({
      imported: z.array(z.object({ line: z.int(), id: shape.id, name: z.string() })),
      left: z.array(z.object({ line: z.int(), reason: z.string() })),
    }),
  },
  async ({ caller, body, kernel }) => {
    const { imported, left } = await importCrontab(kernel, caller, {
      ...body,
      zone: body.zone ?? caller.zone ?? caller.teamZone,
    });
    return { imported: [...imported], left: [...left] };
  },
);

export const importRoutes: readonly Route[] = [preview, carryOver];
