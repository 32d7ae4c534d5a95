import { openClient } from './client.ts';
import { printJson, printLine, printTable, wallClock } from './output.ts';

interface Job {
  readonly name: string;
  readonly words: string;
  readonly zone: string;
  readonly state: string;
  readonly next_at?: string | null;
  readonly last?: { readonly at: string; readonly status: string } | null;
  readonly running_run_id?: string | null;
}

export async function listJobs({ json }: { readonly json?: true }): Promise<void> {
  const { items } = await openClient().get<{ items: readonly Job[] }>('/cron/jobs');
  if (json) return printJson(items);
  if (items.length === 0) return printLine('No jobs yet. Bring a crontab in with `almanac import crontab FILE`.');
  printTable(
    ['name', 'schedule', 'zone', 'next', 'last', 'state'],
    items.map(({ name, words, zone, next_at, last, state, running_run_id }) => [
      name,
      words,
      zone,
      wallClock(next_at, zone),
      last ? `${wallClock(last.at, zone)} ${last.status}` : '–',
      running_run_id ? `${state}, running` : state,
    ]),
  );
}
