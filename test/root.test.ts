import path from 'node:path';
import { expect, test } from 'vitest';
import { readTree, type Tree } from './walls/tree.ts';

const EXPECTED = `
  .ci .gitignore .npmrc .oxfmtrc.json .oxlintrc.json
  CHANGELOG.md CONTRIBUTING.md LICENSE README.md SECURITY.md STYLE.md
  bench cli docs engine kernel modules scripts test time web
  knip.json package-lock.json package.json tsconfig.json tsconfig.web.json vite.config.ts vitest.config.ts
`;
const expected = EXPECTED.trim().split(/\s+/).toSorted();

test('the root holds what everybody expects there and nothing else', () => {
  const tree = readTree(path.dirname(import.meta.dirname));
  expect(rootOf(tree)).toEqual(expected);
});

test('a stray file at the root is seen, and one that is missing too', () => {
  const tree = expected.map((name) => ({ path: name, text: '' }));
  expect(rootOf(tree)).toEqual(expected);
  expect(rootOf([...tree, { path: 'notes.txt', text: '' }])).not.toEqual(expected);
  expect(rootOf(tree.slice(1))).not.toEqual(expected);
});

function rootOf(tree: Tree): string[] {
  return [...new Set(tree.map((file) => file.path.split('/')[0] ?? ''))].toSorted();
}
