import { createHash, randomBytes, randomUUID } from 'node:crypto';

/**
 * A version 7 UUID (RFC 9562 §5.7): ordered by `now` (epoch milliseconds). Made here because `uuidv7()` exists only in
 * PostgreSQL 18.
 */
export function newId(now: number): string {
  count = now === latest ? (count + 1) % ORDERED : 0;
  latest = now;
  const time = now.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8, 12)}-7${count.toString(16).padStart(3, '0')}${randomUUID().slice(18)}`;
}

/** So many ids of one millisecond stay in the order in which this process made them (RFC 9562 §6.2, method 1). */
const ORDERED = 4096;
let latest = 0;
let count = 0;

/** An unguessable secret of 256 bits with a readable prefix that tells what it opens. */
export function newSecret(prefix: string): string {
  return `${prefix}_${randomBytes(32).toString('base64url')}`;
}

/** How a secret is kept: it has 256 random bits, so a plain hash is enough and can be looked up by index. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
