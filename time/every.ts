// "Every period since the anchor". Instants are counted from the anchor, never from the previous one, so that neither a
// delay nor a short month moves them.
import { civilDate, DAY, dayNumber, monthLength } from './civil.ts';
import type { Duration } from './duration.ts';
import type { Zone } from './zone.ts';
import { instantOf, isDayLeftOut, localAt, RANGE_END } from './zone.ts';

export interface EveryRule {
  readonly period: Duration;
  /** Epoch milliseconds; itself no firing, the first one is a period later. */
  readonly anchor: number;
}

/** The first instant strictly after `after`; NaN when there is none before 2200. */
export function nextEvery(rule: EveryRule, zone: Zone, after: number): number {
  if (!(after < RANGE_END)) return Number.NaN;
  let turn = firstTurnAfter(rule, zone, after);
  for (;;) {
    const instant = instantOfTurn(rule, zone, turn);
    if (!(instant < RANGE_END)) return Number.NaN;
    if (!isTurnLeftOut(rule, zone, turn)) return instant;
    turn++;
  }
}

/** Writes the instants in [from, to) into `into` from index `at` on; returns the index behind the last one. */
export function expandEvery(
  rule: EveryRule,
  zone: Zone,
  from: number,
  to: number,
  into: Float64Array,
  at: number,
): number {
  const before = Math.min(to, RANGE_END);
  let count = at;
  if (!(from < before)) return count;
  for (let turn = firstTurnAfter(rule, zone, from - 1); count < into.length; turn++) {
    const instant = instantOfTurn(rule, zone, turn);
    if (instant >= before) break;
    if (!isTurnLeftOut(rule, zone, turn)) into[count++] = instant;
  }
  return count;
}

/** How many instants lie in [from, to). */
export function countEvery(rule: EveryRule, zone: Zone, from: number, to: number): number {
  const before = Math.min(to, RANGE_END);
  if (!(from < before)) return 0;
  const [first, end] = [firstTurnAfter(rule, zone, from - 1), firstTurnAfter(rule, zone, before - 1)];
  if (isElapsed(rule.period)) return end - first;
  let count = 0;
  for (let turn = first; turn < end; turn++) if (!isTurnLeftOut(rule, zone, turn)) count++;
  return count;
}

function isElapsed(period: Duration): boolean {
  return period.months === 0 && period.days === 0;
}

/** The number of the first period whose end lies after `after`; 1 is the first there is. */
function firstTurnAfter(rule: EveryRule, zone: Zone, after: number): number {
  const { period, anchor } = rule;
  const typical = (period.months * 30.436_875 + period.days) * DAY + period.elapsed;
  let turn = Math.max(1, Math.floor((after - anchor) / typical) + 1);
  // The guess is a few turns off where months and changes of the clocks have their say.
  while (turn > 1 && instantOfTurn(rule, zone, turn - 1) > after) turn--;
  while (instantOfTurn(rule, zone, turn) <= after) turn++;
  return turn;
}

function instantOfTurn(rule: EveryRule, zone: Zone, turn: number): number {
  const { period, anchor } = rule;
  if (isElapsed(period)) return anchor + turn * period.elapsed;
  return instantOf(zone, localOfTurn(rule, zone, turn)) + turn * period.elapsed;
}

/** The wall time `turn` periods after the anchor; the 31st becomes the last day of a shorter month. */
function localOfTurn({ period, anchor }: EveryRule, zone: Zone, turn: number): number {
  const local = localAt(zone, anchor);
  const day = Math.floor(local / DAY);
  const date = civilDate(day);
  const month = date.month + turn * period.months;
  const monthDay = Math.min(date.day, monthLength(date.year, month));
  return (dayNumber(date.year, month, monthDay) + turn * period.days) * DAY + (local - day * DAY);
}

function isTurnLeftOut(rule: EveryRule, zone: Zone, turn: number): boolean {
  return !isElapsed(rule.period) && isDayLeftOut(zone, Math.floor(localOfTurn(rule, zone, turn) / DAY));
}
