/** What an event id stands for. */
export interface EventKey {
  readonly source: string;
  readonly ref: string;
  readonly origin: 'schedule' | 'manual' | 'reschedule';
  readonly at: number;
}

const LETTERS = { schedule: 's', manual: 'm', reschedule: 'r' } as const;
const ORIGINS = { s: 'schedule', m: 'manual', r: 'reschedule' } as const;

/** Clients take it as opaque; it survives in addresses as it is. */
export function encodeEventId({ source, ref, origin, at }: EventKey): string {
  return `${source}.${ref}.${LETTERS[origin]}${at.toString(36)}`;
}

/** @returns undefined for what is no event id */
export function decodeEventId(text: string): EventKey | undefined {
  const found = /^([a-z_]+)\.([\w-]+)\.([smr])([0-9a-z]{1,11})$/.exec(text);
  const [, source, ref, letter, at] = found ?? [];
  if (source === undefined || ref === undefined || letter === undefined || at === undefined) return undefined;
  const instant = Number.parseInt(at, 36);
  return Number.isSafeInteger(instant)
    ? { source, ref, origin: ORIGINS[letter as keyof typeof ORIGINS], at: instant }
    : undefined;
}
