import { COMMAND_LINE_VARIABLES, SECRET_SETTINGS, type SettingName, settings } from '../kernel/config.ts';

/** docs/config.md: every setting with its default, from the schema that reads them. */
export function configTable(): string {
  const names = Object.keys(settings) as SettingName[];
  return [
    '# Settings',
    'Generated from `kernel/config.ts` by `npm run fix`.',
    'A setting comes from the command line, else from the environment variable, else from `almanac.config.json` in the ' +
      'home or the working folder (by the name in lower case, without `ALMANAC_`), else it has its default. A variable ' +
      'ending in `_FILE` names a file that holds the value. An unknown setting is refused with the nearest known one.',
    `The command line also reads ${COMMAND_LINE_VARIABLES.map((name) => `\`${name}\``).join(' and ')}, the server to ` +
      'talk to where it is not the one of this home; the server itself has no use for them.',
    ['| variable | default | meaning |', '| --- | --- | --- |', ...names.map(row)].join('\n'),
    '',
  ].join('\n\n');
}

function row(name: SettingName): string {
  const variable = name === 'database_url' ? '`DATABASE_URL`' : `\`ALMANAC_${name.toUpperCase()}\``;
  const secret = SECRET_SETTINGS.has(name) ? ' Never shown.' : '';
  return `| ${variable} | ${defaultOf(name)} | ${settings[name].description ?? ''}${secret} |`;
}

function defaultOf(name: SettingName): string {
  if (name === 'home') return '`~/.almanac`; of root `/var/lib/almanac`';
  const { data } = settings[name].safeParse(undefined);
  if (data === undefined) return '–';
  return `\`${Array.isArray(data) ? data.join(',') || '(empty)' : String(data)}\``;
}
