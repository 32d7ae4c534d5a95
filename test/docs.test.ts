import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { generateDocuments } from '../scripts/generate.ts';
import { brokenLinks, brokenPaths, poorReadmes, unverifiedDecisions } from './walls/documents.ts';
import { readTree, type SourceFile } from './walls/tree.ts';

const root = path.dirname(import.meta.dirname);
const tree = readTree(root);

function madeUp(files: Readonly<Record<string, string>>): SourceFile[] {
  return Object.entries(files).map(([name, text]) => ({ path: name, text }));
}

test('the documents are there', () => {
  expect(tree.filter((file) => file.path.endsWith('.md')).length).toBeGreaterThan(15);
  expect(tree.filter((file) => file.path.startsWith('docs/adr/')).length).toBeGreaterThan(5);
});

test('generated documents say what the code says; npm run fix writes them anew', async () => {
  const documents = await generateDocuments();
  expect(documents.size).toBeGreaterThan(2);
  const kept = [...documents.keys()].map((file) => [file, readFileSync(path.join(root, file), 'utf8')]);
  expect(Object.fromEntries(kept)).toEqual(Object.fromEntries(documents));
});

test('each module has a README with the five headings and at most 60 lines', () => {
  expect(poorReadmes(tree)).toEqual([]);
  const headings = ['Owns', 'Does not own', 'Words', 'Events and points', 'Gotchas'].map(
    (heading) => `## ${heading}\n`,
  );
  const manifest = { 'modules/jobs/manifest.ts': '' };
  const readme = (text: string): SourceFile[] => madeUp({ ...manifest, 'modules/jobs/README.md': text });
  expect(poorReadmes(readme(headings.join('')))).toEqual([]);
  expect(poorReadmes(readme(headings.slice(1).join('')))).toHaveLength(1);
  expect(poorReadmes(readme(headings.join('\n'.repeat(15))))).toHaveLength(1);
  expect(poorReadmes(madeUp(manifest))).toHaveLength(1);
});

test('each decision ends with tests that exist and name it', () => {
  expect(unverifiedDecisions(tree)).toEqual([]);
  const decision = '# 9. A rule\n\n## Context\n\n## Decision\n\n## Consequences\n\n## Rejected\n';
  const verified = `${decision}\nVerified by: kernel/rule.test.ts\n`;
  const decided = (text: string, rule: string): readonly string[] =>
    unverifiedDecisions(madeUp({ 'docs/adr/0009-rule.md': text, 'kernel/rule.test.ts': rule }));
  expect(decided(verified, '// ADR 0009')).toEqual([]);
  expect(decided(decision, '// ADR 0009')).toHaveLength(1);
  expect(decided(verified, '// ADR 0008')).toHaveLength(1);
  expect(decided(verified.replace('kernel/', 'engine/'), '// ADR 0009')).toHaveLength(1);
  expect(decided(verified.replace('## Rejected', ''), '// ADR 0009')).toHaveLength(1);
});

test('links lead somewhere, and the pictures are there', () => {
  expect(brokenLinks(tree)).toEqual([]);
  const linking = (text: string): readonly string[] =>
    brokenLinks(madeUp({ 'docs/a.md': text, 'docs/b.md': '# One thing, said\n' }));
  expect(
    linking('[b](b.md) [b](b.md#one-thing-said) [self](#here)\n# Here\n[far](https://example.org) [up](../docs)'),
  ).toEqual([]);
  expect(linking('[c](c.md)')).toHaveLength(1);
  expect(linking('[b](b.md#another)')).toHaveLength(1);
  expect(linking('![week](images/week.png)')).toHaveLength(1);
  expect(linking('<img alt="week" src="images/week.png">')).toHaveLength(1);
});

test('the first page shows what it looks like', () => {
  const readme = tree.find((file) => file.path === 'README.md');
  expect(readme?.text).toMatch(/!\[[^\]]+\]\([^)]+\.(png|svg)\)|<img /);
});

test('paths that documents name are there', () => {
  expect(brokenPaths(tree)).toEqual([]);
  expect(
    brokenPaths(madeUp({ 'docs/a.md': 'See `kernel/clock.ts` and `kernel/gone.ts`.', 'kernel/clock.ts': '' })),
  ).toEqual(['docs/a.md names kernel/gone.ts, which is not there.']);
});
