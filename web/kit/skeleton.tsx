import type { ReactElement } from 'react';

/** Grey stand-ins of rows, for the very first load only. */
export function Skeleton({ rows, label }: { readonly rows: number; readonly label: string }): ReactElement {
  return (
    <output aria-label={label} className="flex flex-col gap-3 p-4">
      {Array.from({ length: rows }, (_, index) => (
        <div
          key={index}
          className="h-4 animate-pulse rounded-card bg-line-faint"
          style={{ width: `${88 - ((index * 37) % 41)}%` }}
        />
      ))}
    </output>
  );
}

/** A hairline at the top of what is being read again; the old stays visible beneath. */
export function Progress({ active }: { readonly active: boolean }): ReactElement | null {
  if (!active) return null;
  return (
    <div aria-hidden className="pointer-events-none absolute inset-x-0 top-0 z-30 h-px overflow-hidden">
      <div className="h-full w-1/3 animate-[slide_1.1s_ease-in-out_infinite] bg-accent" />
    </div>
  );
}
