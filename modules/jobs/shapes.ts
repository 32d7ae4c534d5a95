import { z } from 'zod';
import { shape } from '#kernel';
import { commandShape, httpShape } from './definition.ts';
import { recurrenceShape } from './recurrence.ts';

const category = z.enum(['critical', 'normal', 'low']);
const seconds = (most: number): z.ZodInt => z.int().min(1).max(most);

/** Policies a person may set; what is absent has a default. */
export const policyShape = z.strictObject({
  timeout_seconds: seconds(86_400).optional(),
  grace_seconds: seconds(604_800).optional(),
  overlap: z.enum(['skip', 'allow']).optional(),
  repeatable: z.boolean().optional(),
  retry_seconds: z.array(seconds(86_400)).max(10).optional(),
  mutex: z.string().min(1).max(255).optional(),
  run_on: z.array(z.string().min(1).max(100)).max(20).optional(),
});
export type WirePolicy = z.output<typeof policyShape>;

const tags = z.array(z.string().trim().min(1).max(100)).max(50);

/** The body of a new job: one strict object per kind, so that an unknown field is found in either. */
const common = {
  name: shape.name,
  description: z.string().max(2000).optional(),
  category: category.default('normal'),
  tags: tags.default([]),
  recurrence: recurrenceShape,
  policy: policyShape.default({}),
  disabled: shape.reason.min(1).optional(),
};
export const createShape = z.discriminatedUnion('kind', [
  z.strictObject({ ...common, kind: z.literal('command'), command: commandShape }),
  z.strictObject({ ...common, kind: z.literal('http'), http: httpShape }),
]);
export type CreateJob = z.output<typeof createShape>;

export const editShape = z.strictObject({
  name: shape.name.optional(),
  description: z.string().max(2000).nullable().optional(),
  category: category.optional(),
  tags: tags.optional(),
  recurrence: recurrenceShape.optional(),
  policy: policyShape.optional(),
  command: commandShape.optional(),
  http: httpShape.optional(),
  expected_version: z.int().min(1).optional(),
});
export type EditJob = z.output<typeof editShape>;

export const jobShape = z.object({
  id: shape.id,
  name: z.string(),
  description: z.string().nullable(),
  kind: z.enum(['command', 'http']),
  summary: z.string(),
  command: commandShape.optional(),
  http: httpShape.optional(),
  recurrence: recurrenceShape,
  words: z.string(),
  zone: z.string(),
  category,
  tags: z.array(z.string()),
  policy: policyShape,
  state: z.enum(['enabled', 'paused', 'disabled', 'ended']),
  pause: z
    .object({ reason: z.string().nullable(), by: z.string().nullable(), until: shape.instant.nullable() })
    .optional(),
  next_at: shape.instant.nullable(),
  last: z.object({ at: shape.instant, status: z.string() }).optional(),
  recent: z.array(z.string()),
  running_run_id: z.string().nullable(),
  trigger_id: shape.id,
  owner: z.object({ id: z.string(), name: z.string() }).nullable(),
  version: z.int(),
  created_at: shape.instant,
  updated_at: shape.instant,
  created_by: z.string().nullable(),
});
export type WireJob = z.input<typeof jobShape>;
