import { Popover } from 'radix-ui';
import { type ReactElement, type ReactNode, useState } from 'react';
import { portalHost } from '../../../../web/kit/floating/portal-host.ts';
import type { ChangeAddress } from '../address.ts';
import { leadTo } from './target.ts';
import { missedTimes, missedWords } from '../reasons.ts';
import type { Week } from '../week.ts';

interface MissedListProps {
  /** The button that opens the list. */
  readonly trigger: ReactNode;
  readonly week: Week;
  /** Only missed ones are shown in the calendar. */
  readonly filtered: boolean;
  readonly change: ChangeAddress;
}

/** What waits for an answer: which job, how many runs, when and why. Each leads to its event. */
export function MissedList({ trigger, week, filtered, change }: MissedListProps): ReactElement {
  const [open, setOpen] = useState(false);
  const { missed } = week.feed;
  function lead(to: Parameters<ChangeAddress>[0]): void {
    setOpen(false);
    change(to);
  }
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger asChild>{trigger}</Popover.Trigger>
      <Popover.Portal container={portalHost()}>
        <Popover.Content
          aria-label="Missed runs"
          align="start"
          sideOffset={4}
          collisionPadding={8}
          className="appear z-40 flex max-h-[min(28rem,70dvh)] w-104 max-w-[calc(100vw-16px)] flex-col rounded-panel border border-line bg-raised shadow-float"
        >
          <ul className="min-h-0 flex-1 overflow-y-auto overscroll-contain p-1">
            {missed.map((item) => (
              <li key={item.id}>
                <button
                  type="button"
                  onClick={() => lead(leadTo(week, item))}
                  className="flex w-full flex-col gap-0.5 rounded-control px-2.5 py-2 text-left hover:bg-hover"
                >
                  <span className="flex w-full items-baseline gap-2 text-13">
                    <span dir="auto" className="grow truncate font-medium">
                      {item.title}
                    </span>
                    <span className="tabular text-12 text-missed">{item.count.toLocaleString('en')}</span>
                  </span>
                  <span className="text-12 text-ink-2">{missedWords(item)}</span>
                  <span className="tabular text-12 text-ink-3">{missedTimes(item, week.feed.timezone)}</span>
                </button>
              </li>
            ))}
          </ul>
          <button
            type="button"
            aria-pressed={filtered}
            onClick={() => lead({ statuses: filtered ? [] : ['missed'] })}
            className="h-9 shrink-0 rounded-b-panel border-t border-line-faint px-3.5 text-left text-12 text-ink-2 hover:bg-hover hover:text-ink max-md:h-11"
          >
            {filtered ? 'Show everything in the calendar' : 'Show only missed runs in the calendar'}
          </button>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
