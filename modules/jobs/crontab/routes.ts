import { z } from 'zod';
import { defineRoute, type Route, shape } from '#kernel';
import { giveBackJobs, importCrontab, previewImport, takeOverJobs } from './import.ts';

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
          job_id: shape.id.optional(),
          warnings: z.array(z.string()),
          importable: z.boolean(),
          reason: z.string().optional(),
          field: z.string().optional(),
        }),
      ),
      taken_over: z.array(
        z.object({ line: z.int(), text: z.string(), job_id: shape.id.optional(), waiting: z.boolean() }),
      ),
      notes: z.array(z.object({ line: z.int(), message: z.string() })),
    }),
  },
  async ({ caller, body, kernel }) => {
    const { items, takenOver, notes } = await previewImport(kernel, caller, {
      ...body,
      zone: body.zone ?? caller.zone ?? caller.teamZone,
    });
    return {
      items: items.map(({ key: _key, recurrence: _recurrence, definition: _definition, jobId, ...item }) => ({
        ...item,
        ...(jobId === undefined ? {} : { job_id: jobId }),
        env: { ...item.env },
        warnings: [...item.warnings],
        next: item.next.map((at) => shape.wire(at)),
      })),
      taken_over: takenOver.map(({ jobId, ...line }) => ({
        ...line,
        ...(jobId === undefined ? {} : { job_id: jobId }),
      })),
      notes: [...notes],
    };
  },
);

const carryOver = defineRoute(
  'jobs.command',
  {
    method: 'post',
    path: '/cron/import/crontab',
    summary:
      'Make jobs of a crontab, all or none: `observe` makes them disabled while cron goes on, `prepare` disabled until `take-over`',
    body: z.strictObject({
      ...source,
      mode: z.enum(['take_over', 'observe', 'prepare']),
      lines: z.array(z.int().min(1)).max(10_000).optional(),
    }),
    status: 201,
    answer: z.object({
      imported: z.array(z.object({ line: z.int(), id: shape.id, name: z.string(), made: z.boolean() })),
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

const ids = z.strictObject({ ids: z.array(shape.id).min(1).max(10_000) });
const named = { id: shape.id, name: z.string() };

const takeOver = defineRoute(
  'jobs.command',
  {
    method: 'post',
    path: '/cron/import/crontab/take-over',
    summary: 'Enable imported jobs whose lines are commented out now, all or none',
    body: ids,
    answer: z.object({ enabled: z.array(z.object(named)) }),
  },
  async ({ caller, body, kernel }) => ({
    enabled: await kernel.db.transaction((tx) => takeOverJobs(kernel, tx, caller, body.ids)),
  }),
);

const giveBack = defineRoute(
  'jobs.command',
  {
    method: 'post',
    path: '/cron/import/crontab/give-back',
    summary: 'Disable imported jobs whose lines cron is to run again, all or none; disabled ones stay as they are',
    body: ids,
    answer: z.object({
      disabled: z.array(z.object({ ...named, was: z.enum(['enabled', 'paused', 'disabled', 'ended', 'deleted']) })),
    }),
  },
  async ({ caller, body, kernel }) => ({
    disabled: await kernel.db.transaction((tx) => giveBackJobs(kernel, tx, caller, body.ids)),
  }),
);

export const importRoutes: readonly Route[] = [preview, carryOver, takeOver, giveBack];
