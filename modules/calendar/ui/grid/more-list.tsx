import { Popover } from 'radix-ui';
import type { ReactElement } from 'react';
import { sourceStyle } from '../../../../web/kit/source.tsx';
import { StatusMark } from '../../../../web/kit/status.tsx';
import type { MoreEntry } from '../columns.ts';
import { timeWords, type Week } from '../week.ts';
import { portalHost } from '../../../../web/kit/floating/portal-host.ts';

interface MoreListProps {
  readonly more: MoreEntry | undefined;
  /** The "+N" it belongs to. */
  readonly anchor: HTMLElement | undefined;
  readonly week: Week;
  readonly onOpen: (eventId: string) => void;
  readonly onClose: () => void;
}

/** What stands behind "+N", as a list. */
export function MoreList({ more, anchor, week, onOpen, onClose }: MoreListProps): ReactElement | null {
  if (!more || !anchor) return null;
  return (
    <Popover.Root open onOpenChange={(open) => !open && onClose()}>
      <Popover.Anchor virtualRef={{ current: anchor }} />
      <Popover.Portal container={portalHost()}>
        <Popover.Content
          aria-label={`${more.entries.length} more`}
          side="right"
          align="start"
          sideOffset={6}
          collisionPadding={12}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            anchor.focus();
          }}
          className="appear z-40 max-h-80 w-72 overflow-y-auto rounded-panel border border-line bg-raised p-1 shadow-float"
        >
          {more.entries.map(({ key, first, members, status }) => (
            <button
              key={key}
              type="button"
              onClick={() => onOpen(first.event.event_id)}
              className="flex h-7 w-full items-center gap-2 rounded-card px-2 text-left text-12 hover:bg-hover"
              style={sourceStyle(first.event.source)}
            >
              <span aria-hidden className="h-3.5 w-[3px] shrink-0 rounded-full bg-(--source)" />
              <span className="cal-time">{timeWords(week, first.at)}</span>
              <span dir="auto" className="grow truncate">
                {first.event.title}
              </span>
              {members.length > 1 && <span className="cal-time">×{members.length}</span>}
              <StatusMark status={status} size={12} named />
            </button>
          ))}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
