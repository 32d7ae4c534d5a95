import { expect, test } from 'vitest';
import { openHarness, type Harness } from '../../kernel/testing/harness.ts';
import { type Answer, clientOf, ownerOf, strangerToken, tokenFor } from '../../kernel/testing/http.ts';

async function openTeam(): Promise<Harness> {
  const harness = await openHarness();
  await ownerOf(harness);
  return harness;
}

const backup = {
  name: 'Backup',
  kind: 'command',
  command: { script: 'pg_dump app > /backup/app.sql' },
  recurrence: { kind: 'cron', expr: '30 2 * * *', zone: 'Europe/Madrid' },
};

test('a job is made, read, listed, changed and deleted, each with an audit entry', async () => {
  await using harness = await openTeam();
  const owner = clientOf(harness, harness.localKey);
  const made = await owner.post('/cron/jobs', backup);
  expect(made.status).toBe(201);
  expect(made.body).toMatchObject({
    name: 'Backup',
    words: 'At 02:30',
    state: 'enabled',
    next_at: '2026-11-21T01:30:00.000Z',
    version: 1,
    recent: [],
  });
  expect((await owner.get(`/cron/jobs/${made.body.id}`)).body).toEqual(made.body);
  const changed = await owner.patch(`/cron/jobs/${made.body.id}`, {
    name: 'Nightly backup',
    recurrence: { kind: 'cron', expr: '0 4 * * *', zone: 'Europe/Madrid' },
  });
  expect(changed.body).toMatchObject({ name: 'Nightly backup', next_at: '2026-11-21T03:00:00.000Z', version: 2 });
  expect((await owner.get('/cron/jobs')).body.items).toEqual([changed.body]);
  expect((await owner.delete(`/cron/jobs/${made.body.id}`)).status).toBe(204);
  expect((await owner.get(`/cron/jobs/${made.body.id}`)).status).toBe(404);
  const audit = await owner.get('/audit');
  expect(audit.body.items.map(({ action }: { action: string }) => action)).toEqual([
    'job.deleted',
    'trigger.deleted',
    'trigger.edited',
    'job.created',
    'trigger.created',
  ]);
});

test('a change on an old version is refused as stale and changes nothing', async () => {
  await using harness = await openTeam();
  const owner = clientOf(harness, harness.localKey);
  const { body } = await owner.post('/cron/jobs', backup);
  await owner.patch(`/cron/jobs/${body.id}`, { name: 'First' });
  const second = await owner.patch(`/cron/jobs/${body.id}`, { name: 'Second', expected_version: 1 });
  expect(second).toMatchObject({ status: 409, body: { code: 'stale', version: 2 } });
  expect((await owner.get(`/cron/jobs/${body.id}`)).body.name).toBe('First');
});

test.each([
  ['an unknown field', { ...backup, nmae: 'x' }, 'nmae', 'Did you mean name?'],
  ['an unknown field inside', { ...backup, command: { skript: 'x' } }, 'command.skript', 'Did you mean script?'],
  ['no name', { ...backup, name: '  ' }, 'name', undefined],
  [
    'a minute 75',
    { ...backup, recurrence: { kind: 'cron', expr: '75 2 * * *', zone: 'UTC' } },
    'recurrence.expr',
    undefined,
  ],
  [
    'an unknown zone',
    { ...backup, recurrence: { kind: 'cron', expr: '5 2 * * *', zone: 'Mars/Phobos' } },
    'recurrence.zone',
    undefined,
  ],
  [
    '30 February',
    { ...backup, recurrence: { kind: 'cron', expr: '0 0 30 2 *', zone: 'UTC' } },
    'recurrence.expr',
    undefined,
  ],
  [
    'an instant that is past',
    { ...backup, recurrence: { kind: 'at', at: '2026-11-20T11:00:00.000Z', zone: 'UTC' } },
    'recurrence.at',
    'Choose an instant or a rule that lies ahead.',
  ],
  [
    'every second',
    { ...backup, recurrence: { kind: 'every', every: 'PT1S', zone: 'UTC' } },
    'recurrence.every',
    'At least 60 s must lie between two firings.',
  ],
  ['script and argv', { ...backup, command: { script: 'x', argv: ['x'] } }, 'command.script', undefined],
  [
    'a header with a line break',
    { ...backup, kind: 'http', command: undefined, http: { url: 'https://example.org', headers: { a: 'b\r\nc: d' } } },
    'http.headers.a',
    undefined,
  ],
  [
    'a framing header',
    {
      ...backup,
      kind: 'http',
      command: undefined,
      http: { url: 'https://example.org', headers: { 'Content-Length': '3' } },
    },
    'http.headers.Content-Length',
    undefined,
  ],
  [
    'a variable of the run',
    { ...backup, command: { script: 'x', env: { ALMANAC_RUN_ID: 'x' } } },
    'command.env.ALMANAC_RUN_ID',
    undefined,
  ],
  ['a NUL in a command', { ...backup, command: { script: 'echo \0' } }, 'command.script', undefined],
])('%s is refused by naming the field, and nothing is made', async (_what, body, field, hint) => {
  await using harness = await openTeam();
  const owner = clientOf(harness, harness.localKey);
  const answer = await owner.post('/cron/jobs', body);
  expect(answer).toMatchObject({ status: 422, body: { field, ...(hint === undefined ? {} : { hint }) } });
  expect((await owner.get('/cron/jobs')).body.items).toEqual([]);
});

