import path from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';
import { type Served, serve } from './server.ts';

const SCREENS = path.join(import.meta.dirname, '../../test-results/pages');
const PHONE = { width: 390, height: 844 };
const DESKTOP = { width: 1440, height: 900 };

/** A crontab as one finds them: settings, comments, names, steps, a percent sign, a zone, a line for a restart. */
const CRONTAB = `# m h dom mon dow command
SHELL=/bin/sh
MAILTO=ops@example.org
GREETING=good morning

# Nightly backup
30 2 * * * echo "backup of $(date +\\%F) done"
# Say hello
0 9 * * * echo "$GREETING"; echo "one line more"
# Broken report
15 9 * * * echo "cannot reach the printer"; exit 3

*/5 * * * * echo poll
* * * * * echo tick
@hourly echo hourly
@daily echo midnight
0 4 1 * * echo monthly
0 5 * * 0 echo sunday
10,40 6-8 * * * echo morning
20 7 1-7 * * echo first days
0 22 * * mon-fri echo workday
45 23 * jan,jul * echo half year
0 12 * * * cat%Dear all,%lunch is ready.
CRON_TZ=America/Chicago
0 18 * * * echo evening in chicago
@reboot echo never
`;

let served: Served;

test.beforeAll(async () => {
  served = await serve();
});

test.afterAll(async () => {
  await served.stop();
});

test.describe.configure({ mode: 'serial' });

/** Next Monday in the tests' zone: a week in which every line has occurrences, whatever day it is today. */
function nextMonday(): string {
  const today = Temporal.Now.plainDateISO('Europe/Berlin');
  return today.add({ days: 8 - today.dayOfWeek }).toString();
}

async function signIn(page: Page, path = `/?date=${nextMonday()}`): Promise<void> {
  await page.goto(served.url + path);
  await page.getByLabel('Email').fill('ada@example.org');
  await page.getByLabel('Password').fill('correct horse battery');
  await page.getByRole('button', { name: 'Sign in' }).click();
}

test('the printed link makes the owner, and the crontab fills the calendar while one watches', async ({ page }) => {
  await page.setViewportSize(DESKTOP);
  await page.goto(served.link);
  await page.getByLabel('Name').fill('Ada Lovelace');
  await page.getByLabel('Email').fill('ada@example.org');
  await page.getByLabel('Password').fill('correct horse battery');
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByLabel('Zone')).toHaveValue('Europe/Berlin');
  await page.screenshot({ path: `${SCREENS}/first-run.png` });
  await page.getByRole('button', { name: 'Make the owner account' }).click();
  await page.getByRole('button', { name: 'Open the calendar' }).click();
  await expect(page.getByText('Nothing', { exact: false }).first()).toBeVisible();

  const file = served.write('crontab', CRONTAB);
  const { code, said } = await served.almanac('import', 'crontab', file, '--yes', '--zone', 'Europe/Berlin');
  expect(said).toContain('Nightly backup');
  expect(code).toBe(0);
  await page.getByRole('button', { name: 'Next week' }).click();
  await expect(page.getByRole('gridcell', { name: /^Nightly backup, cron/ }).first()).toBeVisible();
  await expect(page.getByRole('region', { name: 'Always running' })).toContainText('echo tick');
  await page.screenshot({ path: `${SCREENS}/week-light.png` });
});

test('the used link is refused, and a wrong password too', async ({ page }) => {
  const again = await page.request.post(`${served.url}/api/v1/first-run`, {
    data: {
      token: new URL(served.link).searchParams.get('token'),
      name: 'Eve',
      email: 'eve@example.org',
      password: 'correct horse battery',
      zone: 'UTC',
    },
  });
  expect(again.status()).toBe(410);
  await page.goto(served.url);
  await page.getByLabel('Email').fill('ada@example.org');
  await page.getByLabel('Password').fill('wrong horse battery');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert').first()).toBeVisible();
});

test('a job is run by hand and its output read; a failing one is told with its output', async ({ page }) => {
  await page.setViewportSize(DESKTOP);
  await signIn(page);
  await page
    .getByRole('gridcell', { name: /^Say hello, cron/ })
    .first()
    .click();
  await page.getByRole('button', { name: 'Run now' }).click();
  await expect(page.getByRole('complementary', { name: 'Details' })).toContainText('good morning');
  await expect(page.getByRole('complementary', { name: 'Details' })).toContainText('one line more');
  await page.screenshot({ path: `${SCREENS}/output.png` });
  await page.keyboard.press('Escape');

  await page
    .getByRole('gridcell', { name: /^Broken report, cron/ })
    .first()
    .click();
  await page.getByRole('button', { name: 'Run now' }).click();
  const details = page.getByRole('complementary', { name: 'Details' });
  await expect(details).toContainText('cannot reach the printer');
  await expect(details).toContainText('It ended with exit code 3.');
  await expect(page.getByText('1 failed in 24 h')).toBeVisible();
  await page.getByRole('button', { name: 'Today' }).click();
  await expect(page.getByRole('gridcell', { name: /^Broken report, cron, failed/ }).first()).toBeVisible();
  await page.screenshot({ path: `${SCREENS}/failed.png` });
});

test('a pause in one tab is seen live in another', async ({ page, context }) => {
  await page.setViewportSize(DESKTOP);
  await signIn(page);
  await expect(page.getByRole('gridcell', { name: /^Nightly backup, cron, scheduled/ }).first()).toBeVisible();
  const other = await context.newPage();
  await other.setViewportSize(DESKTOP);
  await other.goto(`${served.url}/?date=${nextMonday()}`);
  await other
    .getByRole('gridcell', { name: /^Nightly backup, cron, scheduled/ })
    .first()
    .click();
  await other.getByRole('button', { name: 'Pause' }).click();
  await expect(page.getByRole('gridcell', { name: /^Nightly backup, cron, paused/ }).first()).toBeVisible();
  await page.screenshot({ path: `${SCREENS}/paused.png` });
  await other.getByRole('button', { name: 'Resume' }).click();
  await expect(page.getByRole('gridcell', { name: /^Nightly backup, cron, scheduled/ }).first()).toBeVisible();
});

test('on a phone the day is a list, and a job is run and paused from it', async ({ page, context }) => {
  await page.setViewportSize(PHONE);
  await signIn(page);
  const row = page.getByRole('button', { name: /evening in chicago/ }).first();
  await expect(row).toBeVisible();
  await page.screenshot({ path: `${SCREENS}/phone.png` });
  await row.click();
  const sheet = page.getByRole('dialog', { name: 'Details' });
  await sheet.getByRole('button', { name: 'Run now' }).click();
  await expect(sheet.getByRole('region', { name: 'Output' })).toContainText('evening in chicago');
  await expect(sheet).toContainText(/by hand · \d+/);
  await page.screenshot({ path: `${SCREENS}/phone-details.png` });
  const other = await context.newPage();
  await other.setViewportSize(PHONE);
  await other.goto(`${served.url}/?date=${nextMonday()}`);
  await expect(other.getByRole('button', { name: /evening in chicago/ }).first()).toBeVisible();
  await sheet.getByRole('button', { name: 'Pause' }).click();
  await expect(other.getByRole('button', { name: /evening in chicago.*paused/i }).first()).toBeVisible();
});

for (const scheme of ['light', 'dark'] as const) {
  test(`the week has no accessibility violations in ${scheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize(DESKTOP);
    await signIn(page);
    await expect(page.getByRole('gridcell').first()).toBeVisible();
    await page.screenshot({ path: `${SCREENS}/week-${scheme}.png` });
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
  });
}
