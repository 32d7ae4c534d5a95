import { Client } from 'pg';
import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';

/**
 * "Look again" between loops and nodes. A signal carries no content and every one may be lost: each loop also has its
 * own period.
 */
export type SignalTopic = 'due' | 'lane' | 'cancel' | 'stream' | 'output' | 'modules';

declare global {
  interface AlmanacKernel {
    signals: Signals;
  }
}

export interface Signals {
  /** Tells this process at once and the other nodes within 100 ms. Call it after the commit. */
  raise(topic: SignalTopic): void;
  /** @returns a function that stops listening */
  on(topic: SignalTopic, act: () => void): () => void;
  stop(): Promise<void>;
}

const CHANNEL = 'almanac';
/** Signals are gathered for this long, because commits that notify queue behind one lock of the whole server. */
const GATHER = 100;
const RECONNECT = 1000;

/** Signals inside one process only. */
export function localSignals(): Signals {
  const acts = new Map<SignalTopic, Set<() => void>>();
  return {
    raise: (topic) => acts.get(topic)?.forEach((act) => act()),
    on(topic, act) {
      const known = acts.get(topic) ?? new Set();
      acts.set(topic, known.add(act));
      return () => known.delete(act);
    },
    stop: () => Promise.resolve(),
  };
}

/** Signals that also reach the other nodes of the same database, by LISTEN and NOTIFY. */
export function sharedSignals(database: Database, clock: Clock, node: string): Signals {
  const local = localSignals();
  const waiting = new Set<SignalTopic>();
  const stopping = new AbortController();
  let client: Client | undefined;
  let sending: Promise<void> | undefined;

  async function send(): Promise<void> {
    await clock.wait(GATHER, stopping.signal);
    const topics = [...waiting];
    waiting.clear();
    sending = undefined;
    // Lost when the database is away; the others look by themselves within seconds.
    await database.pool.query('select pg_notify($1, $2)', [CHANNEL, `${node} ${topics.join(' ')}`]).catch(() => {});
  }

  async function listen(): Promise<void> {
    while (!stopping.signal.aborted) {
      const next = new Client({ ...database.connection, application_name: 'almanac signals' });
      const lost = new Promise<void>((resolve) => {
        next.on('error', () => resolve());
        next.on('end', () => resolve());
      });
      next.on('notification', ({ payload }) => {
        const [from, ...topics] = (payload ?? '').split(' ');
        if (from !== node) for (const topic of topics) local.raise(topic as SignalTopic);
      });
      try {
        await next.connect();
        await next.query(`listen ${CHANNEL}`);
        client = next;
        if (stopping.signal.aborted) await next.end();
        await lost;
      } catch {
        await next.end().catch(() => {});
      }
      await clock.wait(RECONNECT, stopping.signal);
    }
  }

  const listening = listen();
  return {
    on: (topic, act) => local.on(topic, act),
    raise(topic) {
      local.raise(topic);
      waiting.add(topic);
      sending ??= send();
    },
    async stop() {
      stopping.abort();
      await client?.end().catch(() => {});
      await sending;
      await listening;
    },
  };
}
