import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compile, type Recurrence } from '#time/recurrence.ts';
import { decide, type DecidedBatch, type DecidedTrigger, decideDue, isPausedAt } from './decide.ts';
import { graceAt, retryWaitOf, rhythmAt } from './ledger/policy.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const NOON = Temporal.Instant.from('2026-11-20T12:00:00Z').epochMilliseconds;

function cron(expr: string, zone = 'UTC'): Recurrence {
  return { kind: 'cron', expr, zone };
}

function trigger(change: Partial<DecidedTrigger> = {}): DecidedTrigger {
  const plain = { state: 'enabled', state_reason: null, paused_until: null, spread_ms: 0 } as const;
  return { id: 'one', recurrence: cron('* * * * *'), policy: {}, ...plain, ...change };
}

const idle = { busy: false } as const;
const fiveMinutes = trigger({ recurrence: cron('*/5 * * * *') });
const yearly = trigger({ recurrence: cron('0 12 20 11 *') });
const once = trigger({ recurrence: { kind: 'at', at: NOON, zone: 'UTC' } });
const paused = trigger({ state: 'paused', state_reason: 'moving house' });

describe('one instant', () => {
  test.each([
    ['on time opens', fiveMinutes, 0, idle, { status: 'open' }],
    ['later than on time, within its grace, opens', fiveMinutes, 150 * SECOND, idle, { status: 'open' }],
    ['beyond half of its period is missed', fiveMinutes, 150 * SECOND + 1, idle, { status: 'missed', reason: 'late' }],
    ['of a frequent trigger has a grace of one minute', trigger(), MINUTE, idle, { status: 'open' }],
    ['of a frequent trigger is missed after it', trigger(), MINUTE + 1, idle, { status: 'missed' }],
    ['of a rare trigger has a grace of two hours', yearly, 2 * HOUR, idle, { status: 'open' }],
    ['of a rare trigger is missed after them', yearly, 2 * HOUR + 1, idle, { status: 'missed' }],
    ['of a one-shot has a grace of two hours', once, 2 * HOUR, idle, { status: 'open' }],
    ['of a one-shot is missed after them', once, 2 * HOUR + 1, idle, { status: 'missed' }],
    ['has the grace that its policy names', trigger({ policy: { grace_ms: 10 } }), 11, idle, { status: 'missed' }],
    ['is late only after its spread', trigger({ spread_ms: HOUR }), HOUR + MINUTE, idle, { status: 'open' }],
    ['while a run goes on is skipped', trigger(), 0, { busy: true }, { status: 'skipped' }],
    [
      'while a run goes on opens where overlap is allowed',
      trigger({ policy: { overlap: 'allow' } }),
      0,
      { busy: true },
      { status: 'open' },
    ],
    ['late and busy is missed: nobody chose to skip it', fiveMinutes, HOUR, { busy: true }, { status: 'missed' }],
    [
      'in a pause is suppressed with its reason',
      paused,
      0,
      idle,
      { status: 'suppressed', reason: 'paused: moving house' },
    ],
    ['in a pause is suppressed, however late', paused, 30 * HOUR, idle, { status: 'suppressed' }],
    [
      'that a person skips is skipped, even in a pause',
      paused,
      0,
      { busy: false, excluded: 'by Ada' },
      { status: 'skipped', reason: 'by Ada' },
    ],
  ] as const)('%s', (_, asked, lateness, context, decision) => {
    expect(decide(asked, NOON, NOON + lateness, context)).toMatchObject(decision);
  });

  test('a pause with an end holds only before it', () => {
    const ending = { state: 'paused', paused_until: NOON } as const;
    expect(isPausedAt(ending, NOON - 1)).toBe(true);
    expect(isPausedAt(ending, NOON)).toBe(false);
    expect(isPausedAt({ state: 'enabled', paused_until: NOON }, NOON - 1)).toBe(false);
  });
});