test('pausing keeps the reason and resuming plans from now on; a wrong state is 409', async () => {
  await using harness = await openTeam();
  const owner = clientOf(harness, harness.localKey);
  const { body } = await owner.post('/cron/jobs', backup);
  const paused = await owner.post(`/cron/jobs/${body.id}/pause`, {
    reason: 'migration',
    until: '2026-12-01T00:00:00Z',
  });
  expect(paused.body).toMatchObject({
    state: 'paused',
    pause: { reason: 'migration', by: 'Command line on this machine', until: '2026-12-01T00:00:00.000Z' },
  });
  expect((await owner.post(`/cron/jobs/${body.id}/enable`, {})).status).toBe(409);
  expect((await owner.post(`/cron/jobs/${body.id}/resume`, {})).body.state).toBe('enabled');
  expect((await owner.post(`/cron/jobs/${body.id}/pause`, { until: '2020-01-01T00:00:00Z' })).body.field).toBe('until');
});

test('run now answers 202 with the run, and 409 with the same run while it goes on', async () => {
  await using harness = await openTeam();
  const owner = clientOf(harness, harness.localKey);
  const { body } = await owner.post('/cron/jobs', backup);
  const first = await owner.post(`/cron/jobs/${body.id}/run`);
  expect(first.status).toBe(202);
  const second = await owner.post(`/cron/jobs/${body.id}/run`);
  expect(second).toMatchObject({ status: 409, body: { code: 'already_running', run_id: first.body.run_id } });
  expect((await owner.get(`/runs/${first.body.run_id}`)).body).toMatchObject({
    title: 'Backup',
    cause: 'manual',
    status: 'queued',
  });
});

test('edits at the same moment each keep what the others changed', async () => {
  await using harness = await openTeam();
  const owner = clientOf(harness, harness.localKey);
  const { body } = await owner.post('/cron/jobs', backup);
  const changes = { name: 'Renamed', description: 'Every night', tags: ['db'], command: { script: 'new' } };
  await Promise.all(
    Object.entries(changes).map(([field, value]) => owner.patch(`/cron/jobs/${body.id}`, { [field]: value })),
  );
  expect((await owner.get(`/cron/jobs/${body.id}`)).body).toMatchObject({ ...changes, version: 5 });
});

test('If-Match is the version that a change expects', async () => {
  await using harness = await openTeam();
  const owner = clientOf(harness, harness.localKey);
  const { body } = await owner.post('/cron/jobs', backup);
  const change = (match: string): Promise<Answer> =>
    owner.send('patch', `/cron/jobs/${body.id}`, {
      headers: { 'if-match': match, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'Changed' }),
    });
  expect((await change('"1"')).status).toBe(200);
  expect(await change('"1"')).toMatchObject({ status: 409, body: { code: 'stale' } });
  expect(await change('yes')).toMatchObject({ status: 422, body: { field: 'If-Match' } });
});

