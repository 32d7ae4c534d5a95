import { spawnSync } from 'node:child_process';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { runNext } from './next.ts';

const NOW = Temporal.Instant.from('2026-03-08T05:00:00Z').epochMilliseconds;
const CHICAGO = ['--tz', 'America/Chicago'];

describe('almanac next', () => {
  test('shows the next five instants in UTC and on the wall clock', async () => {
    const { code, out } = await next(['30 2 * * *', ...CHICAGO]);
    expect(code).toBe(0);
    expect(out.split('\n').slice(0, 2)).toEqual([
      '2026-03-08T08:00:00Z  2026-03-08T03:00:00-05:00',
      '2026-03-09T07:30:00Z  2026-03-09T02:30:00-05:00',
    ]);
    expect(out.trimEnd().split('\n')).toHaveLength(5);
  });

  test('keeps to the window: --from counts, --until does not', async () => {
    const window = ['--from', '2026-03-08T06:00Z', '--until', '2026-03-08T11:00Z'];
    const { out } = await next(['0 */2 * * *', ...CHICAGO, ...window, '--json']);
    expect(JSON.parse(out)).toEqual({ instants: ['2026-03-08T06:00:00Z', '2026-03-08T09:00:00Z'] });
  });

  test('reads a time without an offset on the wall clock of the zone', async () => {
    const { out } = await next(['0 * * * *', ...CHICAGO, '--from', '2026-03-08T04:00', '--count', '1', '--json']);
    expect(JSON.parse(out)).toEqual({ instants: ['2026-03-08T09:00:00Z'] });
  });

  test('follows the dialect', async () => {
    const { out } = await next(['0 0 */10 * 1', '--dialect', 'vixie', '--tz', 'UTC', '--count', '1', '--json']);
    expect(JSON.parse(out)).toEqual({ instants: ['2026-05-11T00:00:00Z'] });
  });

  test('tells whether it fires at an instant', async () => {
    const at = (instant: string) => next(['30 2 * * *', ...CHICAGO, '--at', instant]);
    expect((await at('2026-03-08T08:00Z')).out).toBe('fires\n');
    expect((await at('2026-03-08T08:30Z')).out).toBe('does not fire\n');
  });

  test('refuses with 2, marks the place and names the mend', async () => {
    const { code, out, err } = await next(['0 75 * * *', '--tz', 'UTC']);
    expect([code, out]).toEqual([2, '']);
    expect(err).toBe('  0 75 * * *\n    ^\nhour 75: 0–23\n');
  });

  test('refuses as JSON when JSON is wanted', async () => {
    const { code, out } = await next(['0 75 * * *', '--tz', 'UTC', '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(out)).toEqual({
      error: { code: 'bad_cron', message: 'hour 75: 0–23', field: 'hour', position: 2, hint: '0–23' },
    });
  });

  test.each([
    [['* * * * *'], 'tz: is missing'],
    [['--tz', 'UTC'], 'expr: is missing'],
    [['* * * * *', '--tz', 'Chicago'], 'did you mean America/Chicago?'],
    [['* * * * *', '--tz', 'UTC', '--count', 'x'], 'count: a whole number'],
    [['* * * * *', '--tz', 'UTC', '--from', 'soon'], 'from soon: an instant such as'],
    [['* * * * *', '--tz', 'UTC', '--until', '2036-01-01T00:00Z'], 'more than 100000 instants'],
    [['* * * * *', '--zone', 'UTC'], "unknown option '--zone'"],
  ])('refuses %j with a sentence: %s', async (args, sentence) => {
    const { code, err } = await next(args);
    expect(code).toBe(2);
    expect(err).toContain(sentence);
  });

  test('explains itself', async () => {
    const { code, out } = await next(['--help']);
    expect(code).toBe(0);
    expect(out).toContain('--batch');
  });
});

