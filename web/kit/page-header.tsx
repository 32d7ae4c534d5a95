import type { ReactElement, ReactNode } from 'react';
import { Hint } from './floating/hint.tsx';
import { useLive } from './app/live.ts';
import { useNow } from './time/use-now.ts';
import { relativeWords } from './time/words.ts';

/** The 44 px line over every page: what is seen, what can be changed about it, and whether it is live. */
export function PageHeader({
  title,
  children,
}: {
  readonly title: ReactNode;
  readonly children?: ReactNode;
}): ReactElement {
  return (
    <header className="flex h-11 max-md:h-13 shrink-0 items-center gap-2 max-md:gap-0.5 border-b border-line bg-paper px-4 max-md:px-3">
      <h1 className="tabular mr-2 truncate max-md:shrink-0 max-md:leading-tight text-16 font-semibold tracking-[-0.01em]">
        {title}
      </h1>
      {children}
      <LiveDot />
    </header>
  );
}

const WORDS = { connecting: 'Connecting', live: 'Live', down: 'Not live: asking every 15 s' } as const;

function LiveDot(): ReactElement {
  const { state, lastAt } = useLive();
  const now = useNow(1000);
  const age = lastAt === undefined ? '' : ` · last heard ${relativeWords(lastAt, now)}`;
  return (
    <Hint text={WORDS[state] + age} side="left">
      <output aria-label={WORDS[state]} className="ml-auto grid size-6 shrink-0 place-items-center">
        <span
          className={`size-2 transition-colors duration-150 ${
            state === 'live'
              ? 'rounded-full bg-success'
              : state === 'down'
                ? 'rotate-45 rounded-[1px] bg-missed'
                : 'rounded-full border border-edge'
          }`}
        />
      </output>
    </Hint>
  );
}
