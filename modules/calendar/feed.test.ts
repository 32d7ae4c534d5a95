import { expect, test } from 'vitest';
import { defineModule } from '#kernel';
import { type Harness, type HarnessOptions, openHarness } from '../../kernel/testing/harness.ts';
import { clientOf, ownerOf, strangerToken, tokenFor } from '../../kernel/testing/http.ts';

const MINUTE = 60_000;

async function openCalendar(options: HarnessOptions = {}): Promise<Harness> {
  const harness = await openHarness(options);
  await ownerOf(harness);
  return harness;
}

function job(name: string, expr: string, more: object = {}): object {
  return {
    name,
    kind: 'command',
    command: { script: 'exit 0' },
    recurrence: { kind: 'cron', expr, zone: 'UTC' },
    ...more,
  };
}

test('what happened comes from the ledger and what is planned from the expansion, on one axis', async () => {
  await using harness = await openCalendar();
  const owner = clientOf(harness, harness.localKey);
  const { body: job4 } = await owner.post('/cron/jobs', job('Every four hours', '0 */4 * * *'));
  await owner.post(`/cron/jobs/${job4.id}/run`);
  const { body } = await owner.get('/ops/calendar/events?view=day');
  expect(body.events).toMatchObject([
    { scheduled_at_local: '2026-11-20T12:00:00+00:00', origin: 'manual', status: 'queued' },
    { scheduled_at_local: '2026-11-20T16:00:00+00:00', origin: 'schedule', status: 'scheduled' },
    { scheduled_at_local: '2026-11-20T20:00:00+00:00', origin: 'schedule', status: 'scheduled' },
  ]);
});

test('a series with eight or more occurrences a day is one lane, and raw gives its occurrences', async () => {
  await using harness = await openCalendar();
  const owner = clientOf(harness, harness.localKey);
  await owner.post('/cron/jobs', job('Poll', '*/5 * * * *'));
  await owner.post('/cron/jobs', job('Backup', '0 3 * * *'));
  const { body } = await owner.get('/ops/calendar/events?view=week');
  expect(body.lanes.map((lane: { title: string; per_day: number }) => [lane.title, lane.per_day])).toEqual([
    ['Poll', 288],
  ]);
  expect(new Set(body.events.map(({ title }: { title: string }) => title))).toEqual(new Set(['Backup']));
  const raw = await owner.get('/ops/calendar/events?view=day&lod=raw');
  expect(raw.body.lanes).toEqual([]);
  expect(raw.body.events.length).toBe(143);
});

test('every advertised action is accepted and every other one is refused with 409', async () => {
  await using harness = await openCalendar();
  const owner = clientOf(harness, harness.localKey);
  await owner.post('/cron/jobs', job('Enabled', '0 15 * * *'));
  const paused = await owner.post('/cron/jobs', job('Paused', '0 16 * * *'));
  await owner.post(`/cron/jobs/${paused.body.id}/pause`, { reason: 'holiday' });
  await owner.post('/cron/jobs', job('Disabled', '0 17 * * *', { disabled: 'not yet' }));
  const running = await owner.post('/cron/jobs', job('Queued', '0 18 * * *'));
  await owner.post(`/cron/jobs/${running.body.id}/run`);
  const { body } = await owner.get('/ops/calendar/events?view=day');
  const all = ['open_logs', 'run_now', 'cancel_run', 'pause', 'resume', 'enable', 'disable'];
  const seen = new Set<string>();
  for (const { event_id: id } of body.events as { event_id: string }[]) {
    for (const action of all) {
      // Each answer depends on what the ones before have done: ask for the event as it is now.
      const now = (await owner.get(`/ops/calendar/events/${id}`)).body.event;
      const answer = await owner.post(`/ops/calendar/events/${id}/action`, { action });
      const advertised = now.actions.includes(action);
      expect([now.title, action, answer.status]).toEqual([
        now.title,
        action,
        advertised ? (action === 'run_now' || action === 'cancel_run' ? 202 : 200) : 409,
      ]);
      if (advertised) seen.add(action);
    }
  }
  expect(seen).toEqual(new Set(['run_now', 'cancel_run', 'pause', 'resume', 'enable', 'disable', 'open_logs']));
});

test('a viewer sees everything and is offered no action; another team sees nothing', async () => {
  await using harness = await openCalendar();
  const owner = clientOf(harness, harness.localKey);
  await owner.post('/cron/jobs', job('Backup', '0 15 * * *'));
  const viewer = clientOf(harness, await tokenFor(harness, 'viewer'));
  const [event] = (await viewer.get('/ops/calendar/events?view=day')).body.events;
  expect(event.actions).toEqual([]);
  expect((await viewer.post(`/ops/calendar/events/${event.event_id}/action`, { action: 'run_now' })).status).toBe(409);
  const stranger = clientOf(harness, await strangerToken(harness));
  expect((await stranger.get('/ops/calendar/events?view=day')).body.events).toEqual([]);
  expect((await stranger.get(`/ops/calendar/events/${event.event_id}`)).status).toBe(404);
  expect((await stranger.post(`/ops/calendar/events/${event.event_id}/action`, { action: 'run_now' })).status).toBe(
    404,
  );
});