test('an instant may be written with or without fractions, in any offset', async () => {
  await using harness = await openTeam();
  const owner = clientOf(harness, harness.localKey);
  for (const at of ['2030-01-01T00:00:00Z', '2030-01-01T01:00:00+01:00', '2030-01-01T00:00:00.000Z']) {
    const { body } = await owner.post('/cron/jobs', { ...backup, recurrence: { kind: 'at', at, zone: 'UTC' } });
    expect(body.next_at).toBe('2030-01-01T00:00:00.000Z');
  }
});

test('who may not write jobs is told the names of variables and headers, never their values', async () => {
  await using harness = await openTeam();
  const owner = clientOf(harness, harness.localKey);
  const { body } = await owner.post('/cron/jobs', {
    ...backup,
    command: { script: 'deploy', env: { TOKEN: 'hunter2' } },
  });
  expect(body.command.env).toEqual({ TOKEN: 'hunter2' });
  const viewer = clientOf(harness, await tokenFor(harness, 'viewer'));
  const seen = await viewer.get('/cron/jobs');
  expect(seen.body.items[0].command.env).toEqual({ TOKEN: '[hidden]' });
  expect(JSON.stringify(seen.body)).not.toContain('hunter2');
});

test('a setting http_allow that cannot be read stops the start and says so', async () => {
  await expect(openHarness({ config: { http_allow: ['10.0.0.0/99'] } })).rejects.toMatchObject({
    code: 'invalid_config',
    field: 'http_allow',
  });
});

test('asking twice with one Idempotency-Key is one run, also after it is over', async () => {
  await using harness = await openTeam();
  const owner = clientOf(harness, harness.localKey);
  const { body } = await owner.post('/cron/jobs', backup);
  const ask = (key: string): Promise<Answer> =>
    owner.send('post', `/cron/jobs/${body.id}/run`, { headers: { 'idempotency-key': key } });
  const first = await ask('deploy-42');
  expect(await ask('deploy-42')).toMatchObject({ status: 202, body: first.body });
  expect((await ask('deploy-43')).status).toBe(409);
  expect((await ask('')).body.field).toBe('Idempotency-Key');
  await owner.post(`/runs/${first.body.run_id}/cancel`);
  expect(await ask('deploy-42')).toMatchObject({ status: 202, body: first.body });
  const { body: day } = await owner.get('/ops/calendar/events?view=day');
  expect(day.events).toMatchObject([{ origin: 'manual', status: 'cancelled' }]);
});

test('an operator runs and pauses but may not write commands; a viewer only looks; another team finds nothing', async () => {
  await using harness = await openTeam();
  const owner = clientOf(harness, harness.localKey);
  const { body } = await owner.post('/cron/jobs', backup);
  const operator = clientOf(harness, await tokenFor(harness, 'operator'));
  expect(await operator.post('/cron/jobs', backup)).toMatchObject({ status: 403, body: { field: 'kind' } });
  expect(await operator.patch(`/cron/jobs/${body.id}`, { command: { script: 'rm -rf /' } })).toMatchObject({
    status: 403,
  });
  expect((await operator.post(`/cron/jobs/${body.id}/pause`, {})).status).toBe(200);
  const viewer = clientOf(harness, await tokenFor(harness, 'viewer'));
  expect((await viewer.get(`/cron/jobs/${body.id}`)).status).toBe(200);
  expect((await viewer.post(`/cron/jobs/${body.id}/resume`, {})).status).toBe(403);
  const stranger = clientOf(harness, await strangerToken(harness));
  for (const path of ['', '/runs']) expect((await stranger.get(`/cron/jobs/${body.id}${path}`)).status).toBe(404);
  for (const verb of ['run', 'pause', 'disable'])
    expect((await stranger.post(`/cron/jobs/${body.id}/${verb}`, {})).status).toBe(404);
  expect((await stranger.patch(`/cron/jobs/${body.id}`, { name: 'mine' })).status).toBe(404);
  expect((await stranger.delete(`/cron/jobs/${body.id}`)).status).toBe(404);
});
