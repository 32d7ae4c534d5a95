import { compile } from '#time/recurrence.ts';
import type { LiveRunRow, Policy, TriggerRow } from '../schema.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Shortest and longest grace a trigger gets by itself, in milliseconds (spec 4.3). */
const GRACE_LEAST = MINUTE;
const GRACE_MOST = 2 * HOUR;
const TIMEOUT_DEFAULT = 30 * MINUTE;
/** Waits before further attempts of what is safe to repeat. */
const RETRY_OF_REPEATABLE: readonly number[] = [30 * SECOND, MINUTE, 5 * MINUTE];
/** A retry must begin to wait out at least this long before the next occurrence is due. */
export const RETRY_MARGIN = MINUTE;
/** The next success closes a pending missed item where the period is at most this. */
export const SELF_HEALING_PERIOD = HOUR;
/** A run that outlives its node is started again at most so many times. */
export const MOST_RECOVERIES = 2;

type Ruled = Pick<TriggerRow, 'recurrence' | 'policy'>;

/** Distance from a nominal instant to the next one in milliseconds; Infinity for the last. */
export function periodAt({ recurrence }: Ruled, nominal: number): number {
  const next = compile(recurrence).next(nominal);
  return Number.isNaN(next) ? Number.POSITIVE_INFINITY : next - nominal;
}

/**
 * How often the trigger fires around an instant, in milliseconds, also where the instant is none of its own (a run by
 * hand, or an occurrence of an earlier recurrence). Infinity for one that fires no more or cannot be read.
 */
export function rhythmAt(trigger: Ruled, instant: number): number {
  try {
    const compiled = compile(trigger.recurrence);
    const period = periodAt(trigger, compiled.matches(instant) ? instant : compiled.next(instant));
    return Number.isNaN(period) ? Number.POSITIVE_INFINITY : period;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** How late an occurrence may still start, in milliseconds. */
export function graceAt(trigger: Ruled, nominal: number): number {
  return trigger.policy.grace_ms ?? Math.min(Math.max(periodAt(trigger, nominal) / 2, GRACE_LEAST), GRACE_MOST);
}

export function timeoutOf(policy: Policy): number {
  return policy.timeout_ms ?? TIMEOUT_DEFAULT;
}

/** Waits before the second, third, … attempt, in milliseconds. */
export function retryLadderOf(policy: Policy): readonly number[] {
  return policy.retry_ms ?? (policy.repeatable === true ? RETRY_OF_REPEATABLE : []);
}

/** Each wait is lengthened or shortened by at most this share, so that what failed together does not return together. */
const RETRY_SPREAD = 0.1;

/**
 * The wait before the attempt after this one in milliseconds, undefined when the ladder has no rung left. The same run
 * always waits equally long.
 */
export function retryWaitOf(
  policy: Policy,
  run: Pick<LiveRunRow, 'id' | 'attempt' | 'recoveries'>,
): number | undefined {
  // Each recovery raised the attempt without being a rung of the ladder.
  const wait = retryLadderOf(policy)[run.attempt - run.recoveries - 1];
  if (wait === undefined) return undefined;
  const share = Number.parseInt(run.id.slice(-6), 16) / 0xff_ff_ff;
  return Math.round(wait * (1 + RETRY_SPREAD * (2 * share - 1)));
}

/** Runs with the same mutex never run at once; by default each trigger is its own. */
export function mutexOf(trigger: Pick<TriggerRow, 'id' | 'policy'>): string | null {
  return trigger.policy.mutex ?? (trigger.policy.overlap === 'allow' ? null : trigger.id);
}

export interface EffectivePolicy {
  readonly name: string;
  readonly value: string;
  /** Where the value comes from. */
  readonly from: 'item' | 'system';
}

/** Every policy of a trigger as it is in force, with where each value comes from. */
export function effectivePolicies(
  trigger: Pick<TriggerRow, 'id' | 'policy' | 'recurrence' | 'lane' | 'spread_ms'>,
  now: number,
): EffectivePolicy[] {
  const { policy } = trigger;
  const nominal = compile(trigger.recurrence).next(now);
  const item = (value: unknown): 'item' | 'system' => (value === undefined ? 'system' : 'item');
  const ladder = retryLadderOf(policy);
  return [
    { name: 'When missed', value: 'ask a person', from: 'system' },
    {
      name: 'Grace',
      value: inWords(Number.isNaN(nominal) ? GRACE_MOST : graceAt(trigger, nominal)),
      from: item(policy.grace_ms),
    },
    {
      name: 'Overlap',
      value: policy.overlap === 'allow' ? 'run side by side' : 'skip while the last one runs',
      from: item(policy.overlap),
    },
    { name: 'Safe to repeat', value: policy.repeatable === true ? 'yes' : 'no', from: item(policy.repeatable) },
    {
      name: 'Retry',
      value: ladder.length === 0 ? 'never' : `after ${ladder.map(inWords).join(', ')}`,
      from: item(policy.retry_ms ?? (policy.repeatable || undefined)),
    },
    { name: 'Timeout', value: inWords(timeoutOf(policy)), from: item(policy.timeout_ms) },
    { name: 'Lane', value: trigger.lane, from: trigger.lane === 'default' ? 'system' : 'item' },
    {
      name: 'Spread',
      value: trigger.spread_ms === 0 ? 'none' : inWords(trigger.spread_ms),
      from: trigger.spread_ms === 0 ? 'system' : 'item',
    },
  ];
}

function inWords(ms: number): string {
  if (ms % HOUR === 0) return `${ms / HOUR} h`;
  if (ms % MINUTE === 0) return `${ms / MINUTE} min`;
  return `${Math.round(ms / SECOND)} s`;
}
