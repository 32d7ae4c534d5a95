import { parseArgs } from 'node:util';
import { Problem, suggest } from '../problem.ts';

export interface Arguments {
  /** One line of JSON on standard output instead of sentences. */
  readonly json: boolean;
  readonly help: boolean;
  /** Settings that win over the environment and the file. */
  readonly settings: Readonly<Record<string, string>>;
}

const VALUES = ['port', 'listen', 'home'] as const;
const FLAGS = ['json', 'help'] as const;

export const SERVE_HELP = `Serves Almanac.

  --port N       TCP port; 0 takes a free one (4780)
  --listen ADDR  address to listen on (127.0.0.1)
  --home DIR     folder of the embedded database, the running commands' output and backups
  --json         print one line of JSON on standard output when it serves
  --help         this text

Everything else is set by ALMANAC_* variables or almanac.config.json: see docs/config.md.
`;

/**
 * Reads the command line of the serving process.
 * @throws Problem 422 `invalid_argument` naming the argument; a mistyped one gets a suggestion
 */
export function readArguments(args: readonly string[]): Arguments {
  const { tokens, values } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    options: {
      ...Object.fromEntries(VALUES.map((name) => [name, { type: 'string' as const }])),
      ...Object.fromEntries(FLAGS.map((name) => [name, { type: 'boolean' as const }])),
    },
  });
  for (const token of tokens) {
    if (token.kind === 'positional') throw refused(token.value, `Unknown argument ${token.value}.`);
    if (token.kind === 'option') check(token.name, token.rawName, token.value);
  }
  return {
    json: values['json'] === true,
    help: values['help'] === true,
    settings: Object.fromEntries(
      VALUES.flatMap((name) => (typeof values[name] === 'string' ? [[name, values[name]]] : [])),
    ),
  };
}

function check(name: string, written: string, value: string | undefined): void {
  const takesValue = VALUES.some((known) => known === name);
  if (!takesValue && !FLAGS.some((known) => known === name)) {
    const nearest = suggest(name, [...VALUES, ...FLAGS]);
    throw refused(
      written,
      `Unknown option ${written}.`,
      nearest === undefined ? 'See --help.' : `Did you mean --${nearest}?`,
    );
  }
  if (takesValue && (value === undefined || value === ''))
    throw refused(written, `${written} needs a value.`, `Write ${written}=…`);
  if (!takesValue && value !== undefined) throw refused(written, `${written} takes no value.`);
}

function refused(field: string, detail: string, hint?: string): Problem {
  return new Problem(422, 'invalid_argument', detail, { field, ...(hint === undefined ? {} : { hint }) });
}
