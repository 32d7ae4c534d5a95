// Each wall is shown a made-up tree that breaks it: a wall that cannot fall down holds nothing up.
import { describe, expect, test } from 'vitest';
import { circles } from './walls/circles.ts';
import { crossings } from './walls/floors.ts';
import { importsOf } from './walls/imports.ts';
import { knows, needsOf, wrongNeeds } from './walls/needs.ts';
import { emptyNames, strayFiles } from './walls/places.ts';
import { fullFolders, longFiles } from './walls/sizes.ts';
import type { SourceFile } from './walls/tree.ts';

function tree(files: Readonly<Record<string, string>>): SourceFile[] {
  return Object.entries(files).map(([path, text]) => ({ path, text }));
}

function manifest(...needs: readonly string[]): string {
  return `export default defineModule({ name: 'x', needs: ${JSON.stringify(needs)} });`;
}

/** A tree in which everything is as it should be. */
const SOUND = {
  'time/zone.ts': '',
  'time/zone.test.ts': `import { test } from 'vitest'; import { zoneOf } from './zone.ts';`,
  'kernel/index.ts': `export { open } from './db/database.ts';`,
  'kernel/db/database.ts': `import { zoneOf } from '#time/zone.ts'; import pg from 'pg';`,
  'kernel/testing/harness.ts': `import { open } from '../db/database.ts';`,
  'kernel/manifest.ts': '',
  'engine/index.ts': `import { open } from '#kernel'; import { zoneOf } from '#time/zone.ts';`,
  'engine/manifest.ts': '',
  'engine/story.test.ts': `import { openHarness } from '../kernel/testing/harness.ts'; import kernel from '../kernel/manifest.ts';`,
  'modules/agenda/manifest.ts': manifest('engine'),
  'modules/agenda/index.ts': `import { start } from '#engine'; import { open } from '#kernel';`,
  'modules/agenda/site.ts': '',
  'modules/schedules/manifest.ts': manifest('agenda'),
  'modules/schedules/index.ts': `import { site } from '#modules/agenda';`,
  'modules/schedules/ui/index.tsx': `import { Button } from '../../../web/kit/button.tsx'; import { zoneOf } from '#time/zone.ts';`,
  'web/api/client.ts': '',
  'web/kit/button.tsx': `import { client } from '../api/client.ts';`,
  'web/shell/app.tsx': `import { Button } from '../kit/button.tsx';`,
  'web/main.tsx': `import { App } from './shell/app.tsx';`,
  'cli/main.ts': `import { open } from '../kernel/db/database.ts'; import { zoneOf } from '#time/zone.ts';`,
  'test/all.ts': `import { site } from '../modules/agenda/site.ts';`,
};

