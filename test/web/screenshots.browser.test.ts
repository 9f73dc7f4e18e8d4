/**
 * The pictures of the documentation, taken from the running page. Every run takes them, so that a page which cannot be shown any
 * more fails; `make screenshots` keeps them in docs/images.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { waitForJob } from '../e2e/server-process.ts';
import { needsBrowser } from './browsers.ts';
import { jumpTo, waitForStatus } from './page-steps.ts';
import { withPage } from './watched-page.ts';
import { startWebSite, type WebSite } from './web-site.ts';

const root = resolve(import.meta.dirname, '../..');
const folder = resolve(root, 'docs/images');
/** The size that a page of a repository shows without scaling, and few enough bytes for every clone. */
const viewport = { width: 1_000, height: 920 };
const bytesMax = 200_000;
const linesTotal = 100_000;
const pages = ['README.md', 'docs/web-page.md'].map((page) => readFileSync(resolve(root, page), 'utf8'));

interface Picture {
  readonly file: string;
  readonly colorScheme: 'light' | 'dark';
  /** Brings the subject of the picture into view. */
  readonly show: (page: Page) => Promise<void>;
}

describe('pictures of the page', needsBrowser('chromium'), () => {
  let site: WebSite;
  let id: string;

  before(async () => {
    site = await startWebSite();
    id = await submit('measurements', (line) =>
      line % 997 === 0 ? `${line} / 0` : line % 3_001 === 0 ? `sqrt(-${line})` : `sqrt(${line}) * ${line % 13} / 7`,
    );
    await submit('invoices of October', (line) => `${line} * 1.19`);
    await submit('invoices of November', (line) => (line % 5_000 === 0 ? `log(-${line})` : `${line} * 1.19`));
  });
  after(() => site.stop());

  async function submit(name: string, lineOf: (line: number) => string): Promise<string> {
    const lines = Array.from({ length: linesTotal }, (_, index) => lineOf(index + 1)).join('\n');
    const url = `${site.url}api/jobs?name=${encodeURIComponent(name)}`;
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: lines });
    const created = (await response.json()) as { id: string };
    await waitForJob(site.server.url, created.id);
    return created.id;
  }

  async function showJob(page: Page): Promise<void> {
    await page.goto(`${site.url}#/jobs/${id}`);
    await waitForStatus(page, 'Completed');
    await jumpTo(page, 12_955);
    // Until then the place of the row is empty.
    await page.getByText('12961 / 0').first().waitFor();
  }

  const pictures: readonly Picture[] = [
    { file: 'job.png', colorScheme: 'light', show: showJob },
    { file: 'job-dark.png', colorScheme: 'dark', show: showJob },
    {
      file: 'new-job.png',
      colorScheme: 'light',
      async show(page) {
        await page.goto(`${site.url}#/new`);
        const rows = ['item,price,qty', 'bolt,0.10,3', 'nut,1.25,7', 'washer,0.02,1200'];
        await page.getByRole('textbox', { name: 'Operations' }).fill(rows.join('\n'));
        await page.getByRole('textbox', { name: 'Formulas' }).fill('total = price * qty');
        await page.getByRole('button', { name: 'Check' }).click();
        await page.getByText('8.75').first().waitFor();
      },
    },
  ];

  for (const { file, colorScheme, show } of pictures) {
    it(file, async () => {
      await withPage(
        site.browser,
        { viewport, colorScheme, timezoneId: 'UTC', reducedMotion: 'reduce' },
        async (page) => {
          await show(page);
          const picture = await page.screenshot();
          assert.ok(picture.length <= bytesMax, `${picture.length} bytes`);
          if (process.env['KEEP_SCREENSHOTS'] === '1') {
            mkdirSync(folder, { recursive: true });
            writeFileSync(resolve(folder, file), picture);
          }
          assert.ok(
            pages.some((page) => page.includes(`images/${file}`)),
            'a page of the documentation shows it',
          );
          assert.deepEqual(
            readFileSync(resolve(folder, file)).subarray(0, 24),
            picture.subarray(0, 24),
            'kept, in this size',
          );
        },
      );
    });
  }
});
