import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type ConfigInputs, describeConfig, loadConfig } from './config.ts';
import { Problem } from './problem.ts';

const folders: string[] = [];
afterAll(() => folders.forEach((made) => rmSync(made, { recursive: true })));

function folder(settings?: object | string): string {
  const made = mkdtempSync(path.join(os.tmpdir(), 'almanac-config-'));
  folders.push(made);
  const text = typeof settings === 'string' ? settings : JSON.stringify(settings);
  if (settings !== undefined) writeFileSync(path.join(made, 'almanac.config.json'), text);
  return made;
}

function load(given: Partial<ConfigInputs>): ReturnType<typeof loadConfig> {
  return loadConfig({ environment: {}, folder: folder(), defaultHome: '/tmp/almanac-nowhere', ...given });
}

function refusal(given: Partial<ConfigInputs>): Problem {
  try {
    load(given);
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

test('with nothing said, every setting has its default', () => {
  const { config, sources } = load({});
  expect(config).toMatchObject({ port: 4780, listen: '127.0.0.1', zone: 'UTC', http_allow: [], secure_cookies: false });
  expect(new Set(Object.values(sources))).toEqual(new Set(['default']));
});

test('options win over the environment, the environment over the file', () => {
  const { config, sources } = load({
    folder: folder({ port: 1, listen: '10.0.0.1', team_name: 'From the file' }),
    environment: { ALMANAC_PORT: '2', ALMANAC_LISTEN: '10.0.0.2' },
    options: { port: '3', listen: undefined },
  });
  expect(config).toMatchObject({ port: 3, listen: '10.0.0.2', team_name: 'From the file' });
  expect(sources).toMatchObject({ port: 'option', listen: 'environment', team_name: 'file', zone: 'default' });
});

test('the file of the home goes before the one of the working folder', () => {
  const home = folder({ team_name: 'Home file' });
  const { config } = load({ folder: folder({ team_name: 'Folder file' }), environment: { ALMANAC_HOME: home } });
  expect(config.team_name).toBe('Home file');
});

test('a mistyped variable is refused with the one that was meant', () => {
  const problem = refusal({ environment: { ALMANAC_PROT: '80' } });
  expect(problem).toMatchObject({ status: 422, field: 'ALMANAC_PROT', hint: 'Did you mean ALMANAC_PORT?' });
});

test('a mistyped key of the file is refused with the one that was meant', () => {
  expect(refusal({ folder: folder({ prot: 80 }) })).toMatchObject({ hint: 'Did you mean port?' });
});

test('a value that does not fit names its setting and says what it is for', () => {
  expect(refusal({ environment: { ALMANAC_PORT: 'http' } })).toMatchObject({
    field: 'port',
    hint: expect.stringContaining('TCP port'),
  });
  expect(refusal({ environment: { ALMANAC_ZONE: 'Europe/Madird' } })).toMatchObject({
    field: 'zone',
    message: expect.stringContaining('IANA'),
  });
});

test('a file that is not JSON, or not one object, is refused by name', () => {
  expect(refusal({ folder: folder('{port: 1}') }).message).toMatch(/almanac\.config\.json is not readable as JSON/);
  expect(refusal({ folder: folder('[1]') }).message).toMatch(/one JSON object/);
});

test('a secret can lie in a file of its own, whose last line break does not count', () => {
  const secret = path.join(folder(), 'password');
  writeFileSync(secret, 'a long enough secret\n');
  const { config } = load({ environment: { ALMANAC_OWNER_PASSWORD_FILE: secret } });
  expect(config.owner_password).toBe('a long enough secret');
  expect(refusal({ environment: { ALMANAC_OWNER_PASSWORD_FILE: '/not/there' } }).field).toBe(
    'ALMANAC_OWNER_PASSWORD_FILE',
  );
});

test('variables of the command line and of running commands are no settings', () => {
  const environment = { ALMANAC_URL: 'http://x', ALMANAC_TOKEN: 't', ALMANAC_RUN_ID: '1', ALMANAC_PORT: '' };
  expect(load({ environment }).config.port).toBe(4780);
});

test('lists and flags are read from text', () => {
  const { config } = load({
    environment: { ALMANAC_HTTP_ALLOW: 'a.example, 10.0.0.0/8 ,', ALMANAC_SECURE_COOKIES: '1' },
  });
  expect(config).toMatchObject({ http_allow: ['a.example', '10.0.0.0/8'], secure_cookies: true });
});

test('what is shown to people hides the secrets and says where each value came from', () => {
  const loaded = load({
    environment: { DATABASE_URL: 'postgres://u:p@h/d', ALMANAC_OWNER_PASSWORD: 'a long enough secret' },
  });
  const shown = describeConfig(loaded);
  expect(JSON.stringify(shown)).not.toMatch(/long enough|u:p/);
  expect(shown.find(({ name }) => name === 'database_url')).toMatchObject({
    value: '[redacted]',
    source: 'environment',
  });
  expect(shown.find(({ name }) => name === 'port')).toMatchObject({ value: 4780, source: 'default' });
});
