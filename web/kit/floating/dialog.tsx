import { X } from 'lucide-react';
import { type ReactElement, type ReactNode, useEffect, useId, useRef } from 'react';
import { IconButton } from '../button.tsx';

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  /** `sheet` comes from the right on a wide screen; both are bottom sheets on a phone. */
  readonly shape?: 'dialog' | 'sheet';
  readonly footer?: ReactNode;
  readonly children: ReactNode;
}

const SHAPES = {
  dialog: 'md:m-auto md:w-[30rem] md:max-h-[85dvh] md:rounded-panel',
  sheet: 'md:ml-auto md:h-dvh md:max-h-dvh md:w-[30rem] md:border-l',
} as const;

/**
 * The browser's own modal dialog: it keeps the focus, closes on Esc and makes the rest inert. Radix Dialog would add a
 * style element to lock the scroll, which the content security policy forbids.
 */
export function Dialog({ title, onClose, shape = 'dialog', footer, children }: DialogProps): ReactElement {
  const ref = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const dialog = ref.current;
    if (dialog && !dialog.open) {
      dialog.showModal();
      // Whoever has a keyboard begins to type; a thumb would only get the keyboard in its way.
      const first = matchMedia('(pointer: fine)').matches
        ? dialog.querySelector<HTMLElement>('input, textarea')
        : dialog;
      first?.focus();
    }
    return () => dialog?.close();
  }, []);
  return (
    // The click on the backdrop is the pointer's way out; Esc is the keyboard's.
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
    <dialog
      ref={ref}
      tabIndex={-1}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === ref.current && onClose()}
      className={`appear max-w-none outline-none overflow-hidden border-line bg-surface text-ink shadow-float backdrop:bg-[oklch(0.2_0.01_70_/_0.35)] max-md:mt-auto max-md:mb-0 max-md:max-h-[88dvh] max-md:w-full max-md:rounded-t-panel ${SHAPES[shape]}`}
    >
      <div className="flex max-h-[inherit] flex-col md:h-full">
        <header className="flex h-11 shrink-0 items-center justify-between border-b border-line pr-2 pl-4">
          <h2 id={heading} className="text-14 font-semibold">
            {title}
          </h2>
          <IconButton icon={X} label="Close" onClick={onClose} />
        </header>
        <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain">{children}</div>
        {footer && (
          <footer className="flex shrink-0 items-center gap-2 border-t border-line px-4 py-3">{footer}</footer>
        )}
      </div>
    </dialog>
  );
}
