// What a person should know about the times of an entry before taking it over.
import { DAY } from '#time/civil.ts';
import { compile, type Recurrence } from '#time/recurrence.ts';
import { isoLocal, offsetAt, type Zone, zoneOf } from '#time/zone.ts';

type CronRecurrence = Extract<Recurrence, { kind: 'cron' }>;

/** Sentences about traps in a schedule: none for most of them. */
export function warningsOn(recurrence: CronRecurrence, now: number): string[] {
  const fields = recurrence.expr.split(' ');
  if (fields.length !== 5) return recurrence.expr === '@hourly' ? [] : gapWarnings(recurrence, now);
  const [minute = '', hour = '', day = '', , weekday = ''] = fields;
  return [
    ...(minute === '*' && hour === '*'
      ? ['It runs every minute, 1,440 times a day: it is shown as one lane, not as single cards.']
      : []),
    ...(minute === '*' && hour !== '*'
      ? [`The minute is *, so it runs at every minute of the hours ${hour}; write 0 for once an hour.`]
      : []),
    ...dayWarnings(day, weekday),
    ...(hour === '*' ? [] : gapWarnings(recurrence, now)),
  ];
}

/** Two day fields are a trap: cron joins them by OR, unless one begins with a star. */
function dayWarnings(day: string, weekday: string): string[] {
  if (day === '*' || weekday === '*') return [];
  const joined =
    day.startsWith('*') || weekday.startsWith('*')
      ? 'only when both fit'
      : 'when either of them fits, not only when both do';
  return [`Day of month ${day} and weekday ${weekday} are both set: cron runs it ${joined}.`];
}

/** Wall times of the next year that the change to summer time leaves out. */
function gapWarnings({ expr, zone, dialect }: CronRecurrence, now: number): string[] {
  const [minute = '', hour = ''] = expr.split(' ');
  const everyTime = minute.startsWith('*') || hour.startsWith('*');
  const onTheClock = compile({ kind: 'cron', expr, zone: 'UTC', ...(dialect === undefined ? {} : { dialect }) });
  return gapsWithin(zoneOf(zone), now, now + 366 * DAY).flatMap(({ from, to }) => {
    const planned = onTheClock.next(from - 1);
    if (Number.isNaN(planned) || planned >= to) return [];
    const fate = everyTime ? 'is left out' : `starts at ${clock(to)}`;
    return [
      `On ${date(from)} the clocks of ${zone} go from ${clock(from)} to ${clock(to)}: the run planned for ${clock(planned)} ${fate}.`,
    ];
  });
}

interface Gap {
  /** Wall times that do not exist, as local milliseconds: [from, to). */
  readonly from: number;
  readonly to: number;
}

function gapsWithin(zone: Zone, start: number, end: number): Gap[] {
  return [...zone.starts]
    .filter((at) => at > start && at <= end)
    .map((at) => ({ from: at + offsetAt(zone, at - 1), to: at + offsetAt(zone, at) }))
    .filter(({ from, to }) => to > from);
}

const utc = zoneOf('UTC');
const clock = (local: number): string => isoLocal(utc, local).slice(11, 16);
const date = (local: number): string => isoLocal(utc, local).slice(0, 10);
