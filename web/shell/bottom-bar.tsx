import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import type { NavigationEntry } from '../kit/app/module-ui.ts';
import { UserMenu } from './user-menu.tsx';

const MOST = 3;

/** The navigation on a phone: three pages and you. */
export function BottomBar({ navigation }: { readonly navigation: readonly NavigationEntry[] }): ReactElement {
  return (
    <nav
      aria-label="Main"
      className="flex shrink-0 border-t border-line bg-sunken pb-[env(safe-area-inset-bottom)] md:hidden"
    >
      {navigation.slice(0, MOST).map((entry) => (
        <Link
          key={entry.to}
          to={entry.to}
          activeOptions={{ exact: entry.to === '/', includeSearch: false }}
          className="flex h-14 flex-1 flex-col items-center justify-center gap-0.5 text-11 text-ink-2 aria-[current=page]:font-medium aria-[current=page]:text-accent"
        >
          <entry.icon aria-hidden size={20} strokeWidth={1.75} />
          {entry.label}
        </Link>
      ))}
      <UserMenu wide={false} side="top" />
    </nav>
  );
}
