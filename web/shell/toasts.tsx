import { X } from 'lucide-react';
import type { ReactElement } from 'react';
import { dismiss, useToasts } from '../kit/app/toast.ts';

/** Bottom left, one line each, the newest nearest to the edge. */
export function Toasts(): ReactElement {
  const toasts = useToasts();
  return (
    <output
      aria-live="polite"
      className="pointer-events-none fixed bottom-4 left-16 z-50 flex max-w-[min(30rem,calc(100vw-2rem))] flex-col gap-2 max-md:bottom-20 max-md:left-4"
    >
      {toasts.map((toast) => (
        <div
          key={toast.id}
          className={`appear pointer-events-auto flex h-9 max-md:h-12 items-center gap-2 rounded-control pr-1 pl-3 text-13 shadow-float ${toast.tone === 'failed' ? 'bg-failed text-on-failed' : 'bg-ink text-paper'}`}
        >
          <span className="truncate">{toast.text}</span>
          {toast.undo && (
            <button
              type="button"
              className="h-7 max-md:h-11 rounded-card px-2 font-medium underline underline-offset-2"
              onClick={() => {
                toast.undo?.();
                dismiss(toast.id);
              }}
            >
              Undo
            </button>
          )}
          <button
            type="button"
            aria-label="Dismiss"
            className="grid size-7 max-md:size-11 place-items-center rounded-card opacity-80 hover:opacity-100"
            onClick={() => dismiss(toast.id)}
          >
            <X aria-hidden size={13} />
          </button>
        </div>
      ))}
    </output>
  );
}