const recurrences = fc.oneof(
  fc
    .constantFrom('* * * * *', '*/5 * * * *', '7,37 * * * *', '0 3 * * *', '30 2 * * 0', '0 0 1 * *')
    .chain((expr) => fc.constantFrom('UTC', 'America/Chicago', 'Australia/Lord_Howe').map((zone) => cron(expr, zone))),
  fc
    .constantFrom('PT20S', 'PT90M', 'P1D')
    .map((every): Recurrence => ({ kind: 'every', every, anchor: NOON - 12_345, zone: 'Europe/Madrid' })),
  fc.integer({ min: -HOUR, max: HOUR }).map((from): Recurrence => ({ kind: 'at', at: NOON + from, zone: 'UTC' })),
);

const triggers: fc.Arbitrary<DecidedTrigger> = fc.record({
  id: fc.constant('one'),
  recurrence: recurrences,
  policy: fc.record({ overlap: fc.constantFrom('skip', 'allow', undefined) }),
  state: fc.constantFrom('enabled', 'paused'),
  state_reason: fc.constant('a reason'),
  paused_until: fc.option(fc.integer({ min: NOON - 3 * HOUR, max: NOON + 90 * HOUR })),
  spread_ms: fc.constantFrom(0, 0, 90 * SECOND),
});

const questions = fc.record({
  cursor: fc.integer({ min: NOON - 2 * HOUR, max: NOON }),
  after: fc.oneof(fc.integer({ min: 0, max: 3 * HOUR }), fc.integer({ min: 0, max: 90 * 24 * HOUR })),
  busy: fc.boolean(),
});

/** Every pass that a dispatcher makes until nothing is due any more. */
function decideAll(
  asked: DecidedTrigger,
  { cursor, after, busy }: { cursor: number; after: number; busy: boolean },
): DecidedBatch[] {
  const now = cursor + after;
  const batches: DecidedBatch[] = [];
  let running = busy;
  for (let place = cursor; ;) {
    const batch = decideDue(asked, {
      cursor: place,
      until: now - asked.spread_ms,
      now,
      busy: running,
      excluded: new Map(),
    });
    if (batch.rows.length === 0) return batches;
    batches.push(batch);
    running ||= batch.rows.some(({ decision }) => decision.status === 'open');
    place = batch.cursor;
  }
}

