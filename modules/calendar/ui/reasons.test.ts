import { describe, expect, test } from 'vitest';
import { missedTimes, missedWords, reasonWords } from './reasons.ts';

describe('why an occurrence is what it is', () => {
  test('nothing is said where there is no reason', () => {
    expect(reasonWords({ status: 'success' })).toBeUndefined();
  });

  test('a code of the engine becomes words', () => {
    expect(reasonWords({ status: 'missed', reason: 'late' })).toBe('The server was down');
    expect(reasonWords({ status: 'skipped', reason: 'overlap: the run before is not finished' })).toBe(
      'The run before is not finished',
    );
    expect(reasonWords({ status: 'missed', reason: 'waited: lane command was full' })).toBe(
      'Waited too long: lane command was full',
    );
    expect(reasonWords({ status: 'suppressed', reason: 'paused: new template' })).toBe('Paused: new template');
  });

  test('what a later success answered for says both', () => {
    expect(reasonWords({ status: 'superseded', reason: 'late' })).toBe(
      'Missed: the server was down; a later run succeeded',
    );
  });

  test('the words of a person stay as they are', () => {
    expect(reasonWords({ status: 'skipped', reason: 'skipped by Ada: latest news' })).toBe(
      'Skipped by Ada: latest news',
    );
  });
});

describe('what a missed item stands for', () => {
  test('a server that was down', () => {
    expect(missedWords({ count: 3, reason: 'late' })).toBe('Missed 3 runs while the server was down');
    expect(missedWords({ count: 1, reason: 'late' })).toBe('Missed 1 run while the server was down');
  });

  test('a run that the server took with it', () => {
    expect(missedWords({ count: 1, reason: 'interrupted' })).toBe(
      'Interrupted when the server was killed; it is not marked safe to repeat, so nothing was started again',
    );
    expect(missedWords({ count: 2, reason: 'interrupted' })).toContain('Missed 2 runs, the last one interrupted when');
  });

  test('runs that waited', () => {
    expect(missedWords({ count: 1, reason: 'waited' })).toBe(
      '1 run waited too long for a free place and was not started',
    );
  });

  test('from when to when, naming the day once', () => {
    const item = { first_at: '2026-11-20T17:06:00.000Z', last_at: '2026-11-20T17:06:00.000Z' };
    expect(missedTimes(item, 'Europe/Berlin')).toBe('Fri 20 Nov, 18:06');
    expect(missedTimes({ ...item, last_at: '2026-11-20T17:11:00.000Z' }, 'Europe/Berlin')).toBe(
      'Fri 20 Nov, 18:06 to 18:11',
    );
    expect(missedTimes({ ...item, last_at: '2026-11-21T17:11:00.000Z' }, 'Europe/Berlin')).toBe(
      'Fri 20 Nov, 18:06 to Sat 21 Nov, 18:11',
    );
  });
});
