import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { Problem, suggest } from './problem.ts';
import { isZone, ZONE_MEND } from './zone.ts';

const port = z.coerce.number().int().min(0).max(65_535);
const flag = z
  .union([z.boolean(), z.enum(['true', 'false', '1', '0'])])
  .transform((value) => value === true || value === 'true' || value === '1');
const list = z.union([
  z.array(z.string()),
  z.string().transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
  ),
]);

/** Every setting: its shape, its default and the sentence that docs/config.md shows. */
export const settings = {
  home: z
    .string()
    .min(1)
    .describe('Folder that holds the embedded database, the spool of running commands and backups.'),
  port: port.default(4780).describe('TCP port to serve on; 0 takes a free one.'),
  listen: z.string().default('127.0.0.1').describe('Address to listen on. Anything but loopback belongs behind TLS.'),
  // Not read as an address: the host of a socket stands behind the question mark.
  database_url: z
    .string()
    .regex(/^postgres(ql)?:\/\/\S+$/, 'is not an address like postgres://user:password@host:5432/database')
    .optional()
    .describe('A PostgreSQL server, version 15 or newer, instead of the embedded one.'),
  database_pool: z.coerce
    .number()
    .int()
    .min(4)
    .max(200)
    .default(20)
    .describe('Most connections of this node to the database.'),
  public_url: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('The address people reach Almanac under, for links and behind a proxy.'),
  owner_email: z.email().optional().describe('E-mail of the owner account to make on an unattended first start.'),
  owner_password: z.string().min(12).optional().describe('Password of that account, at least 12 characters.'),
  owner_name: z.string().min(1).max(255).default('Owner').describe('Name of that account.'),
  team_name: z.string().min(1).max(255).default('Home').describe('Name of the first team.'),
  zone: z
    .string()
    .refine(isZone, { error: ZONE_MEND })
    .default('UTC')
    .describe('IANA time zone of the first team, until its owner says otherwise.'),
  log_level: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('How much is logged on standard error.'),
  drain_seconds: z.coerce
    .number()
    .min(0)
    .max(3600)
    .default(20)
    .describe('How long a planned stop waits for running work.'),
  node_capacity: z.coerce
    .number()
    .int()
    .min(1)
    .max(1000)
    .default(64)
    .describe('Most runs this node carries out at once, over all lanes.'),
  worker_tags: list.default([]).describe('Tags of this node; jobs pinned to a tag run only where it is carried.'),
  minimum_interval_seconds: z.coerce
    .number()
    .int()
    .min(1)
    .max(3600)
    .default(60)
    .describe('Shortest distance between two firings of a trigger made by a person.'),
  http_allow: list
    .default([])
    .describe('Hosts and CIDR ranges that HTTP jobs may reach although they are private or loopback.'),
  secure_cookies: flag
    .default(false)
    .describe('Send the sign-in cookie only over HTTPS. On by itself when public_url is https.'),
} as const;

export type SettingName = keyof typeof settings;
const shape = z.object(settings);
declare global {
  interface AlmanacKernel {
    config: Config;
  }
}

export type Config = Readonly<z.output<typeof shape>>;

export type SettingSource = 'default' | 'file' | 'environment' | 'option';

export interface LoadedConfig {
  readonly config: Config;
  readonly sources: Readonly<Record<SettingName, SettingSource>>;
}

export interface ConfigInputs {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What the command line said; wins over everything. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Where `almanac.config.json` is looked for, unless the home holds one. */
  readonly folder: string;
  /** The home when nothing names one. */
  readonly defaultHome: string;
}

/** Settings that may not be shown. */
export const SECRET_SETTINGS: ReadonlySet<SettingName> = new Set(['owner_password', 'database_url']);

/** Variables a command finds in its environment when Almanac itself was started by Almanac. */
const GIVEN_TO_RUNS = /^ALMANAC_RUN_/;

/** Variables that tell the command line where to find the server; the server itself has no use for them. */
export const COMMAND_LINE_VARIABLES: readonly string[] = ['ALMANAC_URL', 'ALMANAC_TOKEN'];

/** The home when nothing names one. Root has one that PostgreSQL's unprivileged user can walk into. */
export function defaultHome(): string {
  return process.getuid?.() === 0 ? '/var/lib/almanac' : path.join(os.homedir(), '.almanac');
}

