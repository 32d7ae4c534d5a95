import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { runTool } from './run/command.ts';
import { foreignAddresses, looseVersions, missingSiblings } from './walls/lock.ts';

const root = path.dirname(import.meta.dirname);
const lockText = readFileSync(path.join(root, 'package-lock.json'), 'utf8');
const lock = JSON.parse(lockText) as Parameters<typeof missingSiblings>[0];

test('what a package wants for some platform is locked for all platforms', () => {
  expect(Object.keys(lock.packages).length).toBeGreaterThan(100);
  expect(missingSiblings(lock)).toEqual([]);
  const withoutOne = Object.entries(lock.packages).filter(
    ([folder]) => folder !== 'node_modules/@oxlint/binding-win32-x64-msvc',
  );
  expect(withoutOne).toHaveLength(Object.keys(lock.packages).length - 1);
  expect(missingSiblings({ packages: Object.fromEntries(withoutOne) })).toHaveLength(1);
});

test('a sibling may lie in the folder of who wants it', () => {
  const wanting = { optionalDependencies: { fast: '1.0.0' } };
  const nested = { 'node_modules/a': wanting, 'node_modules/a/node_modules/fast': {} };
  const above = { 'node_modules/a/node_modules/b': wanting, 'node_modules/a/node_modules/fast': {} };
  const beside = { 'node_modules/a': wanting, 'node_modules/b/node_modules/fast': {} };
  expect([nested, above, beside].map((packages) => missingSiblings({ packages }).length)).toEqual([0, 0, 1]);
});

test('the lock names no address, and every package by its hash', () => {
  expect(foreignAddresses(lockText)).toEqual([]);
  const address = 'https://packages.example/a/-/a-1.0.0.tgz';
  const packages = { 'node_modules/a': { version: '1.0.0', resolved: address } };
  expect(foreignAddresses(JSON.stringify({ packages }, null, 2)).length).toBeGreaterThanOrEqual(2);
});

test('every version in package.json is exact', () => {
  const file = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as Parameters<typeof looseVersions>[0];
  expect(looseVersions(file)).toEqual([]);
  const dependencies = { a: '^1.0.0', b: '1.x', c: 'latest', d: '1.2.3', e: 'npm:typescript@5.9.3', f: '1.0.0-beta.2' };
  expect(looseVersions({ dependencies })).toHaveLength(3);
});

test('the compiler is version 7, although a second package brings another one', async () => {
  const { output } = await runTool('typescript/bin/tsc', ['--version']);
  expect(output).toMatch(/^Version 7\./);
});
