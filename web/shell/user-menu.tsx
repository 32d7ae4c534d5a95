import { useMutation, useQueryClient } from '@tanstack/react-query';
import { LogOut, Monitor, Moon, Sun } from 'lucide-react';
import type { ReactElement } from 'react';
import { signOut } from '../api/sign-in.ts';
import { useMe, useZone } from '../kit/app/me.ts';
import { announce } from '../kit/app/toast.ts';
import { Menu } from '../kit/floating/menu.tsx';
import { chooseTheme, type Theme, useTheme } from './theme.ts';

const THEMES: readonly { readonly theme: Theme; readonly label: string; readonly icon: typeof Sun }[] = [
  { theme: 'light', label: 'Light', icon: Sun },
  { theme: 'dark', label: 'Dark', icon: Moon },
  { theme: 'system', label: 'As the system', icon: Monitor },
];

/** Who is signed in, the theme, and the way out. */
export function UserMenu({ wide, side }: { readonly wide: boolean; readonly side: 'right' | 'top' }): ReactElement {
  const me = useMe();
  const chosen = useTheme();
  const queries = useQueryClient();
  const zone = useZone();
  const leave = useMutation({
    mutationFn: signOut,
    onSuccess: () => {
      queries.clear();
      location.assign('/');
    },
    onError: (problem) => announce(`Not signed out: ${problem.message}`, { tone: 'failed' }),
  });
  const name = me.principal.name;
  return (
    <Menu
      side={side}
      trigger={
        side === 'top' ? (
          <button
            type="button"
            className="flex h-14 flex-1 flex-col items-center justify-center gap-0.5 text-11 text-ink-2"
          >
            <Initials name={name} />
            You
          </button>
        ) : (
          <button
            type="button"
            aria-label={`${name}: theme and sign-out`}
            className="flex h-9 items-center gap-2 rounded-control px-1 text-13 text-ink-2 hover:bg-hover hover:text-ink"
          >
            <Initials name={name} />
            {wide && <span className="truncate">{name}</span>}
          </button>
        )
      }
      header={
        <div className="text-12 text-ink-3">
          <div className="text-13 font-medium text-ink">{name}</div>
          <div>{me.principal.email}</div>
          <div>
            {me.team.name} · {me.role} · {zone.replaceAll('_', ' ')}
          </div>
        </div>
      }
      groups={[
        THEMES.map(({ theme, label, icon }) => ({
          label,
          icon,
          checked: chosen === theme,
          onSelect: () => chooseTheme(theme),
        })),
        [{ label: 'Sign out', icon: LogOut, onSelect: () => leave.mutate() }],
      ]}
    />
  );
}

function Initials({ name }: { readonly name: string }): ReactElement {
  const letters = name.split(/\s+/).map((part) => part[0] ?? '');
  return (
    <span
      data-text={((letters[0] ?? '') + (letters.length > 1 ? (letters.at(-1) ?? '') : '')).toUpperCase()}
      className="drawn grid size-7 shrink-0 place-items-center rounded-full border border-line bg-surface text-11 font-medium text-ink-2"
    />
  );
}