describe('everything that is due', () => {
  test('gets exactly one row, folded ones counted, in order', () => {
    fc.assert(
      fc.property(triggers, questions, (asked, question) => {
        const rows = decideAll(asked, question).flatMap((batch) => batch.rows);
        const compiled = compile(asked.recurrence);
        let expected = question.cursor;
        for (const { nominal, folded, foldedUntil } of rows) {
          expected = compiled.next(expected);
          expect(nominal).toBe(expected);
          for (let left = folded - 1; left > 0; left--) expected = compiled.next(expected);
          expect(foldedUntil).toBe(folded === 1 ? null : expected);
        }
        const behind = compiled.next(expected);
        expect(Number.isNaN(behind) || behind > question.cursor + question.after - asked.spread_ms).toBe(true);
      }),
      { numRuns: 120 },
    );
  });

  test('opens at most once unless overlap is allowed, and never beside a run', () => {
    fc.assert(
      fc.property(triggers, questions, (asked, question) => {
        const rows = decideAll(asked, question).flatMap((batch) => batch.rows);
        const open = rows.filter(({ decision }) => decision.status === 'open').length;
        const most = question.busy ? 0 : 1;
        expect(asked.policy.overlap === 'allow' || open <= most).toBe(true);
      }),
      { numRuns: 120 },
    );
  });

  test('folds only what is alike, and only the oldest beyond a thousand', () => {
    fc.assert(
      fc.property(triggers, questions, (asked, question) => {
        const now = question.cursor + question.after;
        const compiled = compile(asked.recurrence);
        for (const { nominal, decision, folded, foldedUntil } of decideAll(asked, question).flatMap(
          (batch) => batch.rows,
        )) {
          if (folded === 1) continue;
          expect(['missed', 'suppressed']).toContain(decision.status);
          expect(compiled.count((foldedUntil ?? nominal) + 1, now - asked.spread_ms + 1)).toBeGreaterThanOrEqual(1000);
          for (const instant of [nominal, foldedUntil ?? nominal]) {
            expect(decide(asked, instant, now, { busy: true })).toEqual(decision);
          }
        }
      }),
      { numRuns: 120 },
    );
  });

  test('moves the cursor to the last row and tells the instant behind it', () => {
    fc.assert(
      fc.property(triggers, questions, (asked, question) => {
        for (const { rows, cursor, next } of decideAll(asked, question)) {
          expect(cursor).toBe(rows.at(-1)?.foldedUntil ?? rows.at(-1)?.nominal);
          expect(next ?? Number.NaN).toBe(compile(asked.recurrence).next(cursor));
        }
      }),
      { numRuns: 120 },
    );
  });

  test('costs at most a thousand rows and a few for a year of minutes', () => {
    const rows = decideAll(trigger(), { cursor: NOON, after: 365 * 24 * HOUR, busy: false }).flatMap(
      (batch) => batch.rows,
    );
    expect(rows.reduce((sum, { folded }) => sum + folded, 0)).toBe(365 * 24 * 60);
    expect(rows.length).toBeLessThanOrEqual(1010);
  });

  test('an occurrence that a person skips is never folded away', () => {
    const skipped = new Map([[NOON + 10 * MINUTE, 'skipped by Ada']]);
    const { rows } = decideDue(trigger(), {
      cursor: NOON,
      until: NOON + 48 * HOUR,
      now: NOON + 48 * HOUR,
      busy: false,
      excluded: skipped,
    });
    expect(rows.slice(0, 3)).toMatchObject([
      { nominal: NOON + MINUTE, folded: 9, decision: { status: 'missed' } },
      { nominal: NOON + 10 * MINUTE, folded: 1, decision: { status: 'skipped', reason: 'skipped by Ada' } },
      { nominal: NOON + 11 * MINUTE, folded: 48 * 60 - 1000 - 10, decision: { status: 'missed' } },
    ]);
  });
});

describe('policies', () => {
  test('the rhythm of a run by hand is that of its trigger, not the time that is left', () => {
    const daily = trigger({ recurrence: cron('0 13 * * *') });
    expect(rhythmAt(daily, NOON + 50 * MINUTE)).toBe(24 * HOUR);
    expect(rhythmAt(fiveMinutes, NOON)).toBe(5 * MINUTE);
    expect(rhythmAt(once, NOON)).toBe(Infinity);
    expect(rhythmAt(trigger({ recurrence: cron('no such thing') }), NOON)).toBe(Infinity);
    expect(graceAt(daily, NOON + HOUR)).toBe(2 * HOUR);
  });

  test('the ladder of retries is climbed rung by rung, give or take a tenth, recoveries not counted', () => {
    const policy = { retry_ms: [30_000, 60_000] };
    const run = { id: '019dcd00-0000-7000-8000-0123456789ab', attempt: 1, recoveries: 0 };
    const waits = [run, { ...run, attempt: 2 }, { ...run, attempt: 3 }, { ...run, attempt: 3, recoveries: 2 }];
    const found = waits.map((one) => retryWaitOf(policy, one));
    expect(found[2]).toBeUndefined();
    expect(found[3]).toBe(found[0]);
    for (const [place, wait] of policy.retry_ms.entries())
      expect(Math.abs((found[place] ?? 0) - wait)).toBeLessThanOrEqual(wait / 10);
    expect(retryWaitOf({}, run)).toBeUndefined();
    expect(retryWaitOf({ repeatable: true }, { ...run, attempt: 3 })).toBeGreaterThan(4 * MINUTE);
  });
});
