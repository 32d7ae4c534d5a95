import type { ReactElement } from 'react';
import type { Run } from '../../api/types.ts';
import { StatusMark } from '../status.tsx';
import { durationWords, momentWords } from '../time/words.ts';
import { Section } from './section.tsx';

/** Runs, the newest first; a click shows the output of one. */
export function Runs({
  runs,
  shown,
  zone,
  onShow,
}: {
  readonly runs: readonly Run[];
  readonly shown: string | undefined;
  readonly zone: string;
  readonly onShow: (id: string) => void;
}): ReactElement {
  return (
    <Section title="Runs">
      {runs.length === 0 && <p className="text-13 text-ink-3">It has not run yet.</p>}
      <ul className="-mx-2">
        {runs.map((run) => (
          <li key={run.id}>
            <button
              type="button"
              aria-pressed={run.id === shown}
              onClick={() => onShow(run.id)}
              className="flex h-7 max-md:h-11 w-full items-center gap-2 rounded-control px-2 text-left text-13 hover:bg-hover aria-pressed:bg-hover"
            >
              <StatusMark status={run.status} size={13} named />
              <span className="tabular grow truncate">
                {momentWords(Date.parse(run.started_at ?? run.nominal_at), zone)}
              </span>
              <span className="tabular truncate text-12 text-ink-3">{outcomeOf(run)}</span>
            </button>
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** "exit 1 · 4.2 s", "200 · 340 ms", "by hand · 12 s". */
function outcomeOf(run: Run): string {
  return [
    run.cause === 'schedule' ? '' : run.cause === 'manual' ? 'by hand' : run.cause,
    run.attempt > 1 ? `try ${run.attempt}` : '',
    run.exit_code ? `exit ${run.exit_code}` : '',
    run.signal ?? '',
    run.http_status ? String(run.http_status) : '',
    typeof run.duration_ms === 'number' ? durationWords(run.duration_ms) : '',
  ]
    .filter(Boolean)
    .join(' · ');
}
