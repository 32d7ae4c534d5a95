import {
  Ban,
  Check,
  CircleDashed,
  CircleSlash,
  Clock,
  ClockAlert,
  Ellipsis,
  Ghost,
  LoaderCircle,
  type LucideIcon,
  Octagon,
  Pause,
  SkipForward,
  Unplug,
  X,
} from 'lucide-react';
import type { ReactElement } from 'react';
import type { Status } from '../api/types.ts';

interface Look {
  readonly label: string;
  readonly icon: LucideIcon;
  /** Colour of the icon; the shape alone already says it. */
  readonly tone: string;
}

export const STATUS_LOOKS: Readonly<Record<Status, Look>> = {
  scheduled: { label: 'Scheduled', icon: CircleDashed, tone: 'text-ink-3' },
  queued: { label: 'Queued', icon: Ellipsis, tone: 'text-ink-2' },
  running: { label: 'Running', icon: LoaderCircle, tone: 'text-accent' },
  success: { label: 'Succeeded', icon: Check, tone: 'text-success' },
  failed: { label: 'Failed', icon: X, tone: 'text-failed' },
  missed: { label: 'Missed', icon: ClockAlert, tone: 'text-missed' },
  paused: { label: 'Paused', icon: Pause, tone: 'text-ink-3' },
  disabled: { label: 'Disabled', icon: Octagon, tone: 'text-ink-3' },
  skipped: { label: 'Skipped', icon: SkipForward, tone: 'text-ink-3' },
  cancelled: { label: 'Cancelled', icon: Ban, tone: 'text-ink-3' },
  suppressed: { label: 'Suppressed', icon: CircleSlash, tone: 'text-ink-3' },
  superseded: { label: 'Superseded', icon: Ghost, tone: 'text-ink-3' },
  interrupted: { label: 'Interrupted', icon: Unplug, tone: 'text-failed' },
};

/** A status from a word of the wire; one that the page does not know counts as skipped. */
export function asStatus(word: string): Status {
  return word in STATUS_LOOKS ? (word as Status) : 'skipped';
}

/** Lower is worse: what must be seen first. */
export const SEVERITY: Readonly<Record<Status, number>> = {
  running: 0,
  failed: 1,
  missed: 2,
  queued: 3,
  scheduled: 4,
  success: 5,
  paused: 6,
  disabled: 7,
  cancelled: 8,
  skipped: 9,
  suppressed: 10,
  superseded: 11,
  interrupted: 1,
};

/** The status as an icon with a shape of its own. Failed stands in a filled circle, running turns. */
export function StatusMark({
  status,
  size = 12,
  named = false,
}: {
  readonly status: Status;
  readonly size?: number;
  readonly named?: boolean;
}): ReactElement {
  const look = STATUS_LOOKS[status] ?? { label: status, icon: Clock, tone: 'text-ink-3' };
  const naming = named ? { role: 'img', 'aria-label': look.label } : { 'aria-hidden': true };
  if (status === 'failed') {
    return (
      <span
        {...naming}
        className="inline-grid shrink-0 place-items-center rounded-full bg-failed text-on-failed"
        style={{ width: size + 1, height: size + 1 }}
      >
        <X size={size - 3} strokeWidth={3} />
      </span>
    );
  }
  return (
    <span {...naming} className={`inline-grid shrink-0 place-items-center ${look.tone}`}>
      <look.icon
        size={size}
        strokeWidth={2.25}
        className={status === 'running' ? 'animate-[spin_2s_linear_infinite]' : ''}
      />
    </span>
  );
}

/** Mark and word together. */
export function StatusWord({
  status,
  detail,
}: {
  readonly status: Status;
  readonly detail?: string | undefined;
}): ReactElement {
  return (
    <span className="inline-flex items-center gap-1.5">
      <StatusMark status={status} size={13} />
      <span
        className={
          status === 'failed' ? 'font-medium text-failed' : status === 'missed' ? 'font-medium text-missed' : ''
        }
      >
        {STATUS_LOOKS[status]?.label ?? status}
      </span>
      {detail && <span className="text-ink-3">{detail}</span>}
    </span>
  );
}

const BARS: Readonly<Record<Status, string>> = {
  scheduled: 'h-1 bg-line',
  queued: 'h-1 bg-edge',
  running: 'h-2.5 bg-accent',
  success: 'h-2.5 bg-success/55',
  failed: 'h-3.5 bg-failed',
  missed: 'h-3.5 border border-dashed border-missed',
  paused: 'h-1 bg-edge',
  disabled: 'h-1 bg-edge',
  skipped: 'h-1 bg-edge',
  cancelled: 'h-1.5 bg-edge',
  suppressed: 'h-1 bg-edge',
  superseded: 'h-1 bg-edge',
  interrupted: 'h-3.5 border border-failed',
};

/* oxlint-disable react/no-array-index-key -- an outcome is known by its place */

/** The last outcomes, oldest first, as bars whose height and texture say the status. */
export function StatusStrip({ recent }: { readonly recent: readonly string[] }): ReactElement {
  if (recent.length === 0) return <span className="sr-only">No runs yet</span>;
  const outcomes = recent.map(asStatus);
  const count = (status: Status): number => outcomes.filter((one) => one === status).length;
  const parts = (['failed', 'missed', 'running', 'success'] as const).filter((status) => count(status) > 0);
  const words = parts.map((status) => `${count(status)} ${STATUS_LOOKS[status].label.toLowerCase()}`).join(', ');
  return (
    // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- drawn with bars, not loaded
    <span role="img" aria-label={`Last ${recent.length}: ${words}`} className="inline-flex h-3.5 items-end gap-px">
      {outcomes.map((status, index) => (
        <span key={index} className={`w-1 rounded-[1px] ${BARS[status]}`} />
      ))}
    </span>
  );
}
