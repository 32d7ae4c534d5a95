import { Check, type LucideIcon } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import type { ReactElement, ReactNode } from 'react';
import { portalHost } from './portal-host.ts';

export interface MenuItem {
  readonly label: string;
  readonly icon?: LucideIcon;
  readonly detail?: string;
  readonly checked?: boolean;
  readonly onSelect: () => void;
}

const ITEM =
  'flex h-7 max-md:h-11 items-center gap-2 rounded-card px-2 text-13 outline-none cursor-pointer data-highlighted:bg-hover';

/** A menu under its trigger; groups are parted by a hairline. It leaves the page behind it usable (no scroll lock). */
export function Menu({
  trigger,
  groups,
  header,
  side = 'bottom',
}: {
  readonly trigger: ReactNode;
  readonly groups: readonly (readonly MenuItem[])[];
  readonly header?: ReactNode;
  readonly side?: 'bottom' | 'right' | 'top';
}): ReactElement {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal container={portalHost()}>
        <DropdownMenu.Content
          side={side}
          align={side === 'right' ? 'end' : 'start'}
          sideOffset={6}
          collisionPadding={8}
          className="appear z-50 min-w-48 rounded-panel border border-line bg-raised p-1 shadow-float"
        >
          {header && <div className="px-2 pt-1 pb-2">{header}</div>}
          {groups.map((group, index) => (
            <div key={group[0]?.label} className={index > 0 || header ? 'border-t border-line-faint mt-1 pt-1' : ''}>
              {group.map((item) => (
                <Entry key={item.label} item={item} />
              ))}
            </div>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function Entry({ item }: { readonly item: MenuItem }): ReactElement {
  const inside = (
    <>
      {item.icon && <item.icon aria-hidden size={14} strokeWidth={1.75} className="shrink-0 text-ink-3" />}
      <span className="grow truncate">{item.label}</span>
      {item.detail && <span className="pl-4 text-12 text-ink-3">{item.detail}</span>}
      {item.checked !== undefined && (
        <span className="grid size-3.5 place-items-center">{item.checked && <Check aria-hidden size={13} />}</span>
      )}
    </>
  );
  if (item.checked === undefined)
    return (
      <DropdownMenu.Item className={ITEM} onSelect={item.onSelect}>
        {inside}
      </DropdownMenu.Item>
    );
  return (
    <DropdownMenu.CheckboxItem
      className={ITEM}
      checked={item.checked}
      onSelect={(event) => {
        event.preventDefault();
        item.onSelect();
      }}
    >
      {inside}
    </DropdownMenu.CheckboxItem>
  );
}
