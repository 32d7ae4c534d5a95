import type { ReactElement } from 'react';
import { TextField } from '../../../web/kit/field.tsx';
import { zoneAbbreviation, zonedWords } from '../../../web/kit/time/words.ts';
import { type Explained, PRESETS } from './explain.ts';

interface ScheduleFieldProps {
  readonly expr: string;
  readonly zone: string;
  readonly explained: Explained;
  readonly error: string | undefined;
  readonly onChange: (expr: string) => void;
}

/** A cron expression that explains itself while it is typed. */
export function ScheduleField({ expr, zone, explained, error, onChange }: ScheduleFieldProps): ReactElement {
  const refused = explained.kind === 'refused' && explained.about === 'expression' ? explained.problem : undefined;
  return (
    <div>
      <TextField
        label="Schedule"
        mono
        required
        spellCheck={false}
        autoComplete="off"
        placeholder="30 1 * * *"
        help="Minute, hour, day of the month, month, day of the week."
        value={expr}
        onChange={(event) => onChange(event.target.value)}
        error={refused ?? error}
      />
      <div className="mt-2 flex flex-wrap gap-1.5">
        {PRESETS.map((preset) => (
          <button
            key={preset.expr}
            type="button"
            aria-pressed={preset.expr === expr}
            onClick={() => onChange(preset.expr)}
            className="h-6 rounded-full border border-line px-2.5 text-12 text-ink-2 hover:bg-hover aria-pressed:border-accent aria-pressed:text-ink max-md:h-11 max-md:px-4"
          >
            {preset.label}
          </button>
        ))}
      </div>
      <div aria-live="polite">
        {explained.kind === 'understood' && <Preview words={explained.words} next={explained.next} zone={zone} />}
      </div>
    </div>
  );
}

function Preview({
  words,
  next,
  zone,
}: {
  readonly words: string;
  readonly next: readonly number[];
  readonly zone: string;
}): ReactElement {
  const abbreviations = next.map((at) => zoneAbbreviation(at, zone));
  return (
    <div className="mt-3 rounded-control border border-line-faint bg-sunken px-3 py-2.5">
      <p className="text-13 font-medium">{words}</p>
      {next.length === 0 && <p className="mt-1 text-12 text-missed">It never runs in the next nine years.</p>}
      <ol className="tabular mt-1.5 flex flex-col gap-0.5 text-12 text-ink-2">
        {next.map((at, index) => (
          <li key={at} className="flex justify-between gap-4">
            <span>
              {zonedWords(at, zone, {
                weekday: 'short',
                day: 'numeric',
                month: 'short',
                year: 'numeric',
                hour: '2-digit',
                minute: '2-digit',
              }).replace(',', '')}
            </span>
            <span
              className={
                index > 0 && abbreviations[index] !== abbreviations[index - 1]
                  ? 'font-medium text-missed'
                  : 'text-ink-3'
              }
            >
              {abbreviations[index]}
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}
