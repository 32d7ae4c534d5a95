import type { LucideIcon } from 'lucide-react';
import type { ReactElement, ReactNode } from 'react';

/** Says why there is nothing and what to do about it. */
export function Empty({
  icon: Icon,
  title,
  top = false,
  children,
  action,
}: {
  readonly icon: LucideIcon;
  readonly title: string;
  /** The page has no other heading. */
  readonly top?: boolean;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
}): ReactElement {
  const Heading = top ? 'h1' : 'h2';
  return (
    <div className="appear mx-auto flex max-w-96 flex-col items-center gap-2 px-6 py-12 text-center">
      <Icon aria-hidden size={22} strokeWidth={1.5} className="text-ink-3" />
      <Heading className="text-14 font-medium">{title}</Heading>
      {children && <div className="text-13 text-ink-2">{children}</div>}
      {action && <div className="mt-2">{action}</div>}
    </div>
  );
}
