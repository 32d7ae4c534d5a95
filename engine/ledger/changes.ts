import { z } from 'zod';
import type { EventDefinition, Kernel, Tx } from '#kernel';
import type { TriggerRow } from '../schema.ts';

const ledgerChanged = z.object({ module: z.string(), refs: z.array(z.string()) });

const runSettled = z.object({
  trigger_id: z.uuid(),
  module: z.string(),
  ref: z.string(),
  run_id: z.uuid(),
  status: z.enum(['success', 'failed', 'cancelled', 'missed']),
});

declare global {
  interface AlmanacEvents {
    'engine.ledger.changed': z.infer<typeof ledgerChanged>;
    'engine.run.settled': z.infer<typeof runSettled>;
  }
}

export const events: Readonly<Record<string, EventDefinition>> = {
  'engine.ledger.changed': {
    summary: 'Triggers, occurrences or runs changed; one event per transaction, team and owner module',
    schema: ledgerChanged,
    live: ({ module, refs }: z.infer<typeof ledgerChanged>) => [{ source: module, ids: refs }],
  },
  'engine.run.settled': { summary: 'An occurrence got its outcome', schema: runSettled },
};

type Owned = Pick<TriggerRow, 'team_id' | 'owner_module' | 'owner_ref'>;

/** Most references in one event; a page that is told of more reads everything again anyhow. */
const MOST_REFS = 500;

/** Tells open pages what to read again: one event per team and owner module. */
export async function tellChanged(kernel: Kernel, tx: Tx, owned: readonly Owned[]): Promise<void> {
  const groups = Map.groupBy(owned, ({ team_id, owner_module }) => `${team_id} ${owner_module}`);
  for (const group of groups.values()) {
    const [first] = group;
    if (first === undefined) continue;
    const refs = [...new Set(group.map(({ owner_ref }) => owner_ref))].slice(0, MOST_REFS);
    await kernel.events.emit(tx, 'engine.ledger.changed', { module: first.owner_module, refs }, first.team_id);
  }
}
