import { createHash, randomBytes, randomUUID } from 'node:crypto';

/**
 * A version 7 UUID (RFC 9562 §5.7): ordered by `now` (epoch milliseconds). Made here because `uuidv7()` exists only in
 * PostgreSQL 18.
 */
export function newId(now: number): string {
  const random = randomUUID();
  const time = now.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8, 12)}-7${random.slice(15)}`;
}

/** An unguessable secret of 256 bits with a readable prefix that tells what it opens. */
export function newSecret(prefix: string): string {
  return `${prefix}_${randomBytes(32).toString('base64url')}`;
}

/** How a secret is kept: it has 256 random bits, so a plain hash is enough and can be looked up by index. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
