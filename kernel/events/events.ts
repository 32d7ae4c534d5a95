import { z } from 'zod';
import { at, sql, type Tx } from '../db/database.ts';
import { newId } from '../id.ts';
import type { Clock } from '../clock.ts';
import type { Kernel } from '../kernel.ts';

declare global {
  interface AlmanacKernel {
    events: Events;
  }
  /** Payloads by event name `module.noun.pastVerb`; each manifest adds its own by declaration merging (ADR 0003). */
  interface AlmanacEvents {}
}

export type EventName = Extract<keyof AlmanacEvents, string>;

/** What an open page has to read again because of an event. */
export interface LiveChange {
  readonly source: string;
  readonly ids: readonly string[];
}

/** How a module declares an event in its manifest. */
export interface EventDefinition {
  readonly summary: string;
  readonly schema: z.ZodType;
  /** Present when open pages are to be told. */
  readonly live?: (payload: never) => readonly LiveChange[];
}

export interface EventRecord<Payload = unknown> {
  readonly id: string;
  readonly name: string;
  readonly teamId: string | null;
  readonly emittedAt: number;
  readonly payload: Payload;
}

/** Two kinds, told apart by their type. */
export type Listener = TransactionListener | CommittedListener;

/** Runs inside the emitter's transaction; its failure rolls the emitter back. No input or output beyond the database. */
export interface TransactionListener {
  readonly kind: 'inTransaction';
  readonly name: string;
  readonly event: string;
  readonly handle: (tx: Tx, event: EventRecord<never>, kernel: Kernel) => Promise<void>;
}

/** Runs after the commit as a background task, at least once, in any order: it must be idempotent by `event.id`. */
export interface CommittedListener {
  readonly kind: 'afterCommit';
  readonly name: string;
  readonly event: string;
  readonly handle: (event: EventRecord<never>, kernel: Kernel) => Promise<void>;
}

/** Declares a listener; the payload's type comes from the event's name. */
export function inTransaction<N extends EventName>(
  event: N,
  name: string,
  handle: (tx: Tx, event: EventRecord<AlmanacEvents[N]>, kernel: Kernel) => Promise<void>,
): Listener {
  return { kind: 'inTransaction', event, name, handle };
}

/** Declares a listener; the payload's type comes from the event's name. */
export function afterCommit<N extends EventName>(
  event: N,
  name: string,
  handle: (event: EventRecord<AlmanacEvents[N]>, kernel: Kernel) => Promise<void>,
): Listener {
  return { kind: 'afterCommit', event, name, handle };
}

export interface Events {
  /**
   * Writes the event into the outbox of the emitter's transaction, after its in-transaction listeners have run.
   * @throws ZodError when the payload does not fit the declared schema
   */
  emit<N extends EventName>(tx: Tx, name: N, payload: AlmanacEvents[N], teamId: string | null): Promise<void>;
  definition(name: string): EventDefinition | undefined;
  listeners(name: string): readonly Listener[];
}

export function openEvents(
  clock: Clock,
  declared: () => { definitions: ReadonlyMap<string, EventDefinition>; listeners: readonly Listener[] },
  kernel: () => Kernel,
): Events {
  const listeners = (name: string): readonly Listener[] =>
    declared().listeners.filter((listener) => listener.event === name);
  return {
    listeners,
    definition: (name) => declared().definitions.get(name),
    async emit(tx, name, payload, teamId) {
      const definition = declared().definitions.get(name);
      if (definition === undefined) throw new Error(`No installed module declares the event ${name}.`);
      const parsed = definition.schema.parse(payload);
      const now = clock.now();
      const event = { id: newId(now), name, teamId, emittedAt: now, payload: parsed as never };
      for (const listener of listeners(name)) {
        if (listener.kind === 'inTransaction') await listener.handle(tx, event, kernel());
      }
      await tx.run(sql`
        insert into kernel.outbox (id, team_id, name, payload, emitted_at)
        values (${event.id}, ${teamId}, ${name}, ${JSON.stringify(parsed)}::jsonb, ${at(now)})`);
      tx.afterCommit(() => kernel().signals.raise('stream'));
    },
  };
}
