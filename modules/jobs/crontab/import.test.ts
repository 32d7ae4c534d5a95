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

type Named = { id: string; name: string; state: string; pause?: { reason?: string } };

async function jobsOf(owner: ReturnType<typeof clientOf>): Promise<Named[]> {
  return (await owner.get('/cron/jobs')).body.items as Named[];
}

test('observed lines can be taken over later: their jobs are enabled, and none is made twice', async () => {
  await using harness = await openHarness();
  await ownerOf(harness);
  const owner = clientOf(harness, harness.localKey);
  const source = { text: crontab, zone: 'UTC' };
  await owner.post('/cron/import/crontab', { ...source, mode: 'observe' });
  const jobs = await jobsOf(owner);
  expect((await owner.post('/cron/import/crontab', { ...source, mode: 'observe' })).body.imported).toEqual([]);
  const [item] = (await owner.post('/cron/import/crontab/preview', source)).body.items;
  expect(item).toMatchObject({ importable: true, job_id: jobs.find(({ name }) => name === 'Nightly backup')?.id });
  expect(item.warnings[0]).toContain('taking it over enables the job Nightly backup');
  const { imported } = (await owner.post('/cron/import/crontab', { ...source, mode: 'take_over' })).body;
  expect(imported.map(({ made }: { made: boolean }) => made)).toEqual([false, false, false]);
  expect(imported.map(({ id }: Named) => id).sort()).toEqual(jobs.map(({ id }) => id).sort());
  expect((await jobsOf(owner)).map(({ state }) => state)).toEqual(['enabled', 'enabled', 'enabled']);
});

test('prepared jobs wait until they are taken over, all or none', async () => {
  await using harness = await openHarness();
  await ownerOf(harness);
  const owner = clientOf(harness, harness.localKey);
  const { imported } = (await owner.post('/cron/import/crontab', { text: crontab, zone: 'UTC', mode: 'prepare' })).body;
  const ids = imported.map(({ id }: Named) => id) as string[];
  expect((await jobsOf(owner)).map(({ state, pause }) => [state, pause?.reason?.slice(0, 20)])).toEqual(
    ids.map(() => ['disabled', 'Waiting for its line']),
  );
  const missing = '00000000-0000-7000-8000-000000000000';
  const takeOver = (body: object): ReturnType<typeof owner.post> => owner.post('/cron/import/crontab/take-over', body);
  expect((await takeOver({ ids: [...ids, missing] })).status).toBe(404);
  expect((await takeOver({ ids, more: 1 })).status).toBe(422);
  expect((await jobsOf(owner)).map(({ state }) => state)).toEqual(ids.map(() => 'disabled'));
  expect((await takeOver({ ids })).body.enabled).toHaveLength(3);
  expect((await takeOver({ ids })).body.enabled).toEqual([]);
  expect((await jobsOf(owner)).map(({ state }) => state)).toEqual(ids.map(() => 'enabled'));
});

test('what a person disabled is neither given back again nor taken over', async () => {
  await using harness = await openHarness();
  await ownerOf(harness);
  const owner = clientOf(harness, harness.localKey);
  const source = { text: crontab, zone: 'UTC', mode: 'take_over' };
  const { imported } = (await owner.post('/cron/import/crontab', source)).body;
  const ids = imported.map(({ id }: Named) => id) as string[];
  await owner.post(`/cron/jobs/${ids[0]}/disable`, { reason: 'not wanted' });
  const back = await owner.post('/cron/import/crontab/give-back', { ids });
  expect(back.body.disabled.map(({ id, was }: { id: string; was: string }) => [id, was])).toEqual(
    ids.slice(1).map((id) => [id, 'enabled']),
  );
  const reasons = Object.fromEntries((await jobsOf(owner)).map(({ id, pause }) => [id, pause?.reason]));
  expect(ids.map((id) => reasons[id])).toEqual([
    'not wanted',
    ...ids.slice(1).map(() => expect.stringContaining('Given back')),
  ]);
  expect(await owner.post('/cron/import/crontab/take-over', { ids })).toMatchObject({
    status: 409,
    body: { code: 'disabled_by_person', detail: expect.stringContaining('Nightly backup') },
  });
  expect((await jobsOf(owner)).map(({ state }) => state)).toEqual(ids.map(() => 'disabled'));
  const again = await owner.post('/cron/import/crontab', source);
  expect(again.body.imported.map(({ id }: Named) => id)).toEqual(ids.slice(1));
});

test('only jobs of crontabs are taken over and given back', async () => {
  await using harness = await openHarness();
  await ownerOf(harness);
  const owner = clientOf(harness, harness.localKey);
  const job = await owner.post('/cron/jobs', {
    name: 'by hand',
    kind: 'command',
    command: { script: 'true' },
    recurrence: { kind: 'cron', expr: '0 5 * * *', zone: 'UTC' },
  });
  expect(job.status).toBe(201);
  for (const verb of ['take-over', 'give-back']) {
    const answer = await owner.post(`/cron/import/crontab/${verb}`, { ids: [job.body.id] });
    expect(answer).toMatchObject({ status: 422, body: { field: 'ids' } });
  }
  expect((await jobsOf(owner))[0]?.state).toBe('enabled');
});

test('a text with a user column is not imported as if its users were commands', async () => {
  await using harness = await openHarness();
  await ownerOf(harness);
  const owner = clientOf(harness, harness.localKey);
  const text = '17 * * * * root cd /\n25 6 * * * nobody /opt/a.sh\n30 6 * * * gone-away /opt/b.sh\n';
  const refused = {
    status: 422,
    body: { code: 'user_column', field: 'system', hint: expect.stringContaining('--system') },
  };
  expect(await owner.post('/cron/import/crontab/preview', { text })).toMatchObject(refused);
  expect(await owner.post('/cron/import/crontab', { text, mode: 'observe' })).toMatchObject(refused);
  const told = await owner.post('/cron/import/crontab/preview', { text, system: true });
  expect(told.body.items[0]).toMatchObject({ user: 'root', command: 'cd /' });
  const command = await owner.post('/cron/import/crontab/preview', { text, system: false });
  expect(command.body.items[0]).toMatchObject({ command: 'root cd /' });
});

test('imports at the same time make no job twice, and none of them fails', async () => {
  await using harness = await openHarness();
  await ownerOf(harness);
  const owner = clientOf(harness, harness.localKey);
  const wish = { text: crontab, zone: 'UTC', mode: 'observe' };
  const answers = await Promise.all([1, 2, 3, 4].map(() => owner.post('/cron/import/crontab', wish)));
  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
  expect(await jobsOf(owner)).toHaveLength(3);
});

test('importing needs the permission to write commands', async () => {
  await using harness = await openHarness();
  const operator = clientOf(harness, await tokenFor(harness, 'operator'));
  expect((await operator.post('/cron/import/crontab/preview', { text: crontab })).status).toBe(403);
  for (const verb of ['take-over', 'give-back']) {
    const ids = ['00000000-0000-7000-8000-000000000000'];
    expect((await operator.post(`/cron/import/crontab/${verb}`, { ids })).status).toBe(403);
  }
});
