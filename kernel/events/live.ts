import { sql } from '../db/database.ts';
import type { Kernel } from '../kernel.ts';
import { startLoop } from '../loop.ts';
import type { LiveChange } from './events.ts';

/** What one open stream is told: `changed` names what to read again, `resync` says to read everything again. */
export type LiveMessage =
  | { readonly kind: 'changed'; readonly id: string; readonly rev: number; readonly change: LiveChange }
  | { readonly kind: 'resync'; readonly id: string };

export interface LivePosition {
  readonly epoch: string;
  readonly seq: number;
}

declare global {
  interface AlmanacKernel {
    live: LiveStream;
  }
}

export interface LiveStream {
  position(): LivePosition;
  /**
   * Sends everything of one team that comes after `since` (`epoch:seq`), or a `resync` where that cannot be told any more.
   * @returns a function that ends the subscription
   */
  subscribe(teamId: string, since: string | undefined, tell: (message: LiveMessage) => void): Promise<() => void>;
  stop(): Promise<void>;
}

interface Published {
  name: string;
  team_id: string | null;
  payload: unknown;
  seq: number;
}

const BATCH = 1000;

/** Reads published events once for all open streams of this node. */
export async function openLive(kernel: Kernel): Promise<LiveStream> {
  const subscribers = new Set<Subscriber>();
  let position = await readHead(kernel);

  async function pass(): Promise<number> {
    const head = await readHead(kernel);
    if (head.epoch !== position.epoch) {
      position = head;
      for (const subscriber of subscribers) hand(subscriber, head.seq, { kind: 'resync', id: idOf(head) });
      return 1000;
    }
    if (head.seq === position.seq) return 1000;
    const rows = await readSince(kernel, position.seq);
    for (const row of rows) {
      for (const message of messagesOf(kernel, position.epoch, row)) {
        for (const subscriber of subscribers) if (concerns(row, subscriber.teamId)) hand(subscriber, row.seq, message);
      }
      position = { epoch: position.epoch, seq: row.seq };
    }
    return rows.length === BATCH ? 0 : 1000;
  }

  const loop = startLoop({
    name: 'live',
    clock: kernel.clock,
    most: 1000,
    pass,
    onError: (error) => kernel.log.warn({ err: error }, 'reading the event stream failed'),
  });
  const silence = kernel.signals.on('stream', () => loop.wake());

  return {
    position: () => position,
    async subscribe(teamId, since, tell) {
      const subscriber: Subscriber = { teamId, tell, held: since === undefined ? undefined : [] };
      const end = (): void => void subscribers.delete(subscriber);
      subscribers.add(subscriber);
      if (since === undefined) return end;
      try {
        const told = await catchUp(kernel, position, teamId, since, tell);
        // What was published while the past was read.
        for (const { seq, message } of subscriber.held ?? []) if (seq > told) tell(message);
        subscriber.held = undefined;
        return end;
      } catch (error) {
        end();
        throw error;
      }
    },
    stop() {
      silence();
      return loop.stop();
    },
  };
}

interface Subscriber {
  readonly teamId: string;
  readonly tell: (message: LiveMessage) => void;
  /** Kept back while this one still catches up. */
  held: { readonly seq: number; readonly message: LiveMessage }[] | undefined;
}

function hand({ held, tell }: Subscriber, seq: number, message: LiveMessage): void {
  if (held === undefined) tell(message);
  else held.push({ seq, message });
}

function concerns(row: Published, teamId: string): boolean {
  return row.team_id === null || row.team_id === teamId;
}

function idOf({ epoch, seq }: LivePosition): string {
  return `${epoch}:${seq}`;
}

/** @returns up to which position everything has been told */
async function catchUp(
  kernel: Kernel,
  head: LivePosition,
  teamId: string,
  since: string,
  tell: (message: LiveMessage) => void,
): Promise<number> {
  const [epoch, text] = since.split(':');
  const seq = Number(text);
  const rows =
    epoch === head.epoch && Number.isSafeInteger(seq) && seq <= head.seq ? await readSince(kernel, seq) : undefined;
  const dense =
    rows !== undefined && (rows.length === 0 ? seq === head.seq : rows[0]?.seq === seq + 1) && rows.length < BATCH;
  if (!dense) {
    tell({ kind: 'resync', id: idOf(head) });
    return head.seq;
  }
  for (const row of rows) {
    if (concerns(row, teamId)) for (const message of messagesOf(kernel, head.epoch, row)) tell(message);
  }
  return rows.at(-1)?.seq ?? head.seq;
}

async function readHead(kernel: Kernel): Promise<LivePosition> {
  const [row] = await kernel.db.rows(sql<{ epoch: string; head: number }>`select epoch, head from kernel.stream`);
  return { epoch: row?.epoch ?? '', seq: row?.head ?? 0 };
}

function readSince(kernel: Kernel, seq: number): Promise<Published[]> {
  return kernel.db.rows(sql<Published>`
    select name, team_id, payload, seq from kernel.outbox where seq > ${seq} order by seq limit ${BATCH}`);
}

/** Payloads of an older version that no longer fit are told as a resync: old rows meet new code after an upgrade. */
function messagesOf(kernel: Kernel, epoch: string, row: Published): LiveMessage[] {
  const definition = kernel.events.definition(row.name);
  if (definition?.live === undefined) return [];
  const id = idOf({ epoch, seq: row.seq });
  const payload = definition.schema.safeParse(row.payload);
  if (!payload.success) return [{ kind: 'resync', id }];
  const changes = definition.live(payload.data as never);
  // Whoever got only the first of several changes must come back for the others: the last one carries the position.
  const before = idOf({ epoch, seq: row.seq - 1 });
  return changes.map((change, place) => ({
    kind: 'changed',
    id: place === changes.length - 1 ? id : before,
    rev: row.seq,
    change,
  }));
}
