/* oxlint-disable react/no-array-index-key -- a line of a log is known by its number */
import { Pause, Search, WrapText } from 'lucide-react';
import { memo, type ReactElement, useEffect, useMemo, useRef, useState } from 'react';
import { IconButton } from '../button.tsx';
import { CopyButton } from '../copy.tsx';
import { plainOf, spansOf } from './ansi.ts';
import { useLog } from './use-log.ts';

const BLOCK = 100;
/** Pixels of a line that is not wrapped. */
const LINE = 18;
/** Blocks above and below the one on the screen that are kept in the document. */
const NEAR = 3;

/** The output of a run: line numbers, follow mode, search, copy, wrap. */
export function LogView({ runId }: { readonly runId: string }): ReactElement {
  const log = useLog(runId);
  const [wrap, setWrap] = useState(false);
  const [search, setSearch] = useState<string>();
  const lines = useMemo(() => linesOf(log.text), [log.text]);
  const needle = search?.toLowerCase() ?? '';
  const found = useMemo(
    () =>
      needle
        ? lines
            .map((_, index) => index)
            .filter((index) =>
              plainOf(lines[index] ?? '')
                .toLowerCase()
                .includes(needle),
            )
        : undefined,
    [lines, needle],
  );
  return (
    <section aria-label="Output" className="overflow-hidden rounded-control border border-line bg-sunken">
      <div className="flex h-8 max-md:h-12 items-center gap-0.5 border-b border-line-faint pr-0.5 pl-2.5 text-12 text-ink-3">
        <output className="tabular grow truncate">{saidOf(log.state, lines.length, found?.length)}</output>
        {search !== undefined && (
          <input
            // The field has just been asked for.
            // eslint-disable-next-line jsx-a11y/no-autofocus
            autoFocus
            aria-label="Search the output"
            placeholder="Search"
            value={search}
            onChange={(event) => setSearch(event.target.value)}
            className="h-6 max-md:h-10 w-32 rounded-card border border-edge bg-surface px-1.5 text-12 text-ink"
          />
        )}
        <IconButton
          icon={Search}
          label="Search"
          aria-pressed={search !== undefined}
          onClick={() => setSearch(search === undefined ? '' : undefined)}
        />
        <IconButton
          icon={WrapText}
          label="Wrap lines"
          aria-pressed={wrap}
          onClick={() => setWrap(!wrap)}
          className={wrap ? 'bg-hover' : ''}
        />
        <CopyButton text={() => plainOf(log.text)} label="Copy output" />
      </div>
      {log.dropped > 0 && (
        <p className="border-b border-line-faint px-2.5 py-1 text-12 text-missed">{`${log.dropped.toLocaleString('en')} bytes in the middle were not kept.`}</p>
      )}
      {log.problem && <p className="px-2.5 py-2 text-12 text-failed">{log.problem}</p>}
      <Lines lines={lines} only={found} wrap={wrap} following={log.state === 'following'} />
    </section>
  );
}

function Lines({
  lines,
  only,
  wrap,
  following,
}: {
  readonly lines: readonly string[];
  readonly only: readonly number[] | undefined;
  readonly wrap: boolean;
  readonly following: boolean;
}): ReactElement {
  const box = useRef<HTMLDivElement>(null);
  const [paused, setPaused] = useState(false);
  const [at, setAt] = useState(0);
  useEffect(() => {
    if (following && !paused && lines.length > 0 && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lines, following, paused]);
  const shown = only ?? lines.map((_, index) => index);
  const blocks = Array.from({ length: Math.ceil(shown.length / BLOCK) }, (_, index) =>
    shown.slice(index * BLOCK, (index + 1) * BLOCK),
  );
  return (
    <div className="relative">
      <div
        ref={box}
        role="log"
        aria-label="Lines"
        aria-live="off"
        // A scrolling region must be reachable with the keyboard.
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
          setPaused(scrollHeight - scrollTop - clientHeight > 24);
          setAt(Math.floor(scrollTop / (BLOCK * LINE)));
        }}
        className="max-h-72 overflow-auto py-1.5 font-mono text-12 leading-[18px] outline-offset-[-2px]"
      >
        {blocks.map((block, index) =>
          // Wrapped lines have no height that could be foretold: the browser then leaves out what is off the screen.
          wrap || Math.abs(index - at) <= NEAR ? (
            <Block key={index} numbers={block} text={block.map((line) => lines[line] ?? '').join('\n')} wrap={wrap} />
          ) : (
            <div key={index} style={{ height: block.length * LINE }} />
          ),
        )}
        {shown.length === 0 && (
          <p className="px-2.5 text-ink-3">
            {only ? 'No line holds this.' : following ? 'Nothing written yet.' : 'No output.'}
          </p>
        )}
      </div>
      {following && paused && (
        <button
          type="button"
          onClick={() => setPaused(false)}
          className="appear absolute right-3 bottom-2 inline-flex h-6 max-md:h-11 items-center gap-1 rounded-full bg-ink px-2.5 text-11 text-paper shadow-float"
        >
          <Pause aria-hidden size={11} /> Paused · follow
        </button>
      )}
    </div>
  );
}

/** Some lines; read again only when they have changed. */
const Block = memo(
  function Block({
    numbers,
    text,
    wrap,
  }: {
    readonly numbers: readonly number[];
    readonly text: string;
    readonly wrap: boolean;
  }): ReactElement {
    return (
      <div
        className="[content-visibility:auto]"
        style={{ containIntrinsicBlockSize: `auto ${numbers.length * LINE}px` }}
      >
        {text.split('\n').map((line, index) => (
          <div key={index} className="flex">
            <span
              aria-hidden
              className="sticky left-0 w-10 shrink-0 bg-sunken pr-2.5 text-right text-ink-3 select-none"
            >
              {(numbers[index] ?? 0) + 1}
            </span>
            <span className={`pr-3 ${wrap ? 'min-w-0 break-all whitespace-pre-wrap' : 'whitespace-pre'}`}>
              {spansOf(line).map((span, at) => (
                <span key={at} className={span.look}>
                  {span.text}
                </span>
              ))}
            </span>
          </div>
        ))}
      </div>
    );
  },
  (before, after) => before.text === after.text && before.wrap === after.wrap && before.numbers[0] === after.numbers[0],
);

function linesOf(text: string): readonly string[] {
  if (text === '') return [];
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function saidOf(state: string, lines: number, found: number | undefined): string {
  if (state === 'loading') return 'Reading …';
  const count =
    found === undefined
      ? `${lines.toLocaleString('en')} ${lines === 1 ? 'line' : 'lines'}`
      : `${found} of ${lines.toLocaleString('en')} lines`;
  return state === 'following' ? `${count} · following` : count;
}
