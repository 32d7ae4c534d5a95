// The time engine beside croner: the next occurrence, and expansion into instants.
import { Cron } from 'croner';
import type { Compiled } from '#time/recurrence.ts';
import { compile } from '#time/recurrence.ts';
import type { Figure } from './figure.ts';
import { fastest, printFigures } from './figure.ts';

const ZONES = ['UTC', 'America/Chicago', 'Europe/Madrid', 'Australia/Lord_Howe', 'Asia/Kathmandu'];
const FROM = Temporal.Instant.from('2026-02-20T10:17:23Z').epochMilliseconds;
const DAYS_30 = 30 * 86_400_000;

export async function measure(): Promise<Figure[]> {
  return [nextOccurrence(), expansion(), expansionOverWriting()];
}

/** 1,000 expressions × 5 zones, prepared beforehand on both sides. */
function nextOccurrence(): Figure {
  const texts = mixedExpressions(1000);
  const pairs = ZONES.flatMap((zone) => texts.map((expr) => ({ expr, zone })));
  const compiled = pairs.map(({ expr, zone }) => compile({ kind: 'cron', expr, zone }));
  const peers = pairs.map(({ expr, zone }) => new Cron(expr, { timezone: zone, paused: true }));
  const from = new Date(FROM);
  let sum = 0;
  const ours = fastest(20, () => {
    for (const one of compiled) sum += one.next(FROM);
  });
  const theirs = fastest(2, () => {
    for (const peer of peers) sum += peer.nextRun(from)?.getTime() ?? 0;
  });
  if (!(sum > 0)) throw new Error('nothing was found');
  return figure('next occurrence, 1,000 expressions × 5 zones', 'µs a call', (ours / pairs.length) * 1000, {
    peer: 'croner',
    theirs: (theirs / pairs.length) * 1000,
    bar: 100,
  });
}

/** 30 days across a change of the clocks; croner shows its cost per instant on a part of the triggers. */
function expansion(): Figure {
  const triggers = mixedTriggers(10_000);
  const buffer = new Float64Array(60_000);
  let instants = 0;
  const ours = fastest(3, () => {
    instants = 0;
    for (const { compiled } of triggers) instants += compiled.expand(FROM, FROM + DAYS_30, buffer);
  });
  const part = triggers.filter((_, index) => index % 500 === 0);
  let partInstants = 0;
  const theirs = fastest(1, () => {
    for (const { expr, zone } of part) {
      const runs = new Cron(expr, { timezone: zone, paused: true, startAt: new Date(FROM - 1) });
      let at = runs.nextRun(new Date(FROM - 1));
      while (at !== null && at.getTime() < FROM + DAYS_30) {
        partInstants++;
        at = runs.nextRun(at);
      }
    }
  });
  return figure('expand 10,000 mixed triggers × 30 days', 'ns an instant', (ours / instants) * 1e6, {
    peer: 'croner',
    theirs: (theirs / partInstants) * 1e6,
    bar: 20,
  });
}

/** The same work against a loop that only writes as many numbers. */
function expansionOverWriting(): Figure {
  const triggers = mixedTriggers(10_000);
  const buffer = new Float64Array(60_000);
  const lengths = triggers.map(({ compiled }) => compiled.count(FROM, FROM + DAYS_30));
  const instants = lengths.reduce((sum, length) => sum + length, 0);
  const ours = fastest(5, () => {
    for (const { compiled } of triggers) compiled.expand(FROM, FROM + DAYS_30, buffer);
  });
  const theirs = fastest(5, () => {
    for (const length of lengths) write(buffer, length);
  });
  return figure('expand 10,000 mixed triggers × 30 days', 'ns an instant', (ours / instants) * 1e6, {
    peer: 'writing the numbers',
    theirs: (theirs / instants) * 1e6,
    bar: 0.4,
  });
}

function write(into: Float64Array, length: number): void {
  let instant = FROM;
  for (let i = 0; i < length; i++) {
    into[i] = instant;
    instant += 60_000;
  }
}

function figure(
  name: string,
  unit: string,
  ours: number,
  { peer, theirs, bar }: Pick<Figure, 'peer' | 'theirs' | 'bar'>,
): Figure {
  return { figure: name, unit, ours, peer, theirs, ratio: theirs / ours, bar };
}

interface Trigger {
  readonly expr: string;
  readonly zone: string;
  readonly compiled: Compiled;
}

/** What an installation looks like: few triggers fire every minute, most a few times a day or less. */
function mixedTriggers(count: number): Trigger[] {
  const random = randomNumbers(7);
  return Array.from({ length: count }, () => {
    const zone = ZONES[random(ZONES.length)] ?? 'UTC';
    const share = random(100);
    const [minute, hour] = [random(60), random(24)];
    const expr =
      share < 2
        ? '* * * * *'
        : share < 10
          ? `*/5 * * * *`
          : share < 22
            ? `${minute % 15}-59/15 * * * *`
            : share < 47
              ? `${minute} * * * *`
              : share < 80
                ? `${minute} ${hour} * * *`
                : share < 92
                  ? `${minute} ${hour} * * 1-5`
                  : `${minute} ${hour} ${1 + random(28)} * *`;
    return { expr, zone, compiled: compile({ kind: 'cron', expr, zone }) };
  });
}

function mixedExpressions(count: number): string[] {
  const random = randomNumbers(3);
  const pick = (...forms: readonly string[]): string => forms[random(forms.length)] ?? '*';
  return Array.from({ length: count }, () => {
    const minute = pick('*', '*/5', `${random(60)}`, `${random(60)}`, `${random(30)}-${30 + random(30)}`);
    const hour = pick('*', '*/4', `${random(24)}`, `${random(24)}`, `${random(12)},${12 + random(12)}`);
    const day = pick('*', '*', '*', `${1 + random(28)}`, 'L', '*/3');
    const month = pick('*', '*', '*', `${1 + random(12)}`);
    return `${minute} ${hour} ${day} ${month} ${pick('*', '*', '1-5', `${random(7)}`)}`;
  });
}

/** Numbers below a bound, the same in every run. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

if (import.meta.main) printFigures(await measure());
