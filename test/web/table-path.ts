/** The steps of a user with a table on the page. Each Mathmill with a page runs these cases, as those of main-path.ts. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MainPathSite } from './main-path.ts';
import {
  beginRepair,
  download,
  dropFile,
  jumpTo,
  readLineNumbers,
  readRow,
  replaceAndSubmit,
  show,
  waitForJobPage,
  waitForRowCount,
  waitForStatus,
} from './page-steps.ts';
import {
  assertRepairedTable,
  failedQuantity,
  failedRow,
  formulas,
  makeTable,
  repairedQuantity,
  rowsTotal,
} from './submitted-files.ts';
import { withPage } from './watched-page.ts';

export function testTablePath(name: string, siteOf: () => MainPathSite): void {
  describe(`a table: ${name}`, () => {
    let id = '';

    it('is dropped, checked, and submitted with two formulas', async () => {
      const { browser, submitUrl, expectedErrors = [] } = siteOf();
      // A formula that does not compile is refused with 400.
      await withPage(browser, { expectedErrors: [/status of 400/, ...expectedErrors] }, async (page) => {
        await page.goto(`${submitUrl}#/new`);
        await dropFile(page, 'orders.csv', makeTable());
        for (const column of ['item', 'price', 'qty']) await page.getByText(column, { exact: true }).first().waitFor();
        const box = page.getByRole('textbox', { name: 'Formulas' });
        await box.fill('net = price * quantity');
        await page.getByRole('button', { name: 'Check' }).click();
        await page
          .getByText(/quantity/)
          .last()
          .waitFor();
        await box.fill(formulas.join('\n'));
        await page.getByRole('button', { name: 'Check' }).click();
        await page.getByText('0.6', { exact: true }).first().waitFor();
        await page.getByRole('button', { name: 'Submit' }).click();
        id = await waitForJobPage(page);
        await waitForStatus(page, 'Completed');
      });
    });

    it('is seen with its rows, its error and its totals, and downloaded', async () => {
      const { browser, viewUrl, expectedErrors = [] } = siteOf();
      await withPage(browser, { expectedErrors }, async (page) => {
        await page.goto(`${viewUrl}#/jobs/${id}`);
        await waitForStatus(page, 'Completed');
        await waitForRowCount(page, rowsTotal);
        await jumpTo(page, rowsTotal);
        const cells = await readRow(page, rowsTotal);
        assert.ok(cells.includes('10000') && cells.includes('12000'), cells.join(' | '));
        await show(page, 'failed');
        await waitForRowCount(page, 1);
        assert.deepEqual(await readLineNumbers(page), [failedRow]);
        const expected = await fetch(`${viewUrl}api/jobs/${id}/results?format=csv`);
        assert.ok((await download(page, 'CSV')).equals(Buffer.from(await expected.arrayBuffer())));
      });
    });

    it('its failed row is repaired', async () => {
      const { browser, viewUrl, expectedErrors = [] } = siteOf();
      await withPage(browser, { expectedErrors }, async (page) => {
        await page.goto(`${viewUrl}#/jobs/${id}`);
        await waitForStatus(page, 'Completed');
        await beginRepair(page);
        await replaceAndSubmit(page, failedQuantity, repairedQuantity);
        const repaired = await waitForJobPage(page, id);
        await waitForStatus(page, 'Completed');
        assertRepairedTable(await (await fetch(`${viewUrl}api/jobs/${repaired}/results?format=csv`)).text());
      });
    });
  });
}
