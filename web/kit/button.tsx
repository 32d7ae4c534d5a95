import type { LucideIcon } from 'lucide-react';
import type { ButtonHTMLAttributes, ReactElement } from 'react';
import { Hint } from './floating/hint.tsx';

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly look?: 'primary' | 'plain' | 'quiet' | 'danger';
  readonly icon?: LucideIcon;
  /** Shown disabled with this reason; the reason is read out and stands in the hint. */
  readonly blocked?: string | undefined;
  readonly busy?: boolean;
}

const LOOKS = {
  primary: 'bg-accent text-on-accent hover:brightness-110 font-medium',
  plain: 'bg-surface text-ink border border-line hover:bg-hover',
  quiet: 'text-ink-2 hover:bg-hover hover:text-ink',
  danger: 'bg-failed text-on-failed hover:brightness-110 font-medium',
} as const;

const BASE =
  'inline-flex h-7 max-md:h-11 shrink-0 items-center justify-center gap-1.5 rounded-control px-2.5 max-md:px-4 text-13 whitespace-nowrap select-none ' +
  'transition-[background-color,filter,opacity] duration-100 disabled:opacity-60 aria-disabled:opacity-60';

export function Button({
  look = 'plain',
  icon: Icon,
  blocked,
  busy = false,
  className = '',
  children,
  ...rest
}: ButtonProps): ReactElement {
  const button = (
    <button
      type="button"
      {...rest}
      {...(blocked && { onClick: undefined, 'aria-disabled': true })}
      disabled={rest.disabled || busy}
      aria-busy={busy || undefined}
      className={`${BASE} ${LOOKS[look]} ${className}`}
    >
      {Icon && <Icon aria-hidden size={14} strokeWidth={1.75} className="shrink-0" />}
      {children}
    </button>
  );
  return blocked ? <Hint text={blocked}>{button}</Hint> : button;
}

export interface IconButtonProps extends Omit<ButtonProps, 'children' | 'icon'> {
  readonly icon: LucideIcon;
  readonly label: string;
  /** Key that does the same, shown in the hint. */
  readonly shortcut?: string;
}

/** A square button with an icon; its label is its name and its hint. */
export function IconButton({
  icon: Icon,
  label,
  shortcut,
  look = 'quiet',
  className = '',
  blocked: _blocked,
  busy: _busy,
  ...rest
}: IconButtonProps): ReactElement {
  return (
    <Hint text={shortcut ? `${label} · ${shortcut}` : label}>
      <button
        type="button"
        aria-label={label}
        {...rest}
        className={`inline-flex size-7 max-md:size-11 shrink-0 items-center justify-center rounded-control transition-colors duration-100 disabled:opacity-50 ${LOOKS[look]} ${className}`}
      >
        <Icon aria-hidden size={16} strokeWidth={1.75} />
      </button>
    </Hint>
  );
}
