import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { sql } from '#kernel';
import { clientOf } from '../../kernel/testing/http.ts';
import { runNow } from '../commands/run.ts';
import { openStory } from '../story.fixture.ts';
import { keepOutput, openOutput, readKept } from './output.ts';

test('output of a run is readable on another node while it goes on, and after its end', async () => {
  await using story = await openStory();
  await using other = await story.another();
  const run = await story.do(runNow, await story.create());
  await story.turn();
  const spool = path.join(story.home, 'spool', run);
  const client = clientOf(other, other.localKey);
  writeFileSync(path.join(spool, 'output'), 'first line\n');
  await story.worker.outputPass();
  expect((await client.get(`/runs/${run}/log`)).body).toEqual({
    text: 'first line\n',
    next: 11,
    dropped: 0,
    finished: false,
  });
  writeFileSync(path.join(spool, 'output'), 'first line\nsecond ☃ line\n');
  story.held[0]?.finish();
  await story.settle();
  const rest = await client.get(`/runs/${run}/log?from=11`);
  expect(rest.body).toMatchObject({ text: 'second ☃ line\n', finished: true });
  expect((await client.get(`/runs/${run}/log?from=${rest.body.next}`)).body).toMatchObject({
    text: '',
    finished: true,
  });
  expect(existsSync(spool)).toBe(false);
});

test('output is kept once, though two passes keep it at the same moment', async () => {
  await using story = await openStory();
  const output = openOutput(crypto.randomUUID(), story.home);
  output.write('one ');
  const first = keepOutput(story.kernel, output, false);
  output.write('two ');
  await Promise.all([first, keepOutput(story.kernel, output, false), keepOutput(story.kernel, output, true)]);
  output.write('\0three');
  await keepOutput(story.kernel, output, true);
  expect(await readKept(story.kernel, output.runId, 0)).toMatchObject({ text: 'one two ␀three', dropped: 0 });
});

test('output that could not be kept at the end is kept with the outcome', async () => {
  await using story = await openStory();
  const run = await story.do(runNow, await story.create());
  await story.turn();
  writeFileSync(path.join(story.home, 'spool', run, 'output'), 'all is well\n');
  await story.rows(sql`alter table engine.run_output rename to away`);
  story.held[0]?.finish();
  await story.worker.idle();
  await story.rows(sql`alter table engine.away rename to run_output`);
  await story.settle();
  expect(await readKept(story.kernel, run, 0)).toMatchObject({ text: 'all is well\n' });
});

test('output that a dead incarnation had kept half of is taken up where it stopped', async () => {
  await using story = await openStory();
  const run = await story.do(runNow, await story.create());
  await story.turn();
  const spool = path.join(story.home, 'spool', run);
  writeFileSync(path.join(spool, 'output'), 'first half,');
  await story.worker.outputPass();
  writeFileSync(path.join(spool, 'output'), 'first half, second half');
  await story.killAndRestart();
  expect(await readKept(story.kernel, run, 0)).toMatchObject({ text: 'first half, second half' });
  expect(readdirSync(path.join(story.home, 'spool'))).toEqual([]);
});
