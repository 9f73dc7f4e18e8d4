/** The page that submits jobs, in a browser. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Locator, Page, Request } from 'playwright-core';
import { findViolations } from './accessibility.ts';
import { needsBrowser } from './browsers.ts';
import { dropFile, waitForJobPage } from './page-steps.ts';
import { withPage, type WatchedPageOptions } from './watched-page.ts';
import { startWebSite, type WebSite } from './web-site.ts';

const rows = 'item,price,unit price (EUR),qty\nbolt,0.10,3,4\nnut,x,7,3\n';
const hostile = '<img src=x onerror=alert(1)>';

const operations = (page: Page): Locator => page.getByRole('textbox', { name: 'Operations' });
const formulas = (page: Page): Locator => page.getByRole('textbox', { name: 'Formulas' });
const press = (page: Page, name: 'Check' | 'Submit' | 'Stop') => page.getByRole('button', { name }).click();
const preview = (page: Page): Locator => page.getByRole('region', { name: 'Preview', exact: true });

describe('the page New job in a browser', needsBrowser('chromium'), () => {
  let site: WebSite;
  before(async () => {
    site = await startWebSite();
  });
  after(() => site.stop());
  beforeEach(deleteJobs);

  async function listJobs(): Promise<Record<string, unknown>[]> {
    const response = await fetch(`${site.url}api/jobs?size=100`);
    return ((await response.json()) as { items: Record<string, unknown>[] }).items;
  }

  async function deleteJobs(): Promise<void> {
    for (const { id } of await listJobs()) await fetch(`${site.url}api/jobs/${String(id)}`, { method: 'DELETE' });
  }

  async function readJob(id: string): Promise<Record<string, unknown>> {
    return (await (await fetch(`${site.url}api/jobs/${id}?wait=30`)).json()) as Record<string, unknown>;
  }

  async function readResults(id: string): Promise<string> {
    return (await fetch(`${site.url}api/jobs/${id}/results?follow=true`)).text();
  }

  const onPage = (use: (page: Page) => Promise<void>, options: WatchedPageOptions = {}) =>
    withPage(site.browser, options, async (page) => {
      await page.goto(site.url);
      await use(page);
    });

  it('checks lines: results, and errors with a caret at their place', () =>
    onPage(async (page) => {
      await operations(page).fill('1 / 3\n1 / 0\n');
      await press(page, 'Check');
      await preview(page).getByText('1 of 2 lines fail', { exact: false }).waitFor();
      const cells = await preview(page).getByRole('cell').allTextContents();
      assert.deepEqual([cells[1], cells[3]], ['0.3333333333333333333333333333333333', 'DIV0 Division by zero.']);
      await preview(page).locator('.fault', { hasText: '/' }).getByText('^').waitFor();
      assert.deepEqual(await listJobs(), []);
    }));

  it('submits lines with mode and name, and shows the job', () =>
    onPage(async (page) => {
      await operations(page).fill('1 / 3\n0.5\n');
      await page.getByRole('combobox', { name: 'Mode' }).selectOption('rational');
      assert.equal(await page.getByRole('spinbutton', { name: 'Precision' }).isDisabled(), true);
      await page.getByRole('textbox', { name: 'Name' }).fill(hostile);
      await press(page, 'Submit');
      const id = await waitForJobPage(page);
      await page.getByRole('heading', { name: hostile, level: 1 }).waitFor();
      assert.equal(await readResults(id), '1/3\n1/2\n');
      const { mode, name } = await readJob(id);
      assert.deepEqual([mode, name], ['rational', hostile]);
    }));

  it('shows the columns of a table, and completes their names', () =>
    onPage(async (page) => {
      await operations(page).fill(rows);
      const columns = page.getByRole('list', { name: 'Columns' }).getByRole('button');
      assert.deepEqual(await columns.allTextContents(), ['item', 'price', 'unit price (EUR)', 'qty']);
      await formulas(page).pressSequentially('net = uni');
      await page.getByRole('option', { name: /^unit price/ }).waitFor();
      assert.deepEqual(await findViolations(page), []);
      await formulas(page).press('Tab');
      assert.equal(await formulas(page).inputValue(), 'net = `unit price (EUR)`');
      await formulas(page).pressSequentially(' * ');
      await columns.filter({ hasText: 'qty' }).click();
      await formulas(page).press('Enter');
      assert.equal(await formulas(page).inputValue(), 'net = `unit price (EUR)` * qty\n');
    }));

  it('checks a table, and submits it as it was checked', () =>
    onPage(async (page) => {
      await operations(page).fill(rows);
      await formulas(page).fill('total = price * qty\n\ntwice = total * 2');
      await press(page, 'Check');
      const cells = preview(page).getByRole('cell');
      await preview(page).getByText('1 of 2 rows fail', { exact: false }).waitFor();
      assert.deepEqual((await cells.allTextContents()).slice(0, 3), ['bolt,0.10,3,4', '0.4', '0.8']);
      await preview(page).getByText('Row 2, total:').waitFor();
      await press(page, 'Submit');
      const id = await waitForJobPage(page);
      assert.match(
        await readResults(id),
        /^item,price,unit price \(EUR\),qty,total,twice,error\nbolt,0\.10,3,4,0\.4,0\.8,\n/,
      );
    }));

  it('shows what is wrong with a formula under its place, before anything is submitted', () =>
    onPage(
      async (page) => {
        await operations(page).fill(rows);
        await formulas(page).fill('a = 1\n\nb = prise * 2');
        await press(page, 'Submit');
        const fault = page.getByRole('alert').filter({ hasText: 'did you mean `price`?' });
        await fault.getByText(/^Line 3: /).waitFor();
        await fault.locator('.fault', { hasText: 'prise' }).getByText('^').waitFor();
        assert.deepEqual(await findViolations(page), []);
        assert.deepEqual(await listJobs(), []);
      },
      { expectedErrors: [/status of 400/] },
    ));

  it('takes a file that is dropped, compressed or not', () =>
    onPage(async (page) => {
      await dropFile(page, `${hostile}.csv`, 'a,b\n1,2\n');
      await page.getByText(`${hostile}.csv`, { exact: true }).waitFor();
      await page.getByRole('button', { name: 'Remove' }).click();
      const buffer = gzipSync('a;b\n1;2\n');
      await page.getByLabel('File').setInputFiles({ name: 'rows.csv.gz', mimeType: 'application/gzip', buffer });
      await page.getByRole('list', { name: 'Columns' }).getByRole('button', { name: 'b' }).waitFor();
      await formulas(page).fill('c = a + b');
      await press(page, 'Submit');
      assert.equal(await readResults(await waitForJobPage(page)), 'a;b;c;error\n1;2;3;\n');
    }));

  it('keeps what was typed while another page is shown', () =>
    onPage(async (page) => {
      await operations(page).fill('1 + 2');
      await page.getByRole('link', { name: 'Jobs', exact: true }).click();
      await page.getByRole('heading', { name: 'Jobs', level: 1 }).waitFor();
      await page.getByRole('link', { name: 'New job' }).click();
      assert.equal(await operations(page).inputValue(), '1 + 2');
    }));

  it('sends a large file compressed, and stops when it is told to, with nothing left behind', () =>
    onPage(async (page) => {
      const uploads: Request[] = [];
      page.on('request', (request) => request.method() === 'POST' && uploads.push(request));
      const lines = Array.from({ length: 200_000 }, (_, index) => `${index} * ${Math.random()}\n`).join('');
      await page
        .getByLabel('File')
        .setInputFiles({ name: 'big.txt', mimeType: 'text/plain', buffer: Buffer.from(lines) });
      const session = await page.context().newCDPSession(page);
      await session.send('Network.enable');
      const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 300_000 };
      await session.send('Network.emulateNetworkConditions', slow);
      await press(page, 'Submit');
      const progress = page.getByRole('progressbar', { name: 'Upload' });
      await progress.waitFor();
      await page.getByText('Uploading').waitFor();
      assert.deepEqual(await findViolations(page), []);
      await press(page, 'Stop');
      await progress.waitFor({ state: 'detached' });
      assert.equal(await uploads[0]?.headerValue('content-encoding'), 'gzip');
      assert.deepEqual(await listJobs(), []);
      await session.send('Network.emulateNetworkConditions', { ...slow, uploadThroughput: -1 });
      await press(page, 'Submit');
      assert.equal((await readJob(await waitForJobPage(page)))['operations'], 200_000);
    }));

  it('says that the server cannot be reached, and makes one job of two attempts', () =>
    onPage(
      async (page) => {
        const keys: (string | undefined)[] = [];
        let isLost = true;
        await page.route('**/api/jobs?*', async (route) => {
          keys.push(route.request().headers()['idempotency-key']);
          // The upload arrives, and its answer does not.
          if (isLost) await route.fetch();
          await (isLost ? route.abort() : route.continue());
        });
        await operations(page).fill('1 + 2');
        await press(page, 'Submit');
        await page.getByText('The server cannot be reached.', { exact: false }).waitFor();
        isLost = false;
        await press(page, 'Submit');
        await waitForJobPage(page);
        assert.equal((await listJobs()).length, 1);
        assert.ok(keys[0] !== undefined && keys[0] === keys[1]);
      },
      { expectedErrors: [/ERR_FAILED/] },
    ));

  it('forgets a check as soon as the form is another one, and keeps it otherwise', () =>
    onPage(async (page) => {
      await operations(page).fill('1 / 3');
      await press(page, 'Check');
      await preview(page).waitFor();
      await page.getByRole('link', { name: 'Try', exact: true }).click();
      await page.getByRole('heading', { name: 'Try', level: 1 }).waitFor();
      await page.getByRole('link', { name: 'New job' }).click();
      await preview(page).waitFor();
      await page.getByRole('spinbutton', { name: 'Precision' }).fill('10');
      await preview(page).waitFor({ state: 'detached' });
    }));

  it('keeps a large text that is pasted as a file', () =>
    onPage(async (page) => {
      await operations(page).evaluate((element) => {
        const clipboardData = new DataTransfer();
        clipboardData.setData('text/plain', '1 + 2\n'.repeat(200_000));
        element.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
      });
      await page.getByText('pasted text').waitFor();
      await press(page, 'Submit');
      assert.equal((await readJob(await waitForJobPage(page)))['operations'], 200_000);
    }));
});
