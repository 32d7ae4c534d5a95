import { openClient } from './client.ts';
import { printJson, printTable } from './output.ts';

interface Entry {
  readonly name: string;
  readonly state: string;
  readonly version: string;
  readonly summary: string;
  readonly removable: boolean;
}

export async function listModules({ json }: { readonly json?: true }): Promise<void> {
  const { items } = await openClient().get<{ items: readonly Entry[] }>('/modules');
  if (json) return printJson(items);
  printTable(
    ['name', 'state', 'version', 'removable', 'what it is'],
    items.map(({ name, state, version, summary, removable }) => [
      name,
      state,
      version,
      removable ? 'yes' : 'no',
      summary,
    ]),
  );
}
