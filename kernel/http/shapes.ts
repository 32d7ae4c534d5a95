import { z } from 'zod';
import { atOrNull } from '../db/database.ts';
import { unprocessable } from '../problem.ts';
import { isZone, ZONE_MEND } from '../zone.ts';

/** Shapes that many routes share. */

/** An instant on the wire: ISO 8601 in UTC with milliseconds. */
export const instant = z.iso.datetime({
  offset: true,
  error: 'is not an instant; write ISO 8601 with an offset, such as 2026-03-08T02:30:00Z',
});

export const id = z.uuid();

/** `name` is 1..255 characters everywhere. */
export const name = z.string().trim().min(1, 'must not be empty').max(255, 'is longer than 255 characters');

export const reason = z.string().trim().max(500, 'is longer than 500 characters');

/**
 * The `Idempotency-Key` of a request, by which a write that is asked for twice happens once.
 * @throws Problem 422 when it is empty or longer than 255 characters
 */
export function idempotencyKey(request: Request): string | undefined {
  const key = request.headers.get('idempotency-key');
  if (key === null) return undefined;
  if (key.length === 0 || key.length > 255)
    throw unprocessable('Idempotency-Key', 'Idempotency-Key: must have 1 to 255 characters.');
  return key;
}

/**
 * The version that a change expects: of the body, or of the `If-Match` header.
 * @throws Problem 422 when the header is no version or says another one than the body
 */
export function expectedVersion(request: Request, ofBody: number | undefined): number | undefined {
  const header = request.headers.get('if-match');
  if (header === null) return ofBody;
  const version = Number(/^(?:W\/)?"?([1-9]\d{0,8})"?$/.exec(header)?.[1]);
  if (Number.isNaN(version)) throw unprocessable('If-Match', 'If-Match: must be the version, such as "3".');
  if (ofBody !== undefined && ofBody !== version)
    throw unprocessable('expected_version', 'expected_version: says another version than If-Match.');
  return version;
}

/** Lists answer `{items}`; no other envelope. */
export function listOf<T extends z.ZodType>(item: T): z.ZodObject<{ items: z.ZodArray<T> }> {
  return z.object({ items: z.array(item) });
}

/** An IANA time zone that this Node knows. */
export const zone = z.string().refine(isZone, { error: ZONE_MEND });

/** Epoch milliseconds as the wire's instant; null stays null. */
export function wire(at: number): string;
export function wire(at: number | null | undefined): string | null;
export function wire(at: number | null | undefined): string | null {
  return atOrNull(at);
}

/**
 * Reads an instant of a request: ISO 8601 with an offset, or naive and then in `zone`.
 * @returns epoch milliseconds
 * @throws Problem 422 naming the field; bare epoch numbers are refused with a hint
 */
export function readInstant(text: string, field: string, inZone: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) {
    throw unprocessable(
      field,
      `${field}: ${text} looks like an epoch number.`,
      'Write ISO 8601, such as 2026-03-08T02:30:00Z.',
    );
  }
  try {
    return /(?:z|[+-]\d\d:?\d\d)$/i.test(text)
      ? Temporal.Instant.from(text).epochMilliseconds
      : Temporal.PlainDateTime.from(text).toZonedDateTime(inZone).epochMilliseconds;
  } catch {
    throw unprocessable(
      field,
      `${field}: "${text}" is not a date and time.`,
      'Write ISO 8601, such as 2026-03-08T02:30:00Z.',
    );
  }
}
