import type { Recurrence } from '#time/recurrence.ts';
import type { Category, Policy, TriggerState } from '#engine';
import type { Definition } from './definition.ts';

/** Where an imported job came from. */
export interface JobOrigin {
  readonly source: string;
  readonly line: number;
  /** Equal for the same line of the same source, so that a second import does not make it again. */
  readonly key: string;
}

/** A job joined with its trigger. */
export interface JobRow {
  id: string;
  team_id: string;
  trigger_id: string;
  name: string;
  description: string | null;
  definition: Definition;
  tags: string[];
  origin: JobOrigin | null;
  created_at: number;
  updated_at: number;
  created_by: string | null;
  category: Category;
  recurrence: Recurrence;
  policy: Policy;
  state: TriggerState;
  state_reason: string | null;
  state_by: string | null;
  paused_until: number | null;
  next_at: number | null;
  version: number;
  owner_id: string | null;
  owner_name: string | null;
  /** The run that is going on or about to start. */
  live_run_id: string | null;
  live_state: 'queued' | 'running' | null;
  live_available_at: number | null;
}
