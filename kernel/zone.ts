import { zoneOf } from '#time/zone.ts';

/** Whether a text names an IANA time zone that this Node knows. */
export function isZone(text: string): boolean {
  try {
    return zoneOf(text).starts.length > 0;
  } catch {
    return false;
  }
}

/** What a refused zone is told, after the field's name. */
export const ZONE_MEND = 'is not an IANA time zone; write it like Europe/Madrid';
