import { defaultHome, describeConfig, loadConfig } from '../kernel/config.ts';
import { printJson, printTable } from './output.ts';

/** The settings that the server would start with here, secrets hidden. Needs no server. */
export function showConfig({ json }: { readonly json?: true }): void {
  const loaded = loadConfig({ environment: process.env, folder: process.cwd(), defaultHome: defaultHome() });
  const described = describeConfig(loaded);
  if (json) return printJson(described.map(({ value, ...rest }) => ({ ...rest, value: value ?? null })));
  printTable(
    ['setting', 'from', 'value'],
    described.map(({ name, value, source }) => [name, source, wordsOf(value)]),
  );
}

function wordsOf(value: unknown): string {
  if (value === undefined) return '–';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
