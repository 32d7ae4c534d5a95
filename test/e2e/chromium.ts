import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { chromium } from '@playwright/test';
import { run, runTool } from '../run/command.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** What Chromium needs to run unattended, also as root and without a graphics card. */
export const LAUNCH_ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The browser to test with: the system's own, else Playwright's; undefined when there is neither. */
export function findChromium(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  const candidates = NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name)));
  return [...candidates, chromium.executablePath()].find(isExecutable);
}

/**
 * Finds the browser or installs one: the distribution's package where we may, else Playwright's own.
 * @throws Error that says what to install by hand
 */
export async function ensureChromium(say: (line: string) => void): Promise<string> {
  const found = findChromium();
  if (found !== undefined) return found;
  say('  installing Chromium …');
  const told: string[] = [];
  for (const install of [installPackage, installPlaywrights]) {
    told.push(await install());
    const installed = findChromium();
    if (installed !== undefined) return installed;
  }
  const mend = 'Install a browser called chromium, chromium-browser or google-chrome by hand.';
  throw new Error(['There is no Chromium and none could be installed.', mend, ...told].filter(Boolean).join('\n'));
}

async function installPackage(): Promise<string> {
  if (process.getuid?.() !== 0 || spawnSync('apt-get', ['--version']).status !== 0) return '';
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const updated = await run('apt-get', ['update'], { env });
  const installed = await run('apt-get', ['install', '-y', 'chromium'], { env });
  return installed.code === 0 ? '' : lastLines(updated.output + installed.output);
}

async function installPlaywrights(): Promise<string> {
  const { code, output } = await runTool('@playwright/test/cli.js', ['install', 'chromium']);
  return code === 0 ? '' : lastLines(output);
}

function lastLines(output: string): string {
  return output.trim().split('\n').slice(-10).join('\n');
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
