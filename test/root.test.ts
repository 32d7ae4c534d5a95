import path from 'node:path';
import { expect, test } from 'vitest';
import { readTree } from './walls/tree.ts';

const EXPECTED = `
  .ci .gitignore .npmrc .oxfmtrc.json .oxlintrc.json
  CHANGELOG.md CONTRIBUTING.md LICENSE README.md SECURITY.md STYLE.md
  bench cli docs engine kernel modules scripts test time web
  knip.json package-lock.json package.json tsconfig.json tsconfig.web.json vite.config.ts vitest.config.ts
`;

test('the root holds what everybody expects there and nothing else', () => {
  const tree = readTree(path.dirname(import.meta.dirname));
  const names = new Set(tree.map((file) => file.path.split('/')[0] ?? ''));
  expect([...names].toSorted()).toEqual(EXPECTED.trim().split(/\s+/).toSorted());
});