/**
 * Reads the settings: options over environment (`ALMANAC_*`, `…_FILE`, `DATABASE_URL`) over `almanac.config.json`.
 * @throws Problem 422 `invalid_config` naming the setting and the mend; unknown keys get a suggestion.
 */
export function loadConfig(inputs: ConfigInputs): LoadedConfig {
  const environment = readEnvironment(inputs.environment);
  const options = new Map(Object.entries(inputs.options ?? {}).filter(([, value]) => value !== undefined));
  const home =
    [options.get('home'), environment.get('home')].find((named) => typeof named === 'string') ?? inputs.defaultHome;
  const file = readFile([path.join(home, 'almanac.config.json'), path.join(inputs.folder, 'almanac.config.json')]);
  const given: Record<string, unknown> = { home: path.resolve(home) };
  const sources: Partial<Record<SettingName, SettingSource>> = {};
  for (const [layer, source] of [
    [file, 'file'],
    [environment, 'environment'],
    [options, 'option'],
  ] as const) {
    for (const [name, value] of layer) {
      given[name] = name === 'home' ? path.resolve(String(value)) : value;
      sources[name as SettingName] = source;
    }
  }
  const read = shape.safeParse(given);
  if (!read.success) {
    const issue = read.error.issues[0];
    const name = String(issue?.path[0] ?? 'configuration');
    const hint = name in settings ? settings[name as SettingName].description : undefined;
    throw new Problem(422, 'invalid_config', `Setting ${name}: ${issue?.message ?? 'not valid'}.`, {
      field: name,
      ...(hint ? { hint } : {}),
    });
  }
  const all = Object.keys(settings) as SettingName[];
  return {
    config: read.data,
    sources: Object.fromEntries(all.map((name) => [name, sources[name] ?? 'default'])) as Record<
      SettingName,
      SettingSource
    >,
  };
}

/** The effective settings for people: secrets hidden, each with where it came from. */
export function describeConfig({
  config,
  sources,
}: LoadedConfig): { name: string; value: unknown; source: SettingSource }[] {
  return (Object.keys(settings) as SettingName[]).map((name) => ({
    name,
    value: SECRET_SETTINGS.has(name) && config[name] !== undefined ? '[redacted]' : config[name],
    source: sources[name],
  }));
}

function readEnvironment(environment: ConfigInputs['environment']): Map<string, unknown> {
  const found = new Map<string, unknown>();
  if (environment['DATABASE_URL']) found.set('database_url', environment['DATABASE_URL']);
  for (const [variable, value] of Object.entries(environment)) {
    if (!variable.startsWith('ALMANAC_') || value === undefined || value === '' || GIVEN_TO_RUNS.test(variable))
      continue;
    if (COMMAND_LINE_VARIABLES.includes(variable)) continue;
    const name = variable.slice('ALMANAC_'.length).toLowerCase();
    const ofFile = name.endsWith('_file') ? name.slice(0, -'_file'.length) : undefined;
    if (ofFile !== undefined && ofFile in settings) found.set(ofFile, readSecret(variable, value));
    else found.set(known(name, variable), value);
  }
  return found;
}

function readSecret(variable: string, file: string): string {
  try {
    return readFileSync(file, 'utf8').trimEnd();
  } catch (cause) {
    throw new Problem(422, 'invalid_config', `${variable} names a file that cannot be read: ${file}.`, {
      field: variable,
      cause,
    });
  }
}

function readFile(candidates: readonly string[]): Map<string, unknown> {
  const file = candidates.find((candidate) => existsSync(candidate));
  if (file === undefined) return new Map();
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new Problem(422, 'invalid_config', `${file} is not readable as JSON: ${String(cause)}.`, {
      field: file,
      cause,
    });
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new Problem(422, 'invalid_config', `${file} must hold one JSON object.`, { field: file });
  }
  return new Map(Object.entries(content).map(([name, value]) => [known(name, `${name} in ${file}`), value]));
}

function known(name: string, said: string): string {
  if (name in settings) return name;
  const nearest = suggest(name, Object.keys(settings));
  const mend =
    nearest === undefined
      ? {}
      : {
          hint: said.startsWith('ALMANAC_')
            ? `Did you mean ALMANAC_${nearest.toUpperCase()}?`
            : `Did you mean ${nearest}?`,
        };
  throw new Problem(422, 'invalid_config', `Unknown setting ${said}.`, { field: said, ...mend });
}
