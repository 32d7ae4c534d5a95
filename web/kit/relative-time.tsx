import type { ReactElement } from 'react';
import { Hint } from './floating/hint.tsx';
import { useNow } from './time/use-now.ts';
import { momentWords, relativeWords } from './time/words.ts';

/** "4 min ago", with the absolute time and its zone on hover. */
export function RelativeTime({ at, zone }: { readonly at: string; readonly zone: string }): ReactElement {
  const instant = Date.parse(at);
  const now = useNow(5000);
  return (
    <Hint text={`${momentWords(instant, zone)} · ${zone}`}>
      <time dateTime={at} className="tabular whitespace-nowrap">
        {relativeWords(instant, now)}
      </time>
    </Hint>
  );
}
