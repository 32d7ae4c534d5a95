import { type ReactElement, type ReactNode, useEffect, useRef } from 'react';
import { useNarrow } from '../use-narrow.ts';

interface SidePanelProps {
  readonly label: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** Details beside the page on a wide screen, over its edge on a narrower one, from below on a phone. */
export function SidePanel({ label, onClose, children }: SidePanelProps): ReactElement {
  if (useNarrow()) {
    return (
      <BottomSheet label={label} onClose={onClose}>
        {children}
      </BottomSheet>
    );
  }
  return (
    <aside
      aria-label={label}
      className="appear z-30 flex min-h-0 w-95 max-xl:w-85 shrink-0 flex-col border-l border-line bg-surface max-lg:absolute max-lg:inset-y-0 max-lg:right-0 max-lg:shadow-float"
    >
      {children}
    </aside>
  );
}

function BottomSheet({ label, onClose, children }: SidePanelProps): ReactElement {
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
      aria-label={label}
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
