import { X } from 'lucide-react';
import type { ReactElement, ReactNode } from 'react';

/** A filter that is on or off. */
export function Chip({
  pressed,
  onPress,
  children,
}: {
  readonly pressed: boolean;
  readonly onPress: () => void;
  readonly children: ReactNode;
}): ReactElement {
  return (
    <button
      type="button"
      aria-pressed={pressed}
      onClick={onPress}
      className={`inline-flex h-6 max-md:h-11 max-md:px-3.5 shrink-0 items-center gap-1.5 rounded-full border px-2 text-12 whitespace-nowrap transition-colors duration-100 ${
        pressed ? 'border-accent bg-accent/10 text-ink' : 'border-transparent text-ink-2 hover:bg-hover hover:text-ink'
      }`}
    >
      {children}
      {pressed && <X aria-hidden size={11} className="text-ink-3" />}
    </button>
  );
}
