import { Bot, CalendarDays, CircleSlash2, HeartPulse, type LucideIcon, Sunrise, Timer, Wrench } from 'lucide-react';
import type { CSSProperties, ReactElement } from 'react';

const ICONS: Readonly<Record<string, LucideIcon>> = {
  cron: Timer,
  heartbeat: HeartPulse,
  wake: Sunrise,
  maintenance: Wrench,
  agent: Bot,
  appointment: CalendarDays,
  blackout: CircleSlash2,
};

/** Sets `--source` to the colour of a source; one that the page does not know is neutral. */
export function sourceStyle(source: string): CSSProperties {
  const known = source in ICONS ? source : 'blackout';
  return { '--source': `var(--source-${known})` } as CSSProperties;
}

export function SourceMark({ source, size = 13 }: { readonly source: string; readonly size?: number }): ReactElement {
  const Icon = ICONS[source] ?? CircleSlash2;
  return (
    <Icon aria-hidden size={size} strokeWidth={1.75} className="shrink-0 text-(--source)" style={sourceStyle(source)} />
  );
}
