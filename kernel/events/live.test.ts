import { expect, test, vi } from 'vitest';
import { SystemClock } from '../clock.ts';
import { at, sql } from '../db/database.ts';
import { buildApp } from '../http/app.ts';
import { newId } from '../id.ts';
import kernelManifest from '../manifest.ts';
import { type Harness, openHarness } from '../testing/harness.ts';
import { ownerOf } from '../testing/http.ts';
import { notesModule } from '../testing/notes.ts';
import type { LiveMessage } from './live.ts';
import { publish } from './outbox.ts';

const TEAM = newId(1);
const OTHER_TEAM = newId(2);

function open(given: Parameters<typeof openHarness>[0] = {}): Promise<Harness> {
  return openHarness({ manifests: [kernelManifest, notesModule()], ...given });
}

async function write({ kernel }: Harness, id: string, team: string | null = TEAM): Promise<void> {
  await kernel.db.transaction((tx) => kernel.events.emit(tx, 'notes.note.written', { id, text: '' }, team));
}

/** Follows the changes of one team. */
async function follow({ kernel }: Harness, since?: string, team = TEAM): Promise<{ told: string[]; last(): string }> {
  const told: string[] = [];
  let last = '';
  await kernel.live.subscribe(team, since, (message: LiveMessage) => {
    last = message.id;
    told.push(message.kind === 'changed' ? message.change.ids.join() : message.kind);
  });
  return { told, last: () => last };
}

/** Everything emitted so far is published, and this node has read it. */
async function caughtUp({ kernel }: Harness): Promise<void> {
  while ((await publish(kernel)) > 0);
  const [stream] = await kernel.db.rows(sql<{ head: number }>`select head from kernel.stream`);
  await vi.waitFor(() => expect(kernel.live.position().seq).toBe(stream?.head));
}

test('an open page is told what changed, in order, with a position each', async () => {
  await using harness = await open();
  const page = await follow(harness);
  await write(harness, 'a');
  await write(harness, 'b');
  await caughtUp(harness);
  expect(page.told).toEqual(['a', 'b']);
  expect(page.last()).toMatch(/^[\da-f-]{36}:2$/);
});

test('a team is told of its own changes and of those that concern everybody', async () => {
  await using harness = await open();
  const page = await follow(harness);
  const other = await follow(harness, undefined, OTHER_TEAM);
  await write(harness, 'ours');
  await write(harness, 'theirs', OTHER_TEAM);
  await write(harness, 'everybody', null);
  await caughtUp(harness);
  expect(page.told).toEqual(['ours', 'everybody']);
  expect(other.told).toEqual(['theirs', 'everybody']);
});

test('who comes back is told exactly what came since', async () => {
  await using harness = await open();
  const page = await follow(harness);
  await write(harness, 'a');
  await caughtUp(harness);
  const since = page.last();
  await write(harness, 'b');
  await write(harness, 'hidden', OTHER_TEAM);
  await write(harness, 'c');
  await caughtUp(harness);
  expect((await follow(harness, since)).told).toEqual(['b', 'c']);
});

test('what is published while the past is still read is told once, after it', async () => {
  await using harness = await open();
  await write(harness, 'a');
  await caughtUp(harness);
  const { db, live } = harness.kernel;
  const read = vi.spyOn(db, 'rows');
  const gate = Promise.withResolvers<void>();
  const readRows = read.getMockImplementation() ?? db.rows;
  // The past has been read, but does not arrive yet.
  read.mockImplementationOnce(async (statement) => {
    const rows = await readRows(statement);
    await gate.promise;
    return rows;
  });
  const told: string[] = [];
  const returning = live.subscribe(TEAM, `${live.position().epoch}:0`, (message) => {
    told.push(message.kind === 'changed' ? message.change.ids.join() : message.kind);
  });
  await write(harness, 'b');
  await caughtUp(harness);
  expect(told).toEqual([]);
  gate.resolve();
  await returning;
  expect(told).toEqual(['a', 'b']);
});

test.for([
  ['of another epoch', () => `${newId(3)}:1`],
  ['ahead of the stream', (epoch: string) => `${epoch}:99`],
  ['that is no position', () => 'garbage'],
  ['whose successor was forgotten', (epoch: string) => `${epoch}:0`],
] as const)('who comes back with a position %s is told to read everything again', async ([, since]) => {
  await using harness = await open();
  await write(harness, 'a');
  await write(harness, 'b');
  await caughtUp(harness);
  await harness.kernel.db.run(sql`delete from kernel.outbox where seq = 1`);
  const { epoch } = harness.kernel.live.position();
  const page = await follow(harness, since(epoch));
  expect(page.told).toEqual(['resync']);
  expect(page.last()).toBe(`${epoch}:2`);
});

