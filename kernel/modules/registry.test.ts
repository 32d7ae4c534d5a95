import { expect, test } from 'vitest';
import { z } from 'zod';
import { defineRoute } from '../http/route.ts';
import kernelManifest from '../manifest.ts';
import { openHarness } from '../testing/harness.ts';
import { clientOf, ownerOf } from '../testing/http.ts';
import { notesModule } from '../testing/notes.ts';
import { defineModule, type Manifest } from './module.ts';
import { inOrderOfNeed } from './registry.ts';

// ADR 0001: a modular monolith whose modules state what they need.
// ADR 0006: a module is live exactly when it is installed.

function module(name: string, needs: readonly string[] = [], removable = true): Manifest {
  return defineModule({
    name,
    version: '1.0.0',
    summary: name,
    needs,
    removable,
    installable: true,
    autoInstall: true,
    permissions: {},
  });
}

test('each module comes after those it needs, whatever order they are found in', () => {
  const found = [
    module('agenda', ['engine']),
    module('schedules', ['agenda']),
    module('engine', ['kernel']),
    module('kernel'),
  ];
  const expected = ['kernel', 'engine', 'agenda', 'schedules'];
  expect(inOrderOfNeed(found).map(({ name }) => name)).toEqual(expected);
  expect(inOrderOfNeed(found.toReversed()).map(({ name }) => name)).toEqual(expected);
});

test('a circle of needs is refused with its path', () => {
  const found = [module('a', ['b']), module('b', ['c']), module('c', ['a'])];
  expect(() => inOrderOfNeed(found)).toThrow('Modules need each other in a circle: a → b → c → a.');
});

test('a need that is not there is refused by name', () => {
  expect(() => inOrderOfNeed([module('a', ['gone'])])).toThrow('Module a needs gone, which is not there.');
});

test('a module that stays may not need one that can be removed', () => {
  expect(() => inOrderOfNeed([module('stays', ['goes'], false), module('goes')])).toThrow(
    /stays, so it may not need goes/,
  );
});

test('a mistyped key of a manifest is refused with the one that was meant', () => {
  const mistyped = { ...module('notes'), permisions: {} };
  expect(() => defineModule(mistyped)).toThrow(expect.objectContaining({ hint: 'Did you mean permissions?' }));
});

test('names of a module begin with its own name', () => {
  const stray = { ...module('notes'), permissions: { 'jobs.read': { summary: 'x', roles: [] } } };
  expect(() => defineModule(stray)).toThrow('Manifest of notes: jobs.read must begin with "notes."');
});

const hello = defineRoute(
  'signed-in',
  { method: 'get', path: '/notes/hello', summary: 'Hello', answer: z.object({ hello: z.string() }) },
  () => ({ hello: 'world' }),
);

test('routes, events, permissions and contributions exist while the module is installed, and only then', async () => {
  const notes = notesModule({
    routes: [hello],
    permissions: { 'notes.read': { summary: 'Read notes', roles: ['viewer'] } },
    fills: { 'notes.reader': () => [{ name: 'Ada' }] },
  });
  await using harness = await openHarness({ manifests: [kernelManifest, notes] });
  await ownerOf(harness);
  const { modules } = harness.kernel;
  const owner = clientOf(harness, harness.localKey);
  expect((await owner.get('/notes/hello')).body).toEqual({ hello: 'world' });
  expect(modules.fills('notes.reader')).toEqual([{ name: 'Ada' }]);
  expect(modules.permissionsOf('viewer')).toContain('notes.read');

  modules.setState('notes', 'uninstalled');
  expect(await owner.get('/notes/hello')).toMatchObject({ status: 404, body: { code: 'module_not_installed' } });
  expect(modules.fills('notes.reader')).toEqual([]);
  expect(modules.permissionsOf('owner')).not.toContain('notes.read');
  expect(modules.events().has('notes.note.written')).toBe(false);
  const listed = (await owner.get('/modules')).body.items as { name: string; state: string }[];
  expect(listed.find(({ name }) => name === 'notes')?.state).toBe('uninstalled');
});

test('a module that does not install by itself has no tables and no routes', async () => {
  const notes = notesModule({ routes: [hello], autoInstall: false });
  await using harness = await openHarness({ manifests: [kernelManifest, notes] });
  await ownerOf(harness);
  const answer = await clientOf(harness, harness.localKey).get('/notes/hello');
  expect(answer).toMatchObject({ status: 404, body: { code: 'module_not_installed' } });
});

test('effects begin in order of need and end in the opposite order', async () => {
  const told: string[] = [];
  const speaking = (name: string, needs: readonly string[]): Manifest => ({
    ...module(name, needs),
    start: () => {
      told.push(`${name} begins`);
      return Promise.resolve(() => {
        told.push(`${name} ends`);
        return Promise.resolve();
      });
    },
  });
  const manifests = [kernelManifest, speaking('upper', ['lower']), speaking('lower', ['kernel'])];
  const harness = await openHarness({ manifests, effects: true });
  await harness.drain();
  await harness[Symbol.asyncDispose]();
  expect(told).toEqual(['lower begins', 'upper begins', 'upper ends', 'lower ends']);
});
