import { expect, test } from 'vitest';
import kernelManifest from '../manifest.ts';
import { openHarness } from '../testing/harness.ts';
import { clientOf, ownerOf } from '../testing/http.ts';

test('the process answers, and says who is asking', async () => {
  await using harness = await openHarness({ manifests: [kernelManifest] });
  await ownerOf(harness);
  const owner = clientOf(harness, harness.localKey);
  expect((await owner.get('//healthz')).body).toEqual({ status: 'ok' });
  expect((await owner.get('//readyz')).body).toEqual({ status: 'ready' });
  const me = await owner.get('/me');
  expect(me.status).toBe(200);
  expect(me.body.role).toBe('owner');
});