test('when the database was restored, every open page is told to read everything again', async () => {
  await using harness = await open();
  const page = await follow(harness);
  await harness.kernel.db.run(sql`update kernel.stream set epoch = ${newId(4)}`);
  harness.kernel.signals.raise('stream');
  await vi.waitFor(() => expect(page.told).toEqual(['resync']));
});

test('an event of an older version that no longer fits is told as "read everything again"', async () => {
  await using harness = await open();
  const page = await follow(harness);
  await harness.kernel.db.run(sql`
    insert into kernel.outbox (id, name, payload, emitted_at) values (${newId(5)}, 'notes.note.written', '{}', ${at(harness.clock.now())})`);
  await caughtUp(harness);
  expect(page.told).toEqual(['resync']);
});

test('who got only the first of several changes of one event comes back for the others', async () => {
  const several = notesModule();
  const definition = several.events?.['notes.note.written'];
  const live = (): { source: string; ids: string[] }[] => ['x', 'y'].map((id) => ({ source: 'notes', ids: [id] }));
  const events = { 'notes.note.written': { ...definition!, live } };
  await using harness = await open({ manifests: [kernelManifest, { ...several, events }] });
  const ids: string[] = [];
  await harness.kernel.live.subscribe(TEAM, undefined, ({ id }) => ids.push(id));
  await write(harness, 'a');
  await caughtUp(harness);
  expect(ids.map((id) => id.split(':')[1])).toEqual(['0', '1']);
  expect((await follow(harness, ids[0])).told).toEqual(['x', 'y']);
});

test('a change on one node is told on another by the database, without waiting for its next look', async () => {
  await using one = await open({ clock: new SystemClock() });
  // Its clock stands still: it looks again only when it is told to.
  await using two = await open({ database: one.database });
  const page = await follow(two);
  await untilListening(two, 2);
  await write(one, 'a');
  await vi.waitFor(() => expect(page.told).toEqual(['a']), 5000);
});

async function untilListening({ kernel }: Harness, nodes: number): Promise<void> {
  await vi.waitFor(async () => {
    const rows = await kernel.db.rows(sql`
      select 1 from pg_stat_activity where datname = current_database() and query = 'listen almanac' and state = 'idle'`);
    expect(rows).toHaveLength(nodes);
  }, 5000);
}

test('over HTTP the stream says hello, tells changes and goes on where Last-Event-ID says', async () => {
  await using harness = await open();
  const { teamId } = await ownerOf(harness);
  const first = await openStream(harness);
  const hello = await first.next('hello');
  expect(hello.id).toBe(`${String(hello.data['epoch'])}:0`);
  await write(harness, 'a', teamId);
  await write(harness, 'b', teamId);
  const told = await first.next('changed');
  expect(told.data).toEqual({ source: 'notes', ids: ['a'], rev: 1 });
  await first.end();

  await caughtUp(harness);
  const second = await openStream(harness, told.id);
  // Only what is told moves the position on, or a broken connection would lose what lies between.
  expect((await second.next('hello')).id).toBeUndefined();
  expect((await second.next('changed')).data).toEqual({ source: 'notes', ids: ['b'], rev: 2 });
  await second.end();
});

interface Told {
  readonly id?: string;
  readonly data: Record<string, unknown>;
}

async function openStream(
  harness: Harness,
  since?: string,
): Promise<{ next(event: string): Promise<Told>; end(): Promise<void> }> {
  const app = buildApp({ kernel: harness.kernel, auth: harness.kernel.auth });
  const headers = { authorization: `Bearer ${harness.localKey}`, ...(since ? { 'last-event-id': since } : {}) };
  const response = await app.request('http://localhost/api/v1/events/stream', { headers });
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  return {
    async next(event) {
      for (;;) {
        const end = text.indexOf('\n\n');
        if (end >= 0) {
          const block = text.slice(0, end);
          text = text.slice(end + 2);
          const field = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
          const id = field('id');
          if (field('event') === event)
            return { ...(id === undefined ? {} : { id }), data: JSON.parse(field('data') ?? '{}') as Told['data'] };
          continue;
        }
        const { value, done } = await reader.read();
        if (done) throw new Error('the stream ended');
        text += value;
      }
    },
    end: () => reader.cancel(),
  };
}