describe('almanac next --batch', () => {
  const window = { from: '2026-03-08T05:00Z', until: '2026-03-08T12:00Z' };
  const tz = 'America/Chicago';

  interface Line {
    readonly name: string;
    readonly question: object;
    readonly answer: object;
  }
  const LINES: readonly Line[] = [
    {
      name: 'a cron window',
      question: { kind: 'cron', expr: '30 2,3 * * *', tz, ...window },
      answer: { instants: ['2026-03-08T08:00:00Z', '2026-03-08T08:30:00Z'] },
    },
    {
      name: 'strictly after an instant',
      question: { kind: 'cron', expr: '0 * * * *', tz, after: '2026-03-08T06:00Z', count: 2 },
      answer: { instants: ['2026-03-08T07:00:00Z', '2026-03-08T08:00:00Z'] },
    },
    {
      name: 'from an instant on',
      question: { kind: 'cron', expr: '0 * * * *', tz, from: '2026-03-08T06:00Z', count: 1 },
      answer: { instants: ['2026-03-08T06:00:00Z'] },
    },
    {
      name: 'before is an end like until',
      question: { kind: 'cron', expr: '0 * * * *', tz, after: '2026-03-08T06:00Z', before: '2026-03-08T08:00Z' },
      answer: { instants: ['2026-03-08T07:00:00Z'] },
    },
    {
      name: 'without a kind it is cron, without a start it is now',
      question: { expr: '0 5 * * *', tz: 'UTC', count: 1 },
      answer: { instants: ['2026-03-09T05:00:00Z'] },
    },
    {
      name: 'every, anchored at from',
      question: { kind: 'every', expr: 'PT3H', tz, ...window },
      answer: { instants: ['2026-03-08T08:00:00Z', '2026-03-08T11:00:00Z'] },
    },
    {
      name: 'every with an anchor of its own, in short form',
      question: { kind: 'every', expr: '90s', tz, anchor: '2026-03-08T04:59:00Z', from: '2026-03-08T05:00Z', count: 2 },
      answer: { instants: ['2026-03-08T05:00:30Z', '2026-03-08T05:02:00Z'] },
    },
    {
      name: 'every day follows the wall clock',
      question: { kind: 'every', expr: '1d', tz, anchor: '2026-03-07T09:00', after: '2026-03-07T12:00', count: 1 },
      answer: { instants: ['2026-03-08T14:00:00Z'] },
    },
    {
      name: 'daily times',
      question: { kind: 'daily', expr: '02:30, 04:15:30', tz, ...window },
      answer: { instants: ['2026-03-08T08:00:00Z', '2026-03-08T09:15:30Z'] },
    },
    {
      name: 'an instant',
      question: { kind: 'at', expr: '2026-03-08T02:30-06:00', tz, ...window },
      answer: { instants: ['2026-03-08T08:30:00Z'] },
    },
    {
      name: 'an instant that is over',
      question: { kind: 'at', expr: '2020-01-01T00:00Z', tz, ...window },
      answer: { instants: [] },
    },
    {
      name: 'whether it fires then',
      question: { kind: 'cron', expr: '30 1 * * *', tz, at: '2026-11-01T07:30:00Z' },
      answer: { fires: false },
    },
  ];
  test.each(LINES)('answers: $name', async ({ question, answer }) => {
    expect(await batch([JSON.stringify({ id: 'x', ...question })])).toEqual([{ id: 'x', ...answer }]);
  });

  const REFUSALS = [
    { question: { expr: '75 * * * *', tz }, error: { code: 'bad_cron', field: 'minute', message: 'minute 75: 0–59' } },
    { question: { expr: '0 0 30 2 *', tz }, error: { code: 'never_fires' } },
    { question: { expr: '* * * * *' }, error: { code: 'bad_input', field: 'tz' } },
    { question: { expr: '* * * * *', tz: 'Mars' }, error: { code: 'unknown_zone', field: 'tz' } },
    { question: { tz }, error: { code: 'bad_input', field: 'expr' } },
    { question: { expr: 5, tz }, error: { code: 'bad_input', field: 'expr', message: 'expr: a text' } },
    { question: { kind: 'rrule', expr: 'FREQ=DAILY', tz }, error: { code: 'kind_not_supported', field: 'kind' } },
    { question: { expr: '* * * * *', tz, dialect: 'unix' }, error: { code: 'bad_dialect', field: 'dialect' } },
    { question: { expr: '* * * * *', tz, count: 0 }, error: { code: 'bad_input', field: 'count' } },
    { question: { expr: '* * * * *', tz, at: 7 }, error: { code: 'bad_input', field: 'at' } },
    { question: { kind: 'every', expr: 'often', tz }, error: { code: 'bad_duration', field: 'expr' } },
    { question: { kind: 'daily', expr: '25:00', tz }, error: { code: 'bad_times', field: 'expr' } },
    { question: { kind: 'at', expr: 'soon', tz }, error: { code: 'bad_input', field: 'expr' } },
  ];
  test.each(REFUSALS)('refuses $question', async ({ question, error }) => {
    expect(await batch([JSON.stringify({ id: 7, ...question })])).toMatchObject([{ id: 7, error }]);
  });

  test('goes on after lines that are no questions', async () => {
    const good = JSON.stringify({ id: 'good', expr: '0 0 1 1 *', tz: 'UTC', count: 1 });
    const answers = await batch(['{', '[]', 'null', '', '  ', good]);
    const refusal = { id: null, error: { code: 'bad_json' } };
    expect(answers).toMatchObject([refusal, refusal, refusal, { id: 'good', instants: ['2027-01-01T00:00:00Z'] }]);
  });

  test('reads lines that arrive in pieces, also inside a letter', async () => {
    const line = Buffer.from(`${JSON.stringify({ id: 'ñandú', expr: '0 0 1 1 *', tz: 'UTC', count: 1 })}\r\n`);
    const cut = line.indexOf(Buffer.from('ñ')) + 1;
    const answers = await batchOf([line.subarray(0, cut), line.subarray(cut)]);
    expect(answers).toMatchObject([{ id: 'ñandú' }]);
  });
});