test('a raw answer is bounded, says so, and is read on by its cursor without a gap', async () => {
  await using harness = await openCalendar();
  const owner = clientOf(harness, harness.localKey);
  await owner.post('/cron/jobs', job('Tick', '* * * * *'));
  const seen = new Set<string>();
  let path = '/ops/calendar/events?lod=raw&start=2026-11-20T12:00:00Z&end=2026-11-24T12:00:00Z';
  for (let page = 0; path !== '' && page < 5; page++) {
    const { body } = await owner.get(path);
    expect(body.events.length).toBeLessThanOrEqual(5000);
    for (const { event_id: id } of body.events) seen.add(id);
    path = body.truncated ? `/ops/calendar/events?lod=raw&start=${body.cursor}&end=2026-11-24T12:00:00Z` : '';
  }
  // From the minute after the job was made up to, not including, the end.
  expect(seen.size).toBe(4 * 24 * 60 - 1);
});

test('a job that is deleted leaves its past in the calendar, without a future and without actions', async () => {
  await using harness = await openCalendar();
  const owner = clientOf(harness, harness.localKey);
  const { body: made } = await owner.post('/cron/jobs', job('Backup', '0 15 * * *'));
  const { body: run } = await owner.post(`/cron/jobs/${made.id}/run`);
  await owner.post(`/runs/${run.run_id}/cancel`);
  await owner.delete(`/cron/jobs/${made.id}`);
  const { body } = await owner.get('/ops/calendar/events?view=day');
  expect(body.events).toMatchObject([{ title: 'Backup', status: 'cancelled', actions: [] }]);
  const details = await owner.get(`/ops/calendar/events/${body.events[0].event_id}`);
  expect(details).toMatchObject({ status: 200, body: { next: [] } });
});

test('a source that fails is an entry in the answer and never a failed page', async () => {
  const broken = defineModule({
    name: 'broken',
    version: '0.1.0',
    summary: 'A source that throws',
    needs: ['engine'],
    installable: false,
    autoInstall: true,
    removable: false,
    permissions: {},
    fills: {
      'calendar.source': () => [
        {
          id: 'broken',
          label: 'Broken',
          read: () => Promise.reject(new Error('no answer')),
          summarise: () => Promise.reject(new Error('no answer')),
          detail: () => Promise.reject(new Error('no answer')),
          act: () => Promise.reject(new Error('no answer')),
        },
      ],
    },
  });
  await using harness = await openCalendar({ extra: [broken] });
  const owner = clientOf(harness, harness.localKey);
  await owner.post('/cron/jobs', job('Backup', '0 15 * * *'));
  const { status, body } = await owner.get('/ops/calendar/events?view=day');
  expect(status).toBe(200);
  expect(body.sources).toEqual([
    { id: 'broken', ok: false, error: 'no answer' },
    { id: 'cron', ok: true },
  ]);
  expect(body.events).toHaveLength(1);
});

test.each([
  ['timezone=Mars/Phobos', 'timezone'],
  ['start=2026-11-20T00:00:00Z&end=2026-11-19T00:00:00Z', 'end'],
  ['source=crn', 'source'],
  ['status=broken', 'status'],
  ['view=month', 'view'],
  ['zone=UTC', 'zone'],
])('%s is refused by naming %s', async (query, field) => {
  await using harness = await openCalendar();
  const { status, body } = await clientOf(harness, harness.localKey).get(`/ops/calendar/events?${query}`);
  expect([status, body.field]).toEqual([422, field]);
});

test('an unchanged feed is answered with 304 to its tag, and a change gives it another', async () => {
  await using harness = await openCalendar();
  const owner = clientOf(harness, harness.localKey);
  const { body } = await owner.post('/cron/jobs', job('Backup', '0 15 * * *'));
  const first = await owner.get('/ops/calendar/events?view=day');
  const tag = first.headers.get('etag') ?? '';
  const again = await owner.send('get', '/ops/calendar/events?view=day', { headers: { 'if-none-match': tag } });
  expect(again.status).toBe(304);
  await owner.post(`/cron/jobs/${body.id}/pause`, {});
  const changed = await owner.send('get', '/ops/calendar/events?view=day', { headers: { 'if-none-match': tag } });
  expect(changed.status).toBe(200);
});

test('reading the calendar writes nothing', async () => {
  await using harness = await openCalendar();
  const owner = clientOf(harness, harness.localKey);
  await owner.post('/cron/jobs', job('Poll', '*/5 * * * *'));
  harness.clock.advance(60 * MINUTE);
  const contents = async (): Promise<unknown> => {
    const { rows } = await harness.kernel.db.pool.query(`
      select (select count(*) from engine.occurrence) as occurrences, (select count(*) from engine.live_run) as live,
        (select jsonb_agg(t) from engine.trigger t) as triggers, (select count(*) from kernel.outbox) as events,
        (select count(*) from kernel.audit_entry) as audit, (select count(*) from engine.missed_item) as missed`);
    return rows;
  };
  const before = await contents();
  await owner.get('/ops/calendar/events');
  expect(await contents()).toEqual(before);
});
