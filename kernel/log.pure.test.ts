import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

const script = `
  import { openLog } from './kernel/log.ts';
  const log = openLog('info');
  const error = Object.assign(new Error('no disk'), { code: 'ENOSPC', client: { password: 'hunter2' } });
  log.error({ error }, 'first');
  log.error({ err: error, token: 'alm_secret' }, 'second');`;

test('an error is logged with its words under either name, and without what must stay hidden', () => {
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  const [first, second] = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(first).toMatchObject({ msg: 'first', error: { message: 'no disk', code: 'ENOSPC' } });
  expect(second).toMatchObject({ msg: 'second', err: { message: 'no disk' }, token: '[redacted]' });
  expect(stderr).not.toMatch(/hunter2|alm_secret/);
  expect(stdout).toBe('');
});
