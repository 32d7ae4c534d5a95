import path from 'node:path';
import { expect, test } from 'vitest';
import { fullFolders, longFiles } from './walls/sizes.ts';
import { readTree } from './walls/tree.ts';

/** Files that may have up to 400 lines, and why. */
const REASONS: Readonly<Record<string, string>> = {};

const tree = readTree(path.dirname(import.meta.dirname));

test('no file has more than 300 lines without a reason', () => {
  expect(tree.length).toBeGreaterThan(150);
  expect(longFiles(tree, REASONS)).toEqual([]);
});

test('no folder has more than 15 source files', () => {
  expect(fullFolders(tree)).toEqual([]);
});
