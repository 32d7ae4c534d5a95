import type { ReactElement, ReactNode } from 'react';

/** One titled part of a side panel. */
export function Section({ title, children }: { readonly title: string; readonly children: ReactNode }): ReactElement {
  return (
    <section className="border-b border-line-faint px-4 py-3">
      <h3 className="mb-1.5 text-12 text-ink-3">{title}</h3>
      {children}
    </section>
  );
}
