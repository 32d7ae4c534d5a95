import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { runTool } from './run/command.ts';
import { exitCodeOf, type Outcome, report, sumUp, withOutcomeFile } from './run/report.ts';
import { runVitest } from './run/vitest.ts';

const folders: string[] = [];

function madeUp(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'almanac-made-up-'));
  folders.push(folder);
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
  return folder;
}

async function runMadeUp(files: Readonly<Record<string, string>>): Promise<{ outcome: Outcome; lines: string[] }> {
  const lines: string[] = [];
  const outcome = await runVitest((line) => lines.push(line), [`--root=${madeUp(files)}`, '--globals']);
  return { outcome, lines };
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

test('a run counts what passed, what failed, what was left out and files that cannot be loaded', async () => {
  const { outcome, lines } = await runMadeUp({
    'good.test.js': `test('adds', () => {}); test('waits', async () => {}); test.skip('later', () => {});`,
    'bad.test.js': `describe('sums', () => { test('are right', () => { expect(1 + 1).toBe(3); }); });`,
    'unloadable.test.js': `import './nowhere.js'; test('never', () => {});`,
    'hook.test.js': `describe('with a hook', () => { beforeAll(() => { throw new Error('no hook'); }); test('is not reached', () => {}); });`,
  });
  expect(outcome).toMatchObject({ passed: 2 });
  const told = outcome.failures.map(({ name, text }) => `${name} :: ${text}`).toSorted();
  expect(told).toEqual([
    expect.stringMatching(/^bad\.test\.js: sums > are right :: expected 2 to be 3/),
    expect.stringMatching(/^hook\.test\.js \(outside of its tests\) :: no hook/),
    expect.stringMatching(/^unloadable\.test\.js \(outside of its tests\) :: .*nowhere/),
  ]);
  expect(lines).toContainEqual(expect.stringMatching(/^ {2}✗ bad\.test\.js: 1 of 1 failed/));
  expect(lines).toContainEqual(expect.stringMatching(/^ {2}✓ good\.test\.js: 3 \(/));
});

test('an error outside of every test makes a run red', async () => {
  const { outcome } = await runMadeUp({
    'late.test.js': `test('passes', () => { void Promise.reject(new Error('unheard')); });`,
  });
  expect(outcome).toMatchObject({ passed: 1, failures: [{ text: expect.stringContaining('unheard') }] });
});

test('a run that saw no test is red', async () => {
  const { outcome } = await runMadeUp({ 'readme.txt': '' });
  expect(outcome.failures).toHaveLength(1);
  expect(exitCodeOf({ passed: 0, failures: [] })).toBe(1);
});

test('a browser run without a test is red', async () => {
  const folder = madeUp({ 'playwright.config.mjs': `export default { testDir: '.' };` });
  const reporter = path.join(import.meta.dirname, 'run/playwright-outcome.ts');
  const args = ['test', `--config=${folder}/playwright.config.mjs`, `--reporter=${reporter}`];
  const outcome = await withOutcomeFile('playwright', (env) => runTool('@playwright/test/cli.js', args, { env }));
  expect(outcome.passed).toBe(0);
  expect(outcome.failures.length).toBeGreaterThan(0);
});

test('a tool that dies without a report counts as one failure with its last words', async () => {
  const outcome = await withOutcomeFile('the tool', () => Promise.resolve({ code: 9, output: 'out of memory' }));
  expect(outcome).toEqual({
    passed: 0,
    failures: [{ name: 'the tool ended with 9', text: 'out of memory' }],
    skipped: 0,
  });
});

test('a report ends with the plain line of counts, after each failure', () => {
  const outcomes = [
    { passed: 3, failures: [] },
    { passed: 4, failures: [{ name: 'a clock', text: 'is late' }], skipped: 1 },
  ];
  const text = report(sumUp(outcomes));
  expect(text.split('\n').at(-1)).toBe('7 passed, 1 failed');
  expect(text).toContain('1) a clock\n   is late');
  expect(exitCodeOf(sumUp(outcomes))).toBe(1);
  expect(exitCodeOf(sumUp(outcomes.slice(0, 1)))).toBe(0);
});
