import { expect, test, vi } from 'vitest';
import { clientOf } from '../kernel/testing/http.ts';
import { at, sql } from '#kernel';
import { runNow } from './commands/run.ts';
import { openStory, type Story } from './story.fixture.ts';

/** A run that is over and has printed two pieces, of 6 and 7 bytes. */
async function printed(story: Story): Promise<string> {
  const id = await story.create();
  const run = await story.do(runNow, id);
  story.answer = { result: 'success' };
  await story.turn();
  for (const [from, to, text] of [
    [0, 6, 'first\n'],
    [6, 13, 'second\n'],
  ] as const) {
    await story.kernel.db.run(sql`
      insert into engine.run_output (run_id, from_byte, to_byte, at, text) values (${run}, ${from}, ${to}, ${at(story.clock.now())}, ${text})`);
  }
  return run;
}

test('a log stream sends what is kept, each piece with where it ends, and then that it is over', async () => {
  await using story = await openStory();
  const run = await printed(story);
  const { body } = await clientOf(story, story.localKey).get(`/runs/${run}/log/stream?from=6`);
  expect(body).toContain('id: 13');
  expect(body).toContain(String.raw`"text":"second\n"`);
  expect(body).not.toContain('first');
  expect(body).toContain('event: end');
});

test('a browser that connects again is not told again what it has', async () => {
  await using story = await openStory();
  const run = await printed(story);
  const { body } = await clientOf(story, story.localKey).send('get', `/runs/${run}/log/stream?from=0`, {
    headers: { 'last-event-id': '6' },
  });
  expect(body).toContain('second');
  expect(body).not.toContain('first');
});

test('the stream of a running log ends at its next keep-alive once its token is revoked', async () => {
  await using story = await openStory();
  const id = await story.create();
  const run = await story.do(runNow, id);
  await story.turn();
  const owner = clientOf(story, story.localKey);
  const made = await owner.post('/tokens', { name: 'watcher' });
  const reading = clientOf(story, made.body.token).get(`/runs/${run}/log/stream`);
  const ended = vi.fn<() => void>();
  void reading.then(() => ended());
  const keepAlive = async (): Promise<number> => {
    story.clock.advance(15_000);
    await new Promise((resolve) => setImmediate(resolve));
    return ended.mock.calls.length;
  };
  for (let i = 0; i < 5; i++) expect(await keepAlive()).toBe(0);
  await owner.delete(`/tokens/${made.body.id}`);
  await expect.poll(keepAlive).toBe(1);
});
