import type { ReactElement } from 'react';
import type { AuditLine, CalendarEvent, EventDetails, MissedItem } from '../../../../web/api/types.ts';
import { RelativeTime } from '../../../../web/kit/relative-time.tsx';
import { Section } from '../../../../web/kit/run/section.tsx';
import { durationWords, momentWords } from '../../../../web/kit/time/words.ts';
import { missedTimes, missedWords } from '../reasons.ts';

/** The rule in words, the local time, UTC, and the job's own zone when it is another. */
export function When({
  event,
  words,
  jobZone,
  zone,
}: {
  readonly event: CalendarEvent;
  readonly words: string;
  readonly jobZone: string;
  readonly zone: string;
}): ReactElement {
  const at = Date.parse(event.scheduled_at_utc);
  const zones = [...new Set([zone, jobZone, 'UTC'])];
  return (
    <Section title="When">
      <p className="text-13 font-medium">
        {words}
        {jobZone !== zone && /\d:\d\d/.test(words) && (
          <span className="font-normal text-ink-3"> · {jobZone.replaceAll('_', ' ')}</span>
        )}
      </p>
      <dl className="tabular mt-1.5 grid grid-cols-[1fr_auto] gap-x-4 gap-y-0.5 text-13 text-ink-2">
        {zones.map((one) => (
          <div key={one} className="contents">
            <dd>{momentWords(at, one)}</dd>
            <dt className="text-12 leading-5 text-ink-3">{one.replaceAll('_', ' ')}</dt>
          </div>
        ))}
      </dl>
      <Facts event={event} />
    </Section>
  );
}

function Facts({ event }: { readonly event: CalendarEvent }): ReactElement | null {
  const took =
    event.started_at && event.finished_at ? Date.parse(event.finished_at) - Date.parse(event.started_at) : undefined;
  const facts = [
    took === undefined ? '' : `took ${durationWords(took)}`,
    event.duration_hint_seconds ? `usually ${durationWords(event.duration_hint_seconds * 1000)}` : '',
    // Less than a second is as punctual as it gets.
    (event.lateness_seconds ?? 0) < 1 ? '' : `started ${durationWords((event.lateness_seconds ?? 0) * 1000)} late`,
  ].filter(Boolean);
  if (facts.length === 0) return null;
  return <p className="tabular mt-1.5 text-12 text-ink-3">{sentenceCase(facts.join(' · '))}</p>;
}

/** What happened to the runs that wait for an answer. */
export function MissedNote({ item, zone }: { readonly item: MissedItem; readonly zone: string }): ReactElement {
  return (
    <div className="mt-2 rounded-control border border-dashed border-missed px-3 py-2 text-13">
      <p>{missedWords(item)}.</p>
      <p className="tabular mt-0.5 text-12 text-ink-3">{missedTimes(item, zone)}</p>
    </div>
  );
}

export function Policies({ policies }: { readonly policies: EventDetails['policies'] }): ReactElement | null {
  if (policies.length === 0) return null;
  return (
    <Section title="Policies">
      <dl className="grid grid-cols-[auto_1fr_auto] gap-x-4 gap-y-0.5 text-13">
        {policies.map(({ name, value, from }) => (
          <div key={name} className="contents">
            <dt className="text-ink-2">{name}</dt>
            <dd>{value}</dd>
            <dd className="text-12 leading-5 text-ink-3">{from}</dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}

/** How somebody came in, where it is not the page itself or plain from the name. */
const DOORS: Readonly<Record<string, string>> = { api: ', over the API', mcp: ', as an agent' };

export function History({
  audit,
  zone,
}: {
  readonly audit: readonly AuditLine[];
  readonly zone: string;
}): ReactElement | null {
  if (audit.length === 0) return null;
  return (
    <Section title="History">
      <ul className="flex flex-col gap-1 text-13">
        {audit.map((line) => (
          <li key={`${line.at} ${line.action}`} className="flex items-baseline justify-between gap-4">
            <span>
              {deedWords(line.action)}{' '}
              <span className="text-ink-3">
                by {line.actor}
                {DOORS[line.door] ?? ''}
              </span>
              {line.reason && <span className="block text-12 text-ink-3">{line.reason}</span>}
            </span>
            <span className="shrink-0 text-12 text-ink-3">
              <RelativeTime at={line.at} zone={zone} />
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** "Paused" of "trigger.paused", "Run now" of "run_now". */
function deedWords(action: string): string {
  const [what = '', deed] = action.split('.');
  return sentenceCase((what === 'run' && deed ? `run ${deed}` : (deed ?? what)).replaceAll('_', ' '));
}

function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
