import { Link } from '@tanstack/react-router';
import { PanelLeft } from 'lucide-react';
import { type ReactElement, useState } from 'react';
import type { NavigationEntry } from '../kit/app/module-ui.ts';
import { useZone } from '../kit/app/me.ts';
import { Hint } from '../kit/floating/hint.tsx';
import { useNow } from '../kit/time/use-now.ts';
import { zonedWords } from '../kit/time/words.ts';
import { Mark } from './mark.tsx';
import { UserMenu } from './user-menu.tsx';

const KEY = 'almanac.rail';

/** The navigation at the left: 52 px of icons, 200 with words. */
export function Rail({ navigation }: { readonly navigation: readonly NavigationEntry[] }): ReactElement {
  const [wide, setWide] = useState(() => localStorage.getItem(KEY) === 'wide');
  const hour = Number(zonedWords(useNow(60_000), useZone(), { hour: '2-digit', hourCycle: 'h23' }));
  return (
    <nav
      aria-label="Main"
      className={`flex shrink-0 flex-col gap-1 border-r border-line bg-sunken p-2 max-md:hidden ${wide ? 'w-50' : 'w-13'}`}
    >
      <div className="mb-2 flex h-7 items-center gap-2 px-1.5">
        <Mark size={24} hour={hour} />
        {wide && <span className="text-14 font-semibold tracking-[-0.01em]">Almanac</span>}
      </div>
      {navigation.map((entry) => (
        <RailLink key={entry.to} entry={entry} wide={wide} />
      ))}
      <div className="grow" />
      <RailButton
        icon={PanelLeft}
        label={wide ? 'Narrow the navigation' : 'Widen the navigation'}
        wide={wide}
        onClick={() => {
          localStorage.setItem(KEY, wide ? 'narrow' : 'wide');
          setWide(!wide);
        }}
      />
      <UserMenu wide={wide} side="right" />
    </nav>
  );
}

const ITEM =
  'flex h-9 items-center gap-2.5 rounded-control px-2.5 text-13 text-ink-2 transition-colors duration-100 hover:bg-hover hover:text-ink ' +
  'aria-[current=page]:bg-surface aria-[current=page]:text-ink aria-[current=page]:shadow-[inset_0_0_0_1px_var(--line)]';

function RailLink({ entry, wide }: { readonly entry: NavigationEntry; readonly wide: boolean }): ReactElement {
  const link = (
    <Link
      to={entry.to}
      activeOptions={{ exact: entry.to === '/', includeSearch: false }}
      aria-label={wide ? undefined : entry.label}
      className={ITEM}
    >
      <entry.icon aria-hidden size={16} strokeWidth={1.75} className="shrink-0" />
      {wide && <span className="truncate">{entry.label}</span>}
    </Link>
  );
  return wide ? (
    link
  ) : (
    <Hint text={entry.label} side="right">
      {link}
    </Hint>
  );
}

function RailButton({
  icon: Icon,
  label,
  wide,
  onClick,
}: {
  readonly icon: NavigationEntry['icon'];
  readonly label: string;
  readonly wide: boolean;
  readonly onClick: () => void;
}): ReactElement {
  return (
    <Hint text={label} side="right">
      <button type="button" aria-label={label} aria-expanded={wide} onClick={onClick} className={ITEM}>
        <Icon aria-hidden size={16} strokeWidth={1.75} className="shrink-0" />
      </button>
    </Hint>
  );
}
