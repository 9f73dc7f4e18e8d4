/** The main path in Firefox, over WebDriver BiDi: the cases of main-path.ts and table-path.ts. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'puppeteer-core';
import { createDataDirectory, startServer, type ServerProcess } from '../e2e/server-process.ts';
import { launchFirefox, needsBrowser } from './browsers.ts';
import {
  download,
  dropFile,
  fill,
  find,
  jumpTo,
  press,
  pressInDialog,
  readLineNumbers,
  readRow,
  replaceAndSubmit,
  search,
  show,
  waitForJobPage,
  waitForStatus,
  waitForText,
  withFirefoxPage,
} from './firefox-steps.ts';
import {
  assertRepaired,
  assertRepairedTable,
  failedLines,
  failedQuantity,
  failedRow,
  formulas,
  lineOf,
  linesTotal,
  makeLines,
  makeTable,
  repairedQuantity,
  resultOf,
  rowsTotal,
  slowLines,
} from './submitted-files.ts';

describe('the main path in Firefox', { ...needsBrowser('firefox'), timeout: 1_200_000 }, () => {
  const data = createDataDirectory();
  const downloads = join(data.path, 'downloads');
  let server: ServerProcess;
  let browser: Browser;
  /** Of the job and of the table that the first cases submit. */
  let jobId = '';
  let tableId = '';

  before(async () => {
    mkdirSync(downloads);
    server = await startServer(join(data.path, 'data'));
    browser = await launchFirefox(downloads);
  });
  after(async () => {
    await browser?.close();
    await server?.kill();
    data.remove();
  });

  const onPage = (route: string, use: (page: Page) => Promise<void>) =>
    withFirefoxPage(browser, `${server.url}/${route}`, use);

  async function onJob(id: string, use: (page: Page) => Promise<void>): Promise<void> {
    await onPage(`#/jobs/${id}`, async (page) => {
      await waitForStatus(page, 'Completed');
      await use(page);
    });
  }

  async function readResults(id: string, format: string): Promise<Buffer> {
    const response = await fetch(`${server.url}/api/jobs/${id}/results?format=${format}`);
    return Buffer.from(await response.arrayBuffer());
  }

  it('a file of 1,000,000 lines is dropped, and its progress is seen until its last row', async () => {
    await onPage('#/new', async (page) => {
      await dropFile(page, 'million.txt', makeLines());
      await fill(page, 'textbox', 'Name', 'a million');
      await press(page, 'button', 'Submit');
      jobId = await waitForJobPage(page);
      await waitForText(page, 'h1', 'a million');
      await page.waitForSelector('aria/Progress[role="progressbar"]');
      await waitForStatus(page, 'Completed');
      await jumpTo(page, linesTotal);
      assert.deepEqual((await readRow(page, linesTotal)).slice(0, 2), [lineOf(linesTotal), resultOf(linesTotal)]);
    });
  });

  it('a jump, failed rows only, and rows of one error code', async () => {
    await onJob(jobId, async (page) => {
      await jumpTo(page, 654_321);
      assert.equal((await readRow(page, 654_321))[1], resultOf(654_321));
      await show(page, 'failed');
      assert.deepEqual(await readLineNumbers(page, failedLines.length), failedLines);
      for (const line of failedLines) assert.match((await readRow(page, line)).join(' '), /DIV0/);
      await show(page, 'all');
      await readLineNumbers(page, linesTotal);
      await press(page, 'button', 'DIV0');
      await waitForText(page, '[aria-rowcount] tbody th', '999999');
      assert.deepEqual(await readLineNumbers(page, failedLines.length), failedLines);
    });
  });

  it('a search finds a row wherever it is', async () => {
    await onJob(jobId, async (page) => {
      await search(page, '987654 / 8');
      assert.equal((await readRow(page, 987_654))[1], resultOf(987_654));
      assert.deepEqual(await readLineNumbers(page, 1), [987_654]);
    });
  });

  it('a row is opened to its whole text, its error and its caret', async () => {
    await onJob(jobId, async (page) => {
      await jumpTo(page, 500_000);
      await press(page, 'button', '500000');
      await waitForText(page, '.row-panel .caret', '^');
      await page.waitForSelector('::-p-xpath(//button[starts-with(normalize-space(.), "Copy")])');
    });
  });

  it('downloads have the bytes of the API', async () => {
    await onJob(jobId, async (page) => {
      for (const [link, format] of [
        ['Text', 'text'],
        ['CSV', 'csv'],
        ['NDJSON', 'ndjson'],
      ] as const) {
        assert.ok((await download(page, downloads, link)).equals(await readResults(jobId, format)), link);
      }
    });
  });

  it('3 failed lines are repaired, and the whole file is right', async () => {
    await onJob(jobId, async (page) => {
      await press(page, 'button', 'Repair failed lines');
      const [first = 0] = failedLines;
      await fill(page, 'textbox', `Correction of line ${first}`, `${first} / 8`);
      await replaceAndSubmit(page, ' / 0', ' / 8');
      const repaired = await waitForJobPage(page, jobId);
      await waitForStatus(page, 'Completed');
      assertRepaired((await readResults(repaired, 'text')).toString());
    });
  });

  it('a job is cancelled, and deleted', async () => {
    const request = { method: 'POST', headers: { 'content-type': 'text/plain' }, body: slowLines };
    const response = await fetch(`${server.url}/api/jobs?mode=bigint`, request);
    assert.equal(response.status, 201);
    const { id } = (await response.json()) as { id: string };
    await onPage(`#/jobs/${id}`, async (page) => {
      await waitForStatus(page, 'InProgress');
      await press(page, 'button', 'Cancel job');
      await waitForStatus(page, 'Cancelled');
      await press(page, 'button', 'Delete job');
      await pressInDialog(page, 'Delete');
      await waitForText(page, 'h1', 'Jobs');
      assert.equal((await fetch(`${server.url}/api/jobs/${id}`)).status, 404);
    });
  });

  it('a table is dropped, checked, and submitted with two formulas', async () => {
    await onPage('#/new', async (page) => {
      await dropFile(page, 'orders.csv', makeTable());
      for (const column of ['item', 'price', 'qty']) await find(page, 'button', column);
      await fill(page, 'textbox', 'Formulas', formulas.join('\n'));
      await press(page, 'button', 'Check');
      await waitForText(page, 'td', '0.6');
      await press(page, 'button', 'Submit');
      tableId = await waitForJobPage(page);
      await waitForStatus(page, 'Completed');
    });
  });

  it('the table is seen with its rows and its error, and downloaded', async () => {
    await onJob(tableId, async (page) => {
      await jumpTo(page, rowsTotal);
      const cells = await readRow(page, rowsTotal);
      assert.ok(cells.includes('10000') && cells.includes('12000'), cells.join(' | '));
      await show(page, 'failed');
      assert.deepEqual(await readLineNumbers(page, 1), [failedRow]);
      assert.ok((await download(page, downloads, 'CSV')).equals(await readResults(tableId, 'csv')));
    });
  });

  it('the failed row of the table is repaired', async () => {
    await onJob(tableId, async (page) => {
      await press(page, 'button', 'Repair failed lines');
      await replaceAndSubmit(page, failedQuantity, repairedQuantity);
      const repaired = await waitForJobPage(page, tableId);
      await waitForStatus(page, 'Completed');
      assertRepairedTable((await readResults(repaired, 'csv')).toString());
    });
  });
});
