import type { CalendarEvent, MissedItem } from '../../../web/api/types.ts';
import { momentWords } from '../../../web/kit/time/words.ts';

/** Why an occurrence is what it is, in a few words; nothing where there is nothing to say. */
export function reasonWords(event: Pick<CalendarEvent, 'status' | 'reason'>): string | undefined {
  const { reason } = event;
  if (!reason) return undefined;
  const said = partsOf(reason);
  const words = said.code === 'late' ? 'the server was down' : said.words;
  // A later success answers for the ones before it.
  if (event.status === 'superseded' && MISSED.has(said.code)) return `Missed: ${words}; a later run succeeded`;
  if (said.code === 'waited') return `Waited too long: ${words}`;
  if (said.code === 'interrupted') return `Interrupted: ${words}`;
  if (said.code === 'paused') return `Paused: ${words}`;
  return sentence(words);
}

/** "Missed 3 runs while the server was down": what happened to the runs that one item stands for. */
export function missedWords({ count, reason }: Pick<MissedItem, 'count' | 'reason'>): string {
  const runs = `${count.toLocaleString('en')} ${count === 1 ? 'run' : 'runs'}`;
  if (reason === 'late') return `Missed ${runs} while the server was down`;
  if (reason === 'waited')
    return `${runs} waited too long for a free place and ${count === 1 ? 'was' : 'were'} not started`;
  if (reason !== 'interrupted') return `Missed ${runs}`;
  const before = count === 1 ? 'Interrupted' : `Missed ${runs}, the last one interrupted`;
  return `${before} when the server was killed; it is not marked safe to repeat, so nothing was started again`;
}

/** "Fri 20 Nov, 18:06", or from the first to the last: "Fri 20 Nov, 18:06 to 18:11". */
export function missedTimes({ first_at, last_at }: Pick<MissedItem, 'first_at' | 'last_at'>, zone: string): string {
  const [from, to] = [momentWords(Date.parse(first_at), zone), momentWords(Date.parse(last_at), zone)];
  if (from === to) return from;
  const [day, clock] = to.split(', ');
  return from.startsWith(`${day}, `) ? `${from} to ${clock}` : `${from} to ${to}`;
}

/** What begins a reason that the engine gave itself. */
const CODES = /^(late|waited|interrupted|overlap|paused|error)(?:: (.*))?$/s;
const MISSED: ReadonlySet<string> = new Set(['late', 'waited', 'interrupted']);

function partsOf(reason: string): { readonly code: string; readonly words: string } {
  const found = CODES.exec(reason);
  return { code: found?.[1] ?? '', words: found?.[2] ?? reason };
}

function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
