import { expect, test } from 'vitest';
import { openHarness } from '../../../kernel/testing/harness.ts';
import { clientOf, ownerOf, tokenFor } from '../../../kernel/testing/http.ts';

const crontab = `SHELL=/bin/bash
MAILTO=ops@example.org
# Nightly backup
30 2 * * * /usr/local/bin/backup.sh --all
CRON_TZ=America/Chicago
*/5 * * * * curl -fsS http://localhost/health
0 9 * * 1-5 mail -s report ops%Good morning%
@reboot /opt/agent start
61 * * * * broken
`;

test('the preview says for every line what would become of it and changes nothing', async () => {
  await using harness = await openHarness();
  await ownerOf(harness);
  const owner = clientOf(harness, harness.localKey);
  const { status, body } = await owner.post('/cron/import/crontab/preview', { text: crontab, zone: 'Europe/Madrid' });
  expect(status).toBe(200);
  expect(
    body.items.map((item: { line: number; zone: string; importable: boolean }) => [
      item.line,
      item.zone,
      item.importable,
    ]),
  ).toEqual([
    [4, 'Europe/Madrid', true],
    [6, 'America/Chicago', true],
    [7, 'America/Chicago', true],
    [8, 'America/Chicago', false],
    [9, expect.any(String), false],
  ]);
  expect(body.items[0]).toMatchObject({
    name: 'Nightly backup',
    command: '/usr/local/bin/backup.sh --all',
    next: expect.arrayContaining(['2026-11-21T01:30:00.000Z']),
  });
  expect(body.items[2]).toMatchObject({ command: 'mail -s report ops', stdin: 'Good morning\n' });
  expect((await owner.get('/cron/jobs')).body.items).toEqual([]);
});

test('an import makes a job of every importable line, and a second one makes none twice', async () => {
  await using harness = await openHarness();
  await ownerOf(harness);
  const owner = clientOf(harness, harness.localKey);
  const first = await owner.post('/cron/import/crontab', { text: crontab, zone: 'Europe/Madrid', mode: 'take_over' });
  expect(first.status).toBe(201);
  expect(first.body.imported.map(({ line }: { line: number }) => line)).toEqual([4, 6, 7]);
  expect(first.body.left.map(({ line }: { line: number }) => line)).toEqual([8, 9]);
  const { items } = (await owner.get('/cron/jobs')).body;
  expect(items).toHaveLength(3);
  expect(items.every(({ state }: { state: string }) => state === 'enabled')).toBe(true);
  const second = await owner.post('/cron/import/crontab', { text: crontab, zone: 'Europe/Madrid', mode: 'take_over' });
  expect(second.body.imported).toEqual([]);
  expect((await owner.get('/cron/jobs')).body.items).toHaveLength(3);
});

test('observed lines become disabled jobs that say why, so that nothing runs twice', async () => {
  await using harness = await openHarness();
  await ownerOf(harness);
  const owner = clientOf(harness, harness.localKey);
  await owner.post('/cron/import/crontab', { text: crontab, zone: 'UTC', mode: 'observe', lines: [4] });
  const { items } = (await owner.get('/cron/jobs')).body;
  expect(items).toHaveLength(1);
  expect(items[0]).toMatchObject({
    state: 'disabled',
    pause: { reason: expect.stringContaining('cron still runs this line') },
  });
});

test('a wished line that cannot be imported stops the whole import', async () => {
  await using harness = await openHarness();
  await ownerOf(harness);
  const owner = clientOf(harness, harness.localKey);
  const answer = await owner.post('/cron/import/crontab', {
    text: crontab,
    zone: 'UTC',
    mode: 'take_over',
    lines: [4, 9],
  });
  expect(answer).toMatchObject({ status: 422, body: { field: 'lines' } });
  expect((await owner.get('/cron/jobs')).body.items).toEqual([]);
});

test('importing needs the permission to write commands', async () => {
  await using harness = await openHarness();
  const operator = clientOf(harness, await tokenFor(harness, 'operator'));
  expect((await operator.post('/cron/import/crontab/preview', { text: crontab })).status).toBe(403);
});
