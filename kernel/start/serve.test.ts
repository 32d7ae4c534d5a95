import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadConfig } from '../config.ts';
import { openLog } from '../log.ts';
import { openHome, readLocalKey, removeServing, writeLocalKey, writeServing } from './local-door.ts';
import { serveAlmanac } from './serve.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(path.join(os.tmpdir(), 'almanac-home-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

test.for(['file', 'file/below'])('a home that is a %s is refused, naming the setting and the mend', async (name) => {
  writeFileSync(path.join(home, 'file'), '');
  const config = loadConfig({
    environment: {},
    options: { home: path.join(home, name) },
    folder: home,
    defaultHome: home,
  }).config;
  const started = serveAlmanac(config, openLog('silent'), new AbortController().signal, () => {});
  const refusal = { code: 'home_not_usable', field: 'home', hint: expect.stringContaining('ALMANAC_HOME') };
  await expect(started).rejects.toMatchObject(refusal);
});

const serving = { url: 'http://127.0.0.1:1', version: '1.0.0', started_at: '2026-11-20T12:00:00Z' };

test('who stops takes back what it wrote, also when it was stopped half way', () => {
  openHome(home);
  writeLocalKey(home, 'ours');
  removeServing(home, 1, 'ours');
  expect(readdirSync(home)).toEqual([]);
  writeLocalKey(home, 'ours');
  writeServing(home, { ...serving, pid: 1 });
  removeServing(home, 1, 'ours');
  expect(readdirSync(home)).toEqual([]);
});

test('what another process has written since stays', () => {
  writeLocalKey(home, 'theirs');
  writeServing(home, { ...serving, pid: 2 });
  removeServing(home, 1, 'ours');
  expect(readLocalKey(home)).toBe('theirs');
  expect(readdirSync(home).sort()).toEqual(['local.key', 'server.json']);
});
