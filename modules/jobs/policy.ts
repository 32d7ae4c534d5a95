import type { Policy } from '#engine';
import type { WirePolicy } from './shapes.ts';

/** Timeouts by kind in milliseconds (spec 4.3); the engine's default is that of commands. */
const HTTP_TIMEOUT = 60_000;

/** A person's policy (seconds) as the engine keeps it (milliseconds). */
export function readPolicy(wire: WirePolicy, kind: 'command' | 'http'): Policy {
  const timeout =
    wire.timeout_seconds === undefined ? (kind === 'http' ? HTTP_TIMEOUT : undefined) : wire.timeout_seconds * 1000;
  return {
    ...(timeout === undefined ? {} : { timeout_ms: timeout }),
    ...(wire.grace_seconds === undefined ? {} : { grace_ms: wire.grace_seconds * 1000 }),
    ...(wire.overlap === undefined ? {} : { overlap: wire.overlap }),
    ...(wire.repeatable === undefined ? {} : { repeatable: wire.repeatable }),
    ...(wire.retry_seconds === undefined ? {} : { retry_ms: wire.retry_seconds.map((seconds) => seconds * 1000) }),
    ...(wire.mutex === undefined ? {} : { mutex: wire.mutex }),
    ...(wire.run_on === undefined ? {} : { tags: wire.run_on }),
  };
}

export function wirePolicy(policy: Policy): WirePolicy {
  return {
    ...(policy.timeout_ms === undefined ? {} : { timeout_seconds: policy.timeout_ms / 1000 }),
    ...(policy.grace_ms === undefined ? {} : { grace_seconds: policy.grace_ms / 1000 }),
    ...(policy.overlap === undefined ? {} : { overlap: policy.overlap }),
    ...(policy.repeatable === undefined ? {} : { repeatable: policy.repeatable }),
    ...(policy.retry_ms === undefined ? {} : { retry_seconds: policy.retry_ms.map((ms) => ms / 1000) }),
    ...(policy.mutex === undefined ? {} : { mutex: policy.mutex }),
    ...(policy.tags === undefined ? {} : { run_on: [...policy.tags] }),
  };
}
