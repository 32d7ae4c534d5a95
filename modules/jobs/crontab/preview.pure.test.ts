import { expect, test } from 'vitest';
import { definitionShape } from '../definition.ts';
import { systemCrontab, userCrontab } from './crontab.fixture.ts';
import { type PreviewItem, type PreviewOptions, previewCrontab } from './preview.ts';

const now = Temporal.Instant.from('2026-01-10T12:00:00Z').epochMilliseconds;
const options: PreviewOptions = { zone: 'America/Chicago', now };

function first(text: string, changes: Partial<PreviewOptions> = {}): PreviewItem {
  const item = previewCrontab(text, { ...options, ...changes }).items[0];
  if (item === undefined) throw new Error('there is no item');
  return item;
}

const iso = (instant: number): string => Temporal.Instant.fromEpochMilliseconds(instant).toString();

test('an entry shows its words, its next instants and what would be carried out', () => {
  const item = first('MAILTO=""\nSHELL=/bin/bash\n# Nightly backup\n30 2 * * 1-5 /opt/backup.sh\n', { user: 'bob' });
  expect(item).toMatchObject({
    line: 4,
    name: 'Nightly backup',
    schedule: '30 2 * * 1-5',
    recurrence: { kind: 'cron', expr: '30 2 * * 1-5', dialect: 'vixie', zone: 'America/Chicago' },
    words: 'At 02:30, Monday to Friday',
    zone: 'America/Chicago',
    command: '/opt/backup.sh',
    user: 'bob',
    importable: true,
    definition: {
      kind: 'command',
      command: {
        script: '/opt/backup.sh',
        shell: '/bin/bash',
        env: { PATH: '/usr/bin:/bin', MAILTO: '' },
        user: 'bob',
      },
    },
  });
  expect(item.next.map(iso)).toEqual(['2026-01-12T08:30:00Z', '2026-01-13T08:30:00Z', '2026-01-14T08:30:00Z']);
  expect(item.reason).toBeUndefined();
});

test('every line of the fixtures is told, and each importable one makes a valid job', () => {
  for (const { items, count } of [
    { items: previewCrontab(userCrontab, options).items, count: 21 },
    { items: previewCrontab(systemCrontab, { ...options, system: true }).items, count: 6 },
  ]) {
    expect(items.filter(({ importable }) => importable)).toHaveLength(count);
    expect(new Set(items.map(({ key }) => key)).size).toBe(items.length);
    expect(new Set(items.map(({ name }) => name)).size).toBe(items.length);
    for (const { importable, definition, reason } of items) {
      expect(importable ? definitionShape.safeParse(definition).success : reason !== '').toBe(true);
    }
  }
});

test('names are taken from comments, tools and commands', () => {
  expect(previewCrontab(userCrontab, options).items.map(({ name }) => name)).toEqual([
    'Nightly backup of the shop',
    'pg_dump shop',
    'pg_dump crm',
    'artisan schedule:run',
    'check-queue',
    'refresh.py',
    'sync.sh both',
    'send.sh Numbers of today',
    'renew certificates',
    'mail joe',
    'tar czf /etc',
    'invoices.sh',
    'cleanup.sh',
    'find /var/log/shop',
    'curl hc.example.com',
    'Report of the month',
    'worker',
    'new-year.sh',
    'vacuum.sh',
    'Opening of the branch in Tokyo',
    'Line 38',
    'Line 39',
    'vacuum.sh (2)',
    'true',
  ]);
});

test('a zone of the crontab is the zone of the job', () => {
  const item = first('CRON_TZ=Asia/Tokyo\n0 9 * * * a\n');
  expect(item).toMatchObject({ zone: 'Asia/Tokyo', recurrence: { zone: 'Asia/Tokyo' } });
  expect(iso(item.next[0] ?? 0)).toBe('2026-01-11T00:00:00Z');
});

test.each([
  ['* * * * *', ['It runs every minute, 1,440 times a day: it is shown as one lane, not as single cards.']],
  ['* 3 * * *', ['The minute is *, so it runs at every minute of the hours 3; write 0 for once an hour.']],
  [
    '0 12 13 * 5',
    ['Day of month 13 and weekday 5 are both set: cron runs it when either of them fits, not only when both do.'],
  ],
  ['0 12 */2 * 5', ['Day of month */2 and weekday 5 are both set: cron runs it only when both fit.']],
  [
    '30 2 * * *',
    ['On 2026-03-08 the clocks of America/Chicago go from 02:00 to 03:00: the run planned for 02:30 starts at 03:00.'],
  ],
  [
    '*/20 2 * * *',
    ['On 2026-03-08 the clocks of America/Chicago go from 02:00 to 03:00: the run planned for 02:00 is left out.'],
  ],
  [
    '0 */2 * * *',
    ['On 2026-03-08 the clocks of America/Chicago go from 02:00 to 03:00: the run planned for 02:00 is left out.'],
  ],
  ['30 2 * * 1-5', []],
  ['30 3 * * *', []],
  ['*/5 * * * *', []],
  ['@hourly', []],
  ['0 12 * * 5', []],
])('%s warns of %j', (schedule, warnings) => {
  expect(first(`${schedule} a\n`).warnings).toEqual(warnings);
});

