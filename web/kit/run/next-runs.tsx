import type { ReactElement } from 'react';
import { RelativeTime } from '../relative-time.tsx';
import { momentWords } from '../time/words.ts';
import { Section } from './section.tsx';

export function NextRuns({ next, zone }: { readonly next: readonly string[]; readonly zone: string }): ReactElement {
  return (
    <Section title="Next runs">
      {next.length === 0 && <p className="text-13 text-ink-3">None planned.</p>}
      <ol className="flex flex-col gap-0.5 text-13">
        {next.map((at) => (
          <li key={at} className="tabular flex items-baseline justify-between gap-4">
            <span>{momentWords(Date.parse(at), zone)}</span>
            <span className="text-12 text-ink-3">
              <RelativeTime at={at} zone={zone} />
            </span>
          </li>
        ))}
      </ol>
    </Section>
  );
}
