// Settings of a crontab: `NAME = value` lines, which hold for the lines below them.

export interface Setting {
  readonly name: string;
  readonly value: string;
}

/**
 * Reads a line as cron does: quotes around name or value are taken off, nothing is expanded, blanks at the end of an
 * unquoted value are lost. Undefined when it is no setting; then it must be an entry.
 */
export function readSetting(line: string): Setting | undefined {
  const found = /^\s*(?:"([^"]*)"|'([^']*)'|([^\s="'][^\s=]*))\s*=\s*(.*)$/s.exec(line);
  if (found === null) return undefined;
  const name = found[1] ?? found[2] ?? found[3] ?? '';
  const value = readValue(found[4] ?? '');
  return value === undefined ? undefined : { name, value };
}

/** Undefined when something follows the closing quote, or it is missing. */
function readValue(text: string): string | undefined {
  const quote = text[0];
  if (quote !== '"' && quote !== "'") return text.trimEnd();
  const end = text.indexOf(quote, 1);
  return end === -1 || text.slice(end + 1).trim() !== '' ? undefined : text.slice(1, end);
}

/** What a setting means here when it is not simply passed on to the command: a sentence for the person who imports. */
export function noteOn({ name, value }: Setting): string | undefined {
  switch (name) {
    case 'MAILTO':
      return value === '' ? undefined : `Output is kept with every run and no longer mailed to ${value}.`;
    case 'MAILFROM':
    case 'CONTENT_TYPE':
    case 'CONTENT_TRANSFER_ENCODING':
      return `${name} is only passed on to the command: nothing is mailed.`;
    case 'LOGNAME':
    case 'USER':
      return `${name} is left out: as in cron it is always the user that the command runs as.`;
    case 'TZ':
      return 'TZ sets the clock of the command only, as in cron; CRON_TZ would set the zone of the times.';
    case 'CRON_TZ':
      if (value === '') return 'The times below are read in the usual zone again.';
      return `The times below are read in ${value}: cronie does so too, Debian’s cron ignores CRON_TZ.`;
    case 'RANDOM_DELAY':
      return 'RANDOM_DELAY is left out: every run starts at its time.';
    case 'START_HOURS_RANGE':
      return 'START_HOURS_RANGE belongs to anacron and is left out.';
    default:
      return value.includes('$')
        ? `${name}: cron does not expand ${/\$\{?\w*\}?/.exec(value)?.[0] ?? '$'} in settings, so the text is passed on as it is.`
        : undefined;
  }
}

/** Settings that do not reach the command. */
export const withheldSettings: ReadonlySet<string> = new Set([
  'LOGNAME',
  'USER',
  'CRON_TZ',
  'RANDOM_DELAY',
  'START_HOURS_RANGE',
]);

/** Names that a shell can hold; others would be lost on their way to the command. */
export function isVariableName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
}
