import { z } from 'zod';
import { describe } from '#time/describe.ts';
import { TimeError } from '#time/error.ts';
import { compile, type Recurrence } from '#time/recurrence.ts';
import { Problem, shape } from '#kernel';

const zone = shape.zone;
const bounds = { from: shape.instant.optional(), until: shape.instant.optional() };

/** A recurrence on the wire: instants are ISO 8601, everything else as in `time/`. */
export const recurrenceShape = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('cron'),
    expr: z.string().min(1).max(1000),
    dialect: z.enum(['ocps', 'vixie', 'quartz']).optional(),
    zone,
    ...bounds,
  }),
  z.strictObject({
    kind: z.literal('every'),
    every: z.string().max(100),
    anchor: shape.instant.optional(),
    zone,
    ...bounds,
  }),
  z.strictObject({ kind: z.literal('at'), at: shape.instant, zone }),
  z.strictObject({ kind: z.literal('daily'), times: z.array(z.string().max(8)).min(1).max(100), zone, ...bounds }),
]);
export type WireRecurrence = z.input<typeof recurrenceShape>;

/** Instants that are looked at for the shortest distance between two firings (spec 4.9). */
const LOOKED_AT = 1000;

/**
 * Reads a recurrence and refuses what cannot be: an unknown expression, one that never fires again, firings closer than
 * the floor.
 * @param now also the anchor of an interval that names none
 * @param floor shortest distance in milliseconds
 * @throws Problem 422 naming the field, with the mend
 */
export function readRecurrence(wire: z.output<typeof recurrenceShape>, now: number, floor: number): Recurrence {
  const recurrence = fromWire(wire, now);
  try {
    const compiled = compile(recurrence);
    let last = compiled.next(now);
    if (Number.isNaN(last)) {
      throw new Problem(422, 'never_fires', 'recurrence: this never fires after now.', {
        field: fieldOf(wire.kind),
        hint: 'Choose an instant or a rule that lies ahead.',
      });
    }
    for (let seen = 1; seen < LOOKED_AT; seen++) {
      const next = compiled.next(last);
      if (Number.isNaN(next)) break;
      if (next - last < floor) {
        throw new Problem(
          422,
          'interval_too_short',
          `recurrence: two firings would be ${(next - last) / 1000} s apart.`,
          {
            field: fieldOf(wire.kind),
            hint: `At least ${floor / 1000} s must lie between two firings.`,
          },
        );
      }
      last = next;
    }
  } catch (error) {
    if (!(error instanceof TimeError)) throw error;
    throw new Problem(422, error.code, `recurrence: ${error.message}`, {
      field: error.field === 'zone' ? 'recurrence.zone' : fieldOf(wire.kind),
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    });
  }
  return recurrence;
}

export function toWire(recurrence: Recurrence): WireRecurrence {
  const { from, until, ...rest } = recurrence;
  const ends = {
    ...(from === undefined ? {} : { from: shape.wire(from) }),
    ...(until === undefined ? {} : { until: shape.wire(until) }),
  };
  switch (rest.kind) {
    case 'every':
      return { ...rest, anchor: shape.wire(rest.anchor), ...ends };
    case 'at':
      return { ...rest, at: shape.wire(rest.at) };
    case 'daily':
      return { ...rest, times: [...rest.times], ...ends };
    case 'cron': {
      const { dialect, ...cron } = rest;
      return { ...cron, ...(dialect === undefined ? {} : { dialect }), ...ends };
    }
  }
}

/** The recurrence in words; the expression itself where there are none. */
export function inWords(recurrence: Recurrence): string {
  return describe(recurrence);
}

function fromWire(wire: z.output<typeof recurrenceShape>, now: number): Recurrence {
  const instant = (text: string): number => Temporal.Instant.from(text).epochMilliseconds;
  if (wire.kind === 'at') return { ...wire, at: instant(wire.at) };
  const { from, until, ...rest } = wire;
  const ends = {
    ...(from === undefined ? {} : { from: instant(from) }),
    ...(until === undefined ? {} : { until: instant(until) }),
  };
  if (rest.kind === 'every')
    return { ...rest, ...ends, anchor: rest.anchor === undefined ? now : instant(rest.anchor) };
  return { ...rest, ...ends };
}

function fieldOf(kind: WireRecurrence['kind']): string {
  return { cron: 'recurrence.expr', every: 'recurrence.every', at: 'recurrence.at', daily: 'recurrence.times' }[kind];
}