test('the program answers a thousand lines as one process', () => {
  const line = (i: number) =>
    JSON.stringify({ id: i, expr: `${i % 60} ${i % 24} * * *`, tz: 'Europe/Madrid', count: 3 });
  const input = Array.from({ length: 1000 }, (_, i) => line(i)).join('\n');
  const done = spawnSync(process.execPath, ['cli/main.ts', 'next', '--batch'], { input, encoding: 'utf8' });
  expect(done.stderr).toBe('');
  expect(done.status).toBe(0);
  const answers = done.stdout
    .trimEnd()
    .split('\n')
    .map((text) => JSON.parse(text) as { id: number; instants: string[] });
  expect(answers.map(({ id }) => id)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  expect(answers.every(({ instants }) => instants.length === 3)).toBe(true);
});

test('the program leaves with 2 when the expression is refused', () => {
  const done = spawnSync(process.execPath, ['cli/main.ts', 'next', '0 75 * * *', '--tz', 'UTC'], { encoding: 'utf8' });
  expect(done.status).toBe(2);
  expect(done.stderr).toContain('hour 75: 0–23');
});

async function next(args: readonly string[], input: readonly (string | Uint8Array)[] = []) {
  const [stdin, stdout, stderr] = [PassThrough.from(input), new PassThrough(), new PassThrough()];
  const [out, err] = [text(stdout), text(stderr)];
  const code = await runNext(args, { stdin, stdout, stderr, now: () => NOW });
  stdout.end();
  stderr.end();
  return { code, out: await out, err: await err };
}

async function batch(lines: readonly string[]): Promise<unknown[]> {
  return batchOf([lines.join('\n')]);
}

async function batchOf(input: readonly (string | Uint8Array)[]): Promise<unknown[]> {
  const { code, out, err } = await next(['--batch'], input);
  expect([code, err]).toEqual([0, '']);
  return out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}
