import { Tooltip } from 'radix-ui';
import type { ReactElement, ReactNode } from 'react';
import { portalHost } from './portal-host.ts';

/** A short hint on hover and focus. The child must be one element that takes a ref. */
export function Hint({
  text,
  side = 'bottom',
  children,
}: {
  readonly text: string;
  readonly side?: 'top' | 'right' | 'bottom' | 'left';
  readonly children: ReactNode;
}): ReactElement {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>{children}</Tooltip.Trigger>
      <Tooltip.Portal container={portalHost()}>
        <Tooltip.Content
          side={side}
          sideOffset={6}
          collisionPadding={8}
          className="appear z-50 max-w-72 rounded-control bg-ink px-2 py-1 text-12 text-paper shadow-float"
        >
          {text}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