describe('floors', () => {
  const broken = (files: Readonly<Record<string, string>>): readonly string[] =>
    crossings(tree({ ...SOUND, ...files }));

  test('a sound tree has no crossing', () => {
    expect(broken({})).toEqual([]);
  });

  test.each([
    ['time that knows the kernel', 'time/zone.ts', `import { open } from '../kernel/index.ts';`],
    ['time that uses a package', 'time/zone.ts', `import { Cron } from 'croner';`],
    ['time that uses Node', 'time/zone.ts', `import { readFileSync } from 'node:fs';`],
    ['a kernel that knows the engine', 'kernel/boot.ts', `import { start } from '#engine';`],
    ['a kernel that knows a module', 'kernel/boot.ts', `export { site } from '#modules/agenda';`],
    ['an engine that knows a module', 'engine/index.ts', `const { site } = await import('#modules/agenda');`],
    [
      'an engine that enters the kernel by a window',
      'engine/index.ts',
      `import { open } from '../kernel/db/database.ts';`,
    ],
    ['a type of what is above', 'engine/index.ts', `import type { Site } from '../modules/agenda/index.ts';`],
    [
      'a type of what is above, named in passing',
      'engine/index.ts',
      `let site: import('../modules/agenda/index.ts').Site;`,
    ],
    [
      'a module that uses one it does not need',
      'modules/agenda/index.ts',
      `import { hours } from '#modules/schedules';`,
    ],
    ['a module that uses an engine it does not need', 'modules/schedules/index.ts', `import { start } from '#engine';`],
    [
      'a module that enters another by a window',
      'modules/schedules/index.ts',
      `import { site } from '../agenda/site.ts';`,
    ],
    [
      'a module that uses a harness outside of its tests',
      'modules/agenda/site.ts',
      `import '../../kernel/testing/harness.ts';`,
    ],
    ['a page that uses its server', 'modules/schedules/ui/index.tsx', `import { site } from '../index.ts';`],
    [
      'a page that uses the shell',
      'modules/schedules/ui/index.tsx',
      `import { App } from '../../../web/shell/app.tsx';`,
    ],
    [
      'a page that uses the page of another module',
      'modules/agenda/ui/page.tsx',
      `import '../../schedules/ui/index.tsx';`,
    ],
    ['a kit that knows the shell', 'web/kit/button.tsx', `import { App } from '../shell/app.tsx';`],
    ['a shell that knows a module', 'web/shell/app.tsx', `import page from '../../modules/schedules/ui/index.tsx';`],
    ['a shell that knows the server', 'web/shell/app.tsx', `import { open } from '../../kernel/index.ts';`],
    ['a kernel that knows a command', 'kernel/boot.ts', `import { main } from '../cli/main.ts';`],
    ['a module that uses a test', 'modules/agenda/index.ts', `import { all } from '../../test/all.ts';`],
    ['a command that enters a module by a window', 'cli/main.ts', `import { site } from '../modules/agenda/site.ts';`],
    ['an import of what is not there', 'engine/index.ts', `import { gone } from './gone.ts';`],
  ])('%s is red', (_, path, text) => {
    expect(broken({ [path]: text })).toEqual([expect.stringContaining(path)]);
  });

  test('a file that cannot be read is an error, not a file without imports', () => {
    expect(() => broken({ 'time/zone.ts': 'import {' })).toThrow('time/zone.ts');
  });
});

describe('imports', () => {
  test('every way to import is seen', () => {
    const text = `
      import a from './a.ts'; import type { B } from './b.ts'; import { type C } from './c.ts'; import './d.ts';
      export * from './e.ts'; export { f } from './f.ts'; export type { G } from './g.ts';
      const h = await import('./h.ts'); type I = import('./i.ts').I; import pg from 'pg';`;
    const found = importsOf({ path: 'kernel/x.ts', text });
    const names = found.map(({ to }) => to ?? 'a package').toSorted();
    const loaded = ['a', 'c', 'd', 'e', 'f', 'h'].map((name) => `kernel/${name}.ts`);
    const types = ['b', 'g', 'i'].map((name) => `kernel/${name}.ts`);
    expect(names).toEqual(['a package', ...loaded, ...types].toSorted());
  });
});

describe('circles', () => {
  test('a circle of files is red, however long', () => {
    const files = {
      'kernel/a.ts': `import './b.ts';`,
      'kernel/b.ts': `export * from './c.ts';`,
      'kernel/c.ts': `import './a.ts';`,
    };
    expect(circles(tree(files))).toEqual(['kernel/a.ts → kernel/b.ts → kernel/c.ts → kernel/a.ts is a circle.']);
  });

  test('a file that loads itself is red', () => {
    expect(circles(tree({ 'kernel/a.ts': `import './a.ts';` }))).toHaveLength(1);
  });

  test('a circle of types alone is red too', () => {
    const files = {
      'kernel/a.ts': `import type { B } from './b.ts';`,
      'kernel/b.ts': `import { type A } from './a.ts';`,
    };
    expect(circles(tree(files))).toEqual(['kernel/a.ts → kernel/b.ts → kernel/a.ts is a circle.']);
  });
});

