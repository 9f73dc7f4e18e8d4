/**
 * The steps of a user with jobs on the page, from the file to its repair. Each Mathmill with a page runs these cases: alone,
 * behind a proxy, and a cluster, where another instance shows the jobs that one takes.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import {
  beginRepair,
  deleteShownJob,
  download,
  dropFile,
  jumpTo,
  readLineNumbers,
  readRow,
  replaceAndSubmit,
  resultRow,
  show,
  waitForJobPage,
  waitForRowCount,
  waitForStatus,
} from './page-steps.ts';
import { assertRepaired, failedLines, lineOf, linesTotal, makeLines, resultOf, slowLines } from './submitted-files.ts';
import { withPage } from './watched-page.ts';

export interface MainPathSite {
  readonly browser: Browser;
  /** Address of the page, with a slash at its end, where jobs are submitted. */
  readonly submitUrl: string;
  /** Address where jobs are viewed afterwards: the same one, or that of another instance. */
  readonly viewUrl: string;
  /** Console errors that the site may cause, such as for requests that the page repeats. */
  readonly expectedErrors?: readonly RegExp[];
}

async function readResults(site: MainPathSite, id: string, format = 'text'): Promise<Buffer> {
  const response = await fetch(`${site.viewUrl}api/jobs/${id}/results?format=${format}`);
  return Buffer.from(await response.arrayBuffer());
}

export function testMainPath(name: string, siteOf: () => MainPathSite): void {
  describe(`the main path: ${name}`, () => {
    /** Of the job that the first case submits. */
    let id = '';

    async function onJob(use: (page: Page, site: MainPathSite) => Promise<void>, job = id): Promise<void> {
      const site = siteOf();
      const { browser, expectedErrors = [] } = site;
      await withPage(browser, { expectedErrors }, async (page) => {
        await page.goto(`${site.viewUrl}#/jobs/${job}`);
        await waitForStatus(page, 'Completed');
        await use(page, site);
      });
    }

    it('a file of 1,000,000 lines is dropped, and its progress is seen until its last row', async () => {
      const { browser, submitUrl, expectedErrors = [] } = siteOf();
      await withPage(browser, { expectedErrors }, async (page) => {
        await page.goto(`${submitUrl}#/new`);
        await dropFile(page, 'million.txt', makeLines());
        await page.getByRole('textbox', { name: 'Name' }).fill('a million');
        await page.getByRole('button', { name: 'Submit' }).click();
        id = await waitForJobPage(page);
        await page.getByRole('heading', { name: 'a million' }).waitFor();
        await page.getByRole('progressbar', { name: 'Progress' }).waitFor();
        await waitForStatus(page, 'Completed');
        await jumpTo(page, linesTotal);
        const [request = '', result = ''] = await readRow(page, linesTotal);
        assert.deepEqual([request, result], [lineOf(linesTotal), resultOf(linesTotal)]);
      });
    });

    it('a jump, failed rows only, and rows of one error code', async () => {
      await onJob(async (page) => {
        await waitForRowCount(page, linesTotal);
        await jumpTo(page, 654_321);
        assert.equal((await readRow(page, 654_321))[1], resultOf(654_321));
        await show(page, 'failed');
        await waitForRowCount(page, failedLines.length);
        for (const line of failedLines) assert.match((await readRow(page, line)).join(' '), /DIV0/);
        assert.deepEqual(await readLineNumbers(page), failedLines);
        await show(page, 'all');
        const code = page.getByRole('table', { name: 'Errors by code' }).getByRole('button', { name: 'DIV0' });
        await code.click();
        await resultRow(page, 500_000).waitFor();
        assert.deepEqual(await readLineNumbers(page), failedLines);
      });
    });

    it('a search finds a row wherever it is', async () => {
      await onJob(async (page) => {
        const search = page.getByRole('searchbox', { name: 'Search' });
        await search.fill('987654 / 8');
        await search.press('Enter');
        assert.equal((await readRow(page, 987_654))[1], resultOf(987_654));
        assert.deepEqual(await readLineNumbers(page), [987_654]);
      });
    });

    it('a row is opened to its whole text, its error and its caret', async () => {
      await onJob(async (page) => {
        await jumpTo(page, 500_000);
        await resultRow(page, 500_000).getByRole('rowheader').getByRole('button').click();
        await page.getByText('Division by zero').last().waitFor();
        await page.getByRole('button', { name: /^Copy/ }).first().waitFor();
      });
    });

    it('downloads have the bytes of the API', async () => {
      await onJob(async (page, site) => {
        for (const [link, format] of [
          ['Text', 'text'],
          ['CSV', 'csv'],
          ['NDJSON', 'ndjson'],
        ] as const) {
          assert.ok((await download(page, link)).equals(await readResults(site, id, format)), link);
        }
      });
    });

    it('3 failed lines are repaired, and the whole file is right', async () => {
      await onJob(async (page, site) => {
        await beginRepair(page);
        await page.getByRole('textbox', { name: `Correction of line ${failedLines[0]}` }).fill(`${failedLines[0]} / 8`);
        await replaceAndSubmit(page, ' / 0', ' / 8');
        const repaired = await waitForJobPage(page, id);
        await waitForStatus(page, 'Completed');
        assertRepaired((await readResults(site, repaired)).toString());
      });
    });

    it('a job is cancelled, and deleted', async () => {
      const site = siteOf();
      const request = { method: 'POST', headers: { 'content-type': 'text/plain' }, body: slowLines };
      const response = await fetch(`${site.submitUrl}api/jobs?mode=bigint`, request);
      assert.equal(response.status, 201);
      const { id: slow } = (await response.json()) as { id: string };
      // The page may have queried the job just before the server deleted it.
      await withPage(site.browser, { expectedErrors: [/status of 404/] }, async (page) => {
        await page.goto(`${site.viewUrl}#/jobs/${slow}`);
        await waitForStatus(page, 'InProgress');
        await page.getByRole('button', { name: 'Cancel job', exact: true }).click();
        await waitForStatus(page, 'Cancelled');
        await deleteShownJob(page);
        assert.equal((await fetch(`${site.viewUrl}api/jobs/${slow}`)).status, 404);
      });
    });
  });
}
