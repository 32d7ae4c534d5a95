import { type ReactElement, useEffect, useRef } from 'react';
import { useNarrow } from '../../../../web/kit/use-narrow.ts';
import type { Week } from '../week.ts';
import { Details } from './details.tsx';

interface PanelProps {
  /** An event id, or `lane~` and the id of a lane. */
  readonly selected: string;
  readonly week: Week;
  readonly zone: string;
  readonly onClose: () => void;
}

/** The details: beside the grid on a wide screen, over it on a narrow one, from below on a phone. */
export function Panel({ selected, week, zone, onClose }: PanelProps): ReactElement | null {
  const narrow = useNarrow();
  const lane = week.lanes.find((one) => selected === `lane~${one.lane_id}`);
  const eventId = lane?.event_id ?? (selected.startsWith('lane~') ? undefined : selected);
  // A lane's nearest occurrence moves on; what is open stays until the panel is opened anew.
  const opened = useRef<{ readonly selected: string; readonly eventId: string }>(undefined);
  if (eventId && opened.current?.selected !== selected) opened.current = { selected, eventId };
  const id = opened.current?.selected === selected ? opened.current.eventId : eventId;
  if (!id) return null;
  const details = <Details eventId={id} lane={lane} zone={zone} onClose={onClose} />;
  if (narrow) return <BottomSheet onClose={onClose}>{details}</BottomSheet>;
  return (
    <aside
      aria-label="Details"
      className="appear z-30 flex min-h-0 w-95 shrink-0 flex-col border-l border-line bg-surface max-lg:absolute max-lg:inset-y-0 max-lg:right-0 max-lg:shadow-float"
    >
      {details}
    </aside>
  );
}

function BottomSheet({
  onClose,
  children,
}: {
  readonly onClose: () => void;
  readonly children: ReactElement;
}): ReactElement {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = ref.current;
    if (dialog && !dialog.open) dialog.showModal();
    return () => dialog?.close();
  }, []);
  return (
    // The backdrop is the thumb's way out; Esc and the close button are the others.
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
    <dialog
      ref={ref}
      aria-label="Details"
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === ref.current && onClose()}
      className="appear mt-auto mb-0 max-h-[88dvh] w-full max-w-none overflow-hidden rounded-t-panel bg-surface text-ink shadow-float backdrop:bg-[oklch(0.2_0.01_70_/_0.35)]"
    >
      <div className="flex max-h-[88dvh] flex-col">{children}</div>
    </dialog>
  );
}
