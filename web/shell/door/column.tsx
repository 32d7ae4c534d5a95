import { type ReactElement, type ReactNode, useState } from 'react';
import { Mark } from '../mark.tsx';

/** The one narrow column of the pages before the frame. */
export function Column({
  title,
  intro,
  children,
}: {
  readonly title: string;
  readonly intro?: ReactNode;
  readonly children: ReactNode;
}): ReactElement {
  const [hour] = useState(() => new Date().getHours());
  return (
    <main className="flex h-dvh flex-col items-center overflow-y-auto px-6 py-[12vh]">
      <div className="appear w-full max-w-88">
        <div className="mb-8 flex items-center gap-2.5">
          <Mark size={32} hour={hour} />
          <span className="text-20 font-semibold tracking-[-0.02em]">Almanac</span>
        </div>
        <h1 className="text-20 font-semibold tracking-[-0.015em]">{title}</h1>
        {intro && <div className="mt-1 text-14 text-ink-2">{intro}</div>}
        <div className="mt-6">{children}</div>
      </div>
    </main>
  );
}
