/** The pages Jobs, Try and Cluster in a browser. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { findViolations } from './accessibility.ts';
import { needsBrowser } from './browsers.ts';
import { slowLines } from './submitted-files.ts';
import { withPage } from './watched-page.ts';
import { startWebSite, type WebSite } from './web-site.ts';

const hostileName = '<script>alert(1)</script> "quoted" & &amp;';

describe('the pages of lists', needsBrowser('chromium'), () => {
  let site: WebSite;
  before(async () => {
    site = await startWebSite();
    for (let index = 1; index <= 55; index++) await submit(site, `nightly ${index}`, '1 + 2\n1 / 0\n');
    await submit(site, hostileName, '1\n');
  });
  after(() => site.stop());

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const { name, isReady } of [
      { name: 'jobs', isReady: (page: Page) => rowOf(page, hostileName).waitFor() },
      { name: 'try?expression=1%20%2F%203', isReady: (page: Page) => page.getByText('INEXACT').first().waitFor() },
      { name: 'cluster', isReady: (page: Page) => page.getByRole('cell', { name: 'Standalone' }).first().waitFor() },
    ]) {
      it(`axe finds nothing on ${name}, ${colorScheme}, and nothing is wider than 360 px`, async () => {
        await withPage(site.browser, { colorScheme }, async (page) => {
          await page.goto(`${site.url}#/${name}`);
          await isReady(page);
          assert.deepEqual(await findViolations(page), []);
          await page.setViewportSize({ width: 360, height: 780 });
          assert.deepEqual(await findViolations(page), []);
          assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
        });
      });
    }
  }

  it('lists jobs by their names as they are written, and leads to them', async () => {
    await withPage(site.browser, {}, async (page) => {
      await page.goto(`${site.url}#/jobs`);
      await page.getByRole('searchbox', { name: 'Name' }).fill('<SCRIPT>');
      await rowOf(page, 'nightly 55').waitFor({ state: 'detached' });
      await page.waitForURL(/name=%3CSCRIPT%3E/);
      await page.getByRole('link', { name: hostileName }).click();
      await page.getByRole('heading', { name: hostileName, level: 1 }).waitFor();
    });
  });

  it('forgets the filter when the list is chosen again', async () => {
    await withPage(site.browser, {}, async (page) => {
      await page.goto(`${site.url}#/jobs?status=InProgress`);
      await page.getByText('No job matches.').waitFor();
      await page.getByRole('link', { name: 'Jobs' }).click();
      await rowOf(page, hostileName).waitFor();
      assert.equal(await page.getByRole('combobox', { name: 'Status' }).inputValue(), '');
    });
  });

  it('goes through the pages of the list and back', async () => {
    await withPage(site.browser, {}, async (page) => {
      await page.goto(`${site.url}#/jobs`);
      await rowOf(page, 'nightly 55').waitFor();
      await page.getByRole('button', { name: 'Older' }).click();
      await rowOf(page, 'nightly 1').waitFor();
      assert.equal(await page.getByRole('button', { name: 'Older' }).isDisabled(), true);
      await page.getByRole('button', { name: 'Newer' }).click();
      await rowOf(page, 'nightly 55').waitFor();
    });
  });

  it('shows a job that is submitted meanwhile', async () => {
    await withPage(site.browser, {}, async (page) => {
      await page.goto(`${site.url}#/jobs?status=Completed&name=late`);
      await page.getByText('No job matches.').waitFor();
      await submit(site, 'late one', '1\n');
      await rowOf(page, 'late one').waitFor();
      assert.equal(await page.getByRole('combobox', { name: 'Status' }).inputValue(), 'Completed');
    });
  });

  it('deletes what is selected, by keyboard alone', async () => {
    for (const name of ['old 1', 'old 2', 'old 3']) await submit(site, name, '1\n');
    await withPage(site.browser, {}, async (page) => {
      await page.goto(`${site.url}#/jobs?name=old`);
      for (const name of ['old 1', 'old 3'])
        await page.getByRole('checkbox', { name: `Select ${name}` }).press('Space');
      await page.getByRole('button', { name: 'Delete 2 selected' }).press('Enter');
      assert.deepEqual(await findViolations(page), []);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await page.getByRole('button', { name: 'Delete 2 selected' }).press('Enter');
      await page.getByRole('button', { name: 'Delete 2 jobs' }).press('Enter');
      await page.getByText('2 jobs deleted.').waitFor();
      await rowOf(page, 'old 1').waitFor({ state: 'detached' });
      await rowOf(page, 'old 2').waitFor();
    });
  });

  it('deletes all that match, and nothing else', async () => {
    for (const name of ['spent 1', 'spent 2']) await submit(site, name, '1\n');
    await withPage(site.browser, {}, async (page) => {
      await page.goto(`${site.url}#/jobs?name=spent`);
      await rowOf(page, 'spent 1').waitFor();
      await page.getByRole('button', { name: 'Delete all' }).click();
      await page.getByRole('button', { name: 'Delete 2 jobs' }).click();
      await page.getByText('2 jobs deleted.').waitFor();
      await page.getByRole('button', { name: 'Show all jobs' }).click();
      await rowOf(page, hostileName).waitFor();
    });
  });

  it('cancels only what is in progress', async () => {
    await submit(site, 'long one', slowLines, '&mode=bigint');
    await withPage(site.browser, {}, async (page) => {
      await page.goto(`${site.url}#/jobs?status=Completed`);
      await rowOf(page, hostileName).waitFor();
      assert.equal(await page.getByRole('button', { name: 'Cancel all' }).isDisabled(), true);
      await page.getByRole('combobox', { name: 'Status' }).selectOption('All');
      await page.getByRole('button', { name: 'Cancel all' }).click();
      await page.getByRole('button', { name: 'Cancel 1 job' }).click();
      await page.getByText('1 job cancelled.').waitFor();
      const row = page.getByRole('row', { name: /long one/ });
      await row.getByText('Cancelled').waitFor();
      await page.getByRole('checkbox', { name: `Select ${hostileName}` }).check();
      await page.getByRole('button', { name: 'Cancel 1 selected' }).click();
      await page.getByRole('button', { name: 'Cancel 1 job' }).click();
      await page.getByText('0 jobs cancelled.').waitFor();
    });
  });

  it('evaluates while one types, in every mode, and points at errors', async () => {
    await withPage(site.browser, {}, async (page) => {
      await page.goto(`${site.url}#/try`);
      const expression = page.getByRole('textbox', { name: 'Expression' });
      const status = page.getByRole('status', { name: 'Result' });
      await expression.pressSequentially('0.1 + 0.2');
      await status.getByText('0.30000000000000004').waitFor();
      await status.getByText('3/10').waitFor();
      await page.waitForURL(/#\/try\?expression=0\.1/);
      await expression.fill('2 * (3 + 4');
      await status.getByRole('heading', { name: 'In every mode' }).waitFor();
      assert.equal(await status.locator('.caret').count(), 1);
      await expression.fill('<img src=x onerror=alert(1)>');
      await status.locator('.fault-text', { hasText: 'img src=x onerror=alert(1)>' }).first().waitFor();
    });
  });

  it('keeps up with a key that is held down', async () => {
    await withPage(site.browser, {}, async (page) => {
      await page.goto(`${site.url}#/try`);
      // Browsers complain about so many changes of the URL.
      await page.getByRole('textbox', { name: 'Expression' }).pressSequentially('9'.repeat(300));
      await page.getByRole('status', { name: 'Result' }).getByText('9'.repeat(300)).first().waitFor();
    });
  });

  it('rejects a precision with the words of the server', async () => {
    await withPage(site.browser, { expectedErrors: [/status of 400/] }, async (page) => {
      await page.goto(`${site.url}#/try?expression=1&precision=0`);
      await page.getByRole('status', { name: 'Result' }).getByText('precision', { exact: false }).waitFor();
    });
  });

  it('finds a function and evaluates its example at a click', async () => {
    await withPage(site.browser, {}, async (page) => {
      await page.goto(`${site.url}#/try`);
      await page.getByRole('searchbox', { name: 'Find' }).fill('gcd');
      const table = page.getByRole('table', { name: 'Functions' });
      const example = table.getByRole('button').first();
      const line = await example.locator('code').textContent();
      await example.click();
      assert.equal(await page.getByRole('textbox', { name: 'Expression' }).inputValue(), line);
      await page.getByRole('heading', { name: 'decimal' }).waitFor();
    });
  });

  it('shows the standalone server as a cluster of one', async () => {
    await withPage(site.browser, {}, async (page) => {
      await page.goto(`${site.url}#/cluster`);
      const row = page.getByRole('table', { name: 'Instances' }).getByRole('row').nth(1);
      await row.getByText('Standalone').waitFor();
      await page.getByRole('table', { name: 'Topics' }).getByText('no topics').waitFor();
      await page.getByText('SQLite').waitFor();
    });
  });
});

function rowOf(page: Page, name: string) {
  return page.getByRole('table', { name: 'Jobs' }).getByRole('link', { name, exact: true });
}

async function submit({ server }: WebSite, name: string, operations: string, query = ''): Promise<void> {
  const response = await fetch(`${server.url}/api/jobs?name=${encodeURIComponent(name)}${query}`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain' },
    body: operations,
  });
  assert.equal(response.status, 201);
}