describe('needs', () => {
  test('they are read from the manifests', () => {
    expect(needsOf(tree(SOUND))).toEqual(
      new Map([
        ['agenda', ['engine']],
        ['schedules', ['agenda']],
      ]),
    );
  });

  test('needing what is not there is red', () => {
    expect(wrongNeeds(tree({ 'modules/jobs/manifest.ts': manifest('engine', 'agents') }))).toEqual([
      'jobs needs agents, which is not there.',
    ]);
  });

  test('a circle of modules is red', () => {
    const files = {
      'modules/a/manifest.ts': manifest('b'),
      'modules/b/manifest.ts': manifest('c'),
      'modules/c/manifest.ts': manifest('a'),
    };
    expect(wrongNeeds(tree(files))).toHaveLength(3);
  });

  test('agenda may be needed by schedules, never the other way round', () => {
    const agendaKnows = (files: Readonly<Record<string, string>>): readonly string[] =>
      knows(tree({ ...SOUND, ...files }), 'agenda', 'schedules');
    expect(agendaKnows({})).toEqual([]);
    expect(agendaKnows({ 'modules/agenda/manifest.ts': manifest('schedules') })).toEqual(['agenda needs schedules.']);
    const throughAnother = {
      'modules/agenda/manifest.ts': manifest('slots'),
      'modules/slots/manifest.ts': manifest('schedules'),
    };
    expect(agendaKnows(throughAnother)).toEqual(['agenda needs schedules.']);
    expect(agendaKnows({ 'modules/agenda/site.ts': `import type { Hours } from '#modules/schedules';` })).toEqual([
      'modules/agenda/site.ts imports #modules/schedules.',
    ]);
  });
});

describe('places and names', () => {
  test('a sound tree has no stray file', () => {
    expect(strayFiles(tree(SOUND))).toEqual([]);
  });

  test.each([
    'src/index.ts',
    'kernel/db/deep/er/file.ts',
    'kernel/Database.ts',
    'modules/jobs/migrations/first.sql',
    'modules/jobs/ui/a/b/page.tsx',
    'modules/notes.txt',
    'web/page.tsx',
    'web/store/state.ts',
    'docs/plan.docx',
    'engine/server.log',
    'cli/run.mjs',
  ])('%s lies nowhere', (path) => {
    expect(strayFiles(tree({ [path]: '' }))).toEqual([`${path} lies in no known kind of place.`]);
  });

  test.each([
    'kernel/utils.ts',
    'engine/helpers/retry.ts',
    'modules/jobs/job-manager.ts',
    'web/kit/common.tsx',
    'time/zone-util.ts',
  ])('%s says nothing', (path) => {
    expect(emptyNames(tree({ [path]: '' }))).toHaveLength(1);
  });

  test('a word that only contains one of those is fine', () => {
    expect(emptyNames(tree({ 'modules/jobs/commonplace.ts': '', 'engine/management-window.ts': '' }))).toEqual([]);
  });
});

describe('sizes', () => {
  const lines = (count: number): string => 'x\n'.repeat(count);

  test('a long file is red, unless it has a reason; a very long one has none', () => {
    const long = tree({ 'engine/a.ts': lines(301), 'engine/b.ts': lines(300), 'engine/c.ts': lines(401) });
    expect(longFiles(long, {})).toHaveLength(2);
    expect(longFiles(long, { 'engine/a.ts': 'one table', 'engine/c.ts': 'one table' })).toEqual([
      'engine/c.ts has 401 lines, and 400 is the end.',
    ]);
  });

  test('a reason that is no longer needed is red', () => {
    expect(longFiles(tree({ 'engine/a.ts': lines(10) }), { 'engine/a.ts': 'one table' })).toHaveLength(1);
  });

  test('a folder of sixteen source files is red; tests and the manifest do not count', () => {
    const names = Array.from({ length: 15 }, (_, i) => `engine/part-${i}.ts`);
    const full = Object.fromEntries(
      [...names, 'engine/part-1.test.ts', 'engine/manifest.ts'].map((name) => [name, '']),
    );
    expect(fullFolders(tree(full))).toEqual([]);
    expect(fullFolders(tree({ ...full, 'engine/one-more.ts': '' }))).toEqual([
      'engine/ has 16 source files, 15 are allowed.',
    ]);
  });
});