test('what warns of a gap is what really happens', () => {
  const told = (schedule: string): string[] =>
    first(`${schedule} a\n`, { now: Temporal.Instant.from('2026-03-08T07:00:00Z').epochMilliseconds }).next.map(iso);
  expect(told('30 2 * * *')[0]).toBe('2026-03-08T08:00:00Z');
  expect(told('0 */2 * * *')[0]).toBe('2026-03-08T09:00:00Z');
});

test('a zone without summer time knows no gap', () => {
  expect(first('30 2 * * *  a\n', { zone: 'UTC' }).warnings).toEqual([]);
});

test('the same line twice is told, and both can be told apart', () => {
  const { items } = previewCrontab('0 5 * * * a\n0 5 * * * a\n0 6 * * * a\n', options);
  expect(items.map(({ warnings }) => warnings)).toEqual([[], ['The same as line 1: cron runs both.'], []]);
  expect(items.map(({ name }) => name)).toEqual(['a', 'a (2)', 'a (3)']);
  expect(new Set(items.map(({ key }) => key)).size).toBe(3);
});

test('what was imported already is not imported again, wherever the line stands now', () => {
  const { key } = first('0 5 * * * /opt/a.sh\n', { user: 'bob' });
  const imported = new Map([[key, { id: 'j1', name: 'Morning job', state: 'active' } as const]]);
  const again = first('# moved\n\n0   5 * * *   /opt/a.sh', { user: 'bob', zone: 'Asia/Tokyo', imported });
  expect(again).toMatchObject({ importable: false, reason: 'Imported already as Morning job.', jobId: 'j1' });
  expect(first('0 5 * * * /opt/a.sh', { user: 'eve', imported }).importable).toBe(true);
  expect(first('0 6 * * * /opt/a.sh', { user: 'bob', imported }).importable).toBe(true);
});

test('a line whose job the import itself disabled can be taken over, and one that a person disabled cannot', () => {
  const text = '0 5 * * * /opt/a.sh\n0 6 * * * /opt/a.sh\n';
  const { key } = first(text);
  const job = { id: 'j1', name: 'Morning job' };
  const before = { takenNames: ['Morning job'] };
  const { items } = previewCrontab(text, {
    ...options,
    ...before,
    imported: new Map([[key, { ...job, state: 'waiting' }]]),
  });
  expect(items).toMatchObject([
    {
      name: 'Morning job',
      jobId: 'j1',
      importable: true,
      warnings: ['Imported before: taking it over enables the job Morning job as it is and comments the line out.'],
    },
    { name: 'a.sh', importable: true, warnings: [] },
  ]);
  expect(first(text, { imported: new Map([[key, { ...job, state: 'disabled' }]]) })).toMatchObject({
    jobId: 'j1',
    importable: false,
    reason: 'Imported already as Morning job, which somebody disabled: enable it in Almanac if it is to run there',
  });
});

test('equal lines are told apart also when one of them is commented out', () => {
  const line = '0 5 * * * root /opt/a.sh\n';
  const system = { ...options, system: true };
  const keys = previewCrontab(line + line, system).items.map(({ key }) => key);
  const imported = new Map(keys.map((key, n) => [key, { id: `j${n}`, name: `J${n}`, state: 'waiting' }] as const));
  const half = previewCrontab(`#almanac: ${line}${line}`, { ...system, imported });
  expect(half.takenOver).toEqual([{ line: 1, text: line.trim(), jobId: 'j0', waiting: true }]);
  expect(half.items).toMatchObject([{ line: 2, jobId: 'j1' }]);
  expect(half.items[0]?.warnings).not.toContainEqual(expect.stringContaining('The same as'));
  expect(previewCrontab(`#almanac: ${line}`, system).takenOver).toEqual([
    { line: 1, text: line.trim(), waiting: false },
  ]);
});

test('a user that the machine does not have is told', () => {
  const accountExists = (name: string): boolean => name === 'root';
  expect(first('0 5 * * * root a', { system: true, accountExists }).importable).toBe(true);
  expect(first('0 5 * * * cd /x && a', { system: true, accountExists })).toMatchObject({
    importable: false,
    field: 'user',
    reason: expect.stringContaining('no account cd') as string,
  });
});

test('names that jobs have already are not used again', () => {
  expect(first('0 5 * * * /opt/a.sh', { takenNames: ['A.sh', 'a.sh (2)'] }).name).toBe('a.sh (3)');
});

test('an unreadable line tells field, reason and mend in one sentence', () => {
  expect(first('75 3 * * * a')).toMatchObject({
    line: 1,
    name: 'Line 1',
    text: '75 3 * * * a',
    importable: false,
    field: 'minute',
    reason: 'minute 75: 0–59',
  });
  expect(first('@reboot a').reason).toBe(
    '@reboot runs a command when the machine starts, not at a time: there is nothing to show in a calendar; leave this line in the crontab, or start the command with a systemd service',
  );
});

test('five hundred lines are previewed in well under a second', () => {
  const text = Array.from({ length: 500 }, (_, n) => `${n % 60} ${n % 24} * * * /opt/job-${n}.sh\n`).join('');
  const begun = performance.now();
  expect(previewCrontab(text, options).items).toHaveLength(500);
  expect(performance.now() - begun).toBeLessThan(1500);
});
