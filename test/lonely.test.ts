import { describe, expect, test } from 'vitest';
import { SystemClock } from '../kernel/clock.ts';
import { discoverModules } from '../kernel/modules/discover.ts';
import type { Manifest } from '../kernel/modules/module.ts';
import { openHarness } from '../kernel/testing/harness.ts';
import { clientOf, ownerOf } from '../kernel/testing/http.ts';

// ADR 0001: each module boots alone, with nothing but what it says it needs.

const all = await discoverModules();

/** A module and what it needs, and what those need. */
function withNeeds(manifest: Manifest): Manifest[] {
  const needed = manifest.needs.flatMap((need) => all.filter(({ name }) => name === need).flatMap(withNeeds));
  return [...new Set([...needed, manifest])];
}

test('there are modules to look at', () => {
  expect(all.map(({ name }) => name)).toEqual(expect.arrayContaining(['kernel', 'engine']));
});

describe.for(all)('$name', (manifest) => {
  const company = withNeeds(manifest);
  // The accounts are rows of the kernel, whoever needs them.
  const kernel = all.filter(({ name }) => name === 'kernel' && !company.some((known) => known.name === name));
  const manifests = [...kernel, ...company];

  test('boots with only what it needs, begins its work, answers and ends', async () => {
    const harness = await openHarness({ manifests, effects: true, clock: new SystemClock() });
    await ownerOf(harness);
    const owner = clientOf(harness, harness.localKey);
    expect((await owner.get('//healthz')).status).toBe(200);
    expect((await owner.get('/openapi.json')).status).toBe(200);
    const { items } = (await owner.get('/modules')).body as { items: { name: string; state: string }[] };
    expect(items.every(({ state }) => state === 'installed')).toBe(true);
    expect(items).toHaveLength(manifests.length);
    await harness[Symbol.asyncDispose]();
  });

  test('its plain lists answer, with nobody else to fill its points', async () => {
    await using harness = await openHarness({ manifests });
    await ownerOf(harness);
    const owner = clientOf(harness, harness.localKey);
    const plain = (manifest.routes ?? []).filter(
      ({ method, path, answer }) => method === 'get' && answer && !/[{]|^\/\//.test(path),
    );
    for (const { path } of plain) {
      const { status, body } = await owner.get(path);
      expect(status, `${path}: ${JSON.stringify(body)}`).toBe(200);
    }
  });
});
