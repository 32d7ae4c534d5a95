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
  const subscribers = new Set<{ teamId: string; tell: (message: LiveMessage) => void }>();
  let position = await readHead(kernel);

  async function pass(): Promise<number> {
    const head = await readHead(kernel);
    if (head.epoch !== position.epoch) {
      position = head;
      for (const { tell } of subscribers) tell({ kind: 'resync', id: `${head.epoch}:${head.seq}` });
      return 1000;
    }
    if (head.seq === position.seq) return 1000;
    const rows = await readSince(kernel, position.seq);
    for (const row of rows) {
      for (const message of messagesOf(kernel, position.epoch, row)) {
        for (const { teamId, tell } of subscribers) if (row.team_id === null || row.team_id === teamId) tell(message);
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
    onError: (error) => kernel.log.warn({ error }, 'reading the event stream failed'),
  });
  const silence = kernel.signals.on('stream', () => loop.wake());

  return {
    position: () => position,
    async subscribe(teamId, since, tell) {
      const subscriber = { teamId, tell };
      if (since !== undefined) await catchUp(kernel, position, teamId, since, tell);
      subscribers.add(subscriber);
      return () => void subscribers.delete(subscriber);
    },
    stop() {
      silence();
      return loop.stop();
    },
  };
}

async function catchUp(kernel: Kernel, head: LivePosition, teamId: string, since: string, tell: (message: LiveMessage) => void): Promise<void> {
  const [epoch, text] = since.split(':');
  const seq = Number(text);
  const rows = epoch === head.epoch && Number.isSafeInteger(seq) && seq <= head.seq ? await readSince(kernel, seq) : undefined;
  const dense = rows !== undefined && (rows.length === 0 ? seq === head.seq : rows[0]?.seq === seq + 1) && rows.length < BATCH;
  if (!dense) return tell({ kind: 'resync', id: `${head.epoch}:${head.seq}` });
  for (const row of rows) {
    if (row.team_id !== null && row.team_id !== teamId) continue;
    for (const message of messagesOf(kernel, head.epoch, row)) tell(message);
  }
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
  const id = `${epoch}:${row.seq}`;
  const payload = definition.schema.safeParse(row.payload);
  if (!payload.success) return [{ kind: 'resync', id }];
  return definition.live(payload.data as never).map((change) => ({ kind: 'changed', id, rev: row.seq, change }));
}
