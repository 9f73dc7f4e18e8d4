/** Texts of users are shown as they are: nothing of them is markup, and none reverses or hides the text around it. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { waitForJob } from '../e2e/server-process.ts';
import { needsBrowser } from './browsers.ts';
import { beginRepair, resultRow, waitForJobPage, waitForStatus } from './page-steps.ts';
import { withPage } from './watched-page.ts';
import { startWebSite, type WebSite } from './web-site.ts';

const markup = `<script>globalThis.injected = true</script><img src=x onerror="globalThis.injected=true">`;
/** Right-to-left override and isolate, a zero-width space, and an escape of terminals. */
const marks = '\u202Eevil\u2066\u200B\u001B[31m';
const lines = [
  `1 + 1 # ${markup}`,
  `"><svg onload=globalThis.injected=true>`,
  `javascript:globalThis.injected=true`,
  `2 + 2 # ${marks}`,
  `{{constructor.constructor('globalThis.injected=true')()}}`,
  '&lt;b&gt; &amp; \u{1F600} \u0300\u0301',
  `</textarea></table></body>`,
];
/** In a cell of CSV. */
const quoted = `"${markup.replaceAll('"', '""')}"`;

describe('hostile texts', needsBrowser('chromium'), () => {
  let site: WebSite;
  let id: string;
  let tableId: string;

  before(async () => {
    site = await startWebSite();
    id = await submit(
      'application/x-ndjson',
      lines.map((line, index) => `${JSON.stringify({ custom_id: `${index}${markup}`, request: line })}\n`).join(''),
    );
    const table = `${quoted},price\n${quoted},2\n${marks},3\n`;
    tableId = await submit('text/csv', table, '&formula=total%20%3D%20price%20*%202');
  });
  after(() => site.stop());

  async function submit(type: string, body: string, query = ''): Promise<string> {
    const url = `${site.url}api/jobs?name=${encodeURIComponent(markup)}${query}`;
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': type }, body });
    const created = (await response.json()) as { id: string };
    assert.equal(response.status, 201, JSON.stringify(created));
    await waitForJob(site.server.url, created.id);
    return created.id;
  }

  async function assertHarmless(page: Page): Promise<void> {
    assert.equal(await page.evaluate(() => 'injected' in globalThis), false);
    assert.equal(await page.locator('#app script, #app img, main svg[onload]').count(), 0);
  }

  it('the lines of a job', async () => {
    await withPage(site.browser, {}, async (page) => {
      await page.goto(`${site.url}#/jobs/${id}`);
      await page.getByRole('heading', { level: 1 }).filter({ hasText: '<script>' }).waitFor();
      for (const index of lines.keys()) await resultRow(page, index + 1).waitFor();
      await resultRow(page, 1).getByText('<script>').first().waitFor();
      for (const index of lines.keys()) {
        await resultRow(page, index + 1)
          .getByRole('rowheader')
          .getByRole('button')
          .click();
        await assertHarmless(page);
      }
    });
  });

  it('direction marks of a line stay within its cell', async () => {
    await withPage(site.browser, {}, async (page) => {
      await page.goto(`${site.url}#/jobs/${id}`);
      const cell = resultRow(page, 4).getByRole('cell').filter({ hasText: '2 + 2' }).first();
      await cell.waitFor();
      // An isolated text, or one whose marks are written out, cannot reverse what stands beside it.
      const isContained = await cell.evaluate(
        (element) =>
          !element.textContent.includes('\u202E') ||
          element.querySelector('bdi') !== null ||
          [element, ...element.querySelectorAll('*')].some((part) =>
            ['isolate', 'plaintext', 'isolate-override'].includes(getComputedStyle(part).unicodeBidi),
          ),
      );
      assert.ok(isContained);
    });
  });

  it('the columns and cells of a table', async () => {
    await withPage(site.browser, {}, async (page) => {
      await page.goto(`${site.url}#/jobs/${tableId}`);
      await resultRow(page, 2).waitFor();
      await assertHarmless(page);
      await resultRow(page, 1).getByRole('rowheader').getByRole('button').click();
      await assertHarmless(page);
    });
  });

  it('lines that are repaired, and the preview of their corrections', async () => {
    // A correction that does not compile is previewed as a failed one.
    await withPage(site.browser, {}, async (page) => {
      await page.goto(`${site.url}#/jobs/${id}`);
      await beginRepair(page);
      const box = page.getByRole('textbox', { name: 'Correction of line 2' });
      await box.waitFor();
      assert.equal(await box.inputValue(), lines[1]);
      await box.fill(markup);
      await page.getByRole('textbox', { name: 'Correction of line 3' }).fill(marks);
      await assertHarmless(page);
      await page.getByRole('button', { name: 'Preview', exact: true }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByText('<script>').first().waitFor();
      await assertHarmless(page);
      await dialog.getByRole('button', { name: 'Submit repair' }).click();
      const repaired = await waitForJobPage(page, id);
      await waitForStatus(page, 'Completed');
      await resultRow(page, 2).getByText('<script>').first().waitFor();
      await assertHarmless(page);
      const { status } = await fetch(`${site.url}api/jobs/${repaired}`, { method: 'DELETE' });
      assert.equal(status, 204);
    });
  });

  it('the list of jobs', async () => {
    await withPage(site.browser, {}, async (page) => {
      await page.goto(`${site.url}#/jobs`);
      const table = page.getByRole('table', { name: 'Jobs' });
      await table.getByText('<script>').first().waitFor();
      assert.equal(await table.getByRole('row').count(), 3);
      await assertHarmless(page);
    });
  });

  it('an expression, an address and a search', async () => {
    await withPage(site.browser, { expectedErrors: [/\b40[04]\b/] }, async (page) => {
      await page.goto(`${site.url}#/try`);
      await page.getByRole('textbox', { name: 'Expression' }).fill(lines[1] ?? '');
      await page.getByRole('status').filter({ hasText: '^' }).first().waitFor();
      await assertHarmless(page);
      await page.goto(`${site.url}#/jobs/${encodeURIComponent(markup)}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await assertHarmless(page);
      await page.goto(`${site.url}#/jobs/${id}`);
      const search = page.getByRole('searchbox', { name: 'Search' });
      await search.fill(markup);
      await search.press('Enter');
      await resultRow(page, 1).waitFor();
      await assertHarmless(page);
    });
  });

  it('a text on its way to be submitted', async () => {
    await withPage(site.browser, {}, async (page) => {
      await page.goto(`${site.url}#/new`);
      await page.getByRole('textbox', { name: 'Operations' }).fill(lines.join('\n'));
      await page.getByRole('textbox', { name: 'Name' }).fill(markup);
      await page.getByRole('button', { name: 'Check' }).click();
      await page.getByText('SYNTAX').first().waitFor();
      await assertHarmless(page);
    });
  });
});
