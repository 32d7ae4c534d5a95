const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

const formatters = new Map<string, Intl.DateTimeFormat>();

/** Formats a wall-clock time (milliseconds read as UTC). */
export function wallWords(wall: number, options: Intl.DateTimeFormatOptions): string {
  return formatter('UTC', options).format(wall);
}

/** Formats an instant in a zone, for instants outside the segments that the server sent. */
export function zonedWords(instant: number, zone: string, options: Intl.DateTimeFormatOptions): string {
  return formatter(zone, options).format(instant);
}

/** "01:30" of a wall-clock time. */
export function clockWords(wall: number): string {
  const minutes = Math.floor((((wall % DAY_MS) + DAY_MS) % DAY_MS) / MINUTE_MS);
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}

/** "Sunday 8 March". */
export function dayWords(wall: number): string {
  return wallWords(wall, { weekday: 'long', day: 'numeric', month: 'long' }).replace(',', '');
}

/** "Sun 8 Mar, 01:30" in a zone. */
export function momentWords(instant: number, zone: string): string {
  return zonedWords(instant, zone, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  }).replace(/^(\w+),/, '$1');
}

/** "CST" or, where there is no such name, "GMT+3". */
export function zoneAbbreviation(instant: number, zone: string): string {
  const names = REGIONS.map((region) => {
    const parts = new Intl.DateTimeFormat(region, { timeZone: zone, timeZoneName: 'short' }).formatToParts(instant);
    return parts.find(({ type }) => type === 'timeZoneName')?.value ?? zone;
  });
  return names.find((name) => !/^(?:GMT|UTC)[+-]/.test(name)) ?? names[0] ?? zone;
}

/** English regions know different abbreviations: CDT in America, CET in Europe, AEST in Australia. */
const REGIONS = ['en-US', 'en-GB', 'en-AU', 'en-IN', 'en-NZ', 'en-ZA'];

/** "in 4 min", "3 h ago", "now". */
export function relativeWords(instant: number, now: number): string {
  const away = Math.abs(instant - now);
  if (away < 10_000) return 'now';
  const span = spanWords(away);
  return instant > now ? `in ${span}` : `${span} ago`;
}

/** A distance in one unit: "50 s", "4 min", "3 h", "2 days". */
function spanWords(ms: number): string {
  if (ms < MINUTE_MS) return `${Math.round(ms / 1000)} s`;
  if (ms < 90 * MINUTE_MS) return `${Math.round(ms / MINUTE_MS)} min`;
  if (ms < 36 * 60 * MINUTE_MS) return `${Math.round(ms / (60 * MINUTE_MS))} h`;
  const days = Math.round(ms / DAY_MS);
  if (days < 60) return `${days} days`;
  if (days < 700) return `${Math.round(days / 30.44)} months`;
  return `${Math.round(days / 365.25)} years`;
}

/** How long something took: "340 ms", "4.2 s", "1 min 5 s", "2 h 10 min". */
export function durationWords(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 ? `${minutes} min ${seconds % 60} s` : `${minutes} min`;
  return minutes % 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${minutes / 60} h`;
}

function formatter(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = zone + JSON.stringify(options);
  const known = formatters.get(key);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-GB', { ...options, timeZone: zone });
  formatters.set(key, made);
  return made;
}
