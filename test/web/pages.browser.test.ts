/** Each page with content: what axe finds, how it fits a phone, what it is called. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { postJob, waitForJob } from '../e2e/server-process.ts';
import { findViolations } from './accessibility.ts';
import { needsBrowser } from './browsers.ts';
import { withPage, type WatchedPageOptions } from './watched-page.ts';
import { startWebSite, type WebSite } from './web-site.ts';

const phone = { width: 360, height: 740 };
const links = new Set(['New job', 'Jobs', 'Try', 'Cluster']);

describe('every page', needsBrowser('chromium'), () => {
  let site: WebSite;
  let jobId = '';
  /** By heading. */
  let routes: ReadonlyMap<string, string>;

  before(async () => {
    site = await startWebSite();
    const lines = Array.from({ length: 2_000 }, (_, index) => (index % 10 === 9 ? '1 / 0' : `${index} / 7`)).join('\n');
    const { body } = await postJob(site.server.url, lines);
    await waitForJob(site.server.url, body.id);
    jobId = body.id;
    routes = new Map([
      ['New job', '#/new'],
      ['Jobs', '#/jobs'],
      [body.id, `#/jobs/${body.id}`],
      ['Try', '#/try'],
      ['Cluster', '#/cluster'],
    ]);
  });
  after(() => site.stop());

  /** Opens the page of that heading, and waits until what it asks the server for is there. */
  async function open(page: Page, heading: string): Promise<void> {
    await page.goto(`${site.url}${routes.get(heading) ?? ''}`);
    await page.getByRole('heading', { name: heading, level: 1 }).waitFor();
    const tables: Readonly<Record<string, string>> = { Jobs: 'Jobs', Try: 'Functions', Cluster: 'Instances' };
    if (heading !== 'New job') {
      await page
        .getByRole('table', { name: tables[heading] ?? 'Results' })
        .getByRole('row')
        .nth(1)
        .waitFor();
    }
  }

  async function onEveryPage(options: WatchedPageOptions, check: (page: Page, heading: string) => Promise<void>) {
    await withPage(site.browser, options, async (page) => {
      for (const heading of routes.keys()) {
        await open(page, heading);
        await check(page, heading);
      }
    });
  }

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`axe finds nothing on any page, ${colorScheme}`, async () => {
      const found: string[] = [];
      await onEveryPage({ colorScheme }, async (page, heading) => {
        for (const violation of await findViolations(page)) found.push(`${heading}: ${violation}`);
      });
      assert.deepEqual(found, []);
    });
  }

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`axe finds nothing in an opened row, a repair and the dialogs of a job, ${colorScheme}`, async () => {
      await withPage(site.browser, { colorScheme }, async (page) => {
        const found: string[] = [];
        const look = async (what: string): Promise<void> => {
          for (const violation of await findViolations(page)) found.push(`${what}: ${violation}`);
        };
        const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
        await open(page, jobId);
        await press('10');
        await page.getByRole('region', { name: 'Line 10' }).waitFor();
        await look('an opened row');
        for (const name of ['Delete job', 'Submit again']) {
          await press(name);
          await page.getByRole('dialog').waitFor();
          await look(name);
          await page.keyboard.press('Escape');
          await page.getByRole('dialog').waitFor({ state: 'detached' });
        }
        await press('Repair failed lines');
        await page.getByRole('textbox', { name: 'Correction of line 10', exact: true }).fill('1 / 4');
        await look('a repair');
        await press('Preview');
        await page.getByRole('dialog').getByText('0.25').waitFor();
        await look('the preview of a repair');
        assert.deepEqual(found, []);
      });
    });
  }

  it('opens a row that has not been read yet', async () => {
    await withPage(site.browser, {}, async (page) => {
      const listing = Promise.withResolvers<void>();
      await page.route('**/operations?*', async (route) => {
        await listing.promise;
        await route.continue();
      });
      await page.goto(`${site.url}#/jobs/${jobId}`);
      await page.getByRole('button', { name: '10', exact: true }).click();
      const opened = page.getByRole('region', { name: 'Line 10' });
      await opened.getByText('1 / 0', { exact: true }).first().waitFor();
      listing.resolve();
      await page.getByRole('table', { name: 'Results' }).getByText('0.1428571428571428571428571428571429').waitFor();
      assert.equal(await opened.isVisible(), true);
    });
  });

  it('axe finds nothing on a phone', async () => {
    const found: string[] = [];
    await onEveryPage({ viewport: phone }, async (page, heading) => {
      for (const violation of await findViolations(page)) found.push(`${heading}: ${violation}`);
    });
    assert.deepEqual(found, []);
  });

  for (const deviceScaleFactor of [1, 2, 3]) {
    it(`fits 360 px at ${deviceScaleFactor} device pixels`, async () => {
      await onEveryPage({ viewport: phone, deviceScaleFactor }, async (page, heading) => {
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(width <= phone.width, `${heading} is ${width} px wide`);
      });
    });
  }

  it('names each page in its title and its link', async () => {
    const titles = new Set<string>();
    await onEveryPage({}, async (page, heading) => {
      titles.add(await page.title());
      const current = page.getByRole('navigation').locator('[aria-current="page"]');
      if (links.has(heading)) assert.equal(await current.textContent(), heading);
    });
    assert.equal(titles.size, routes.size);
  });

  it('shows an unknown address and an unknown job as what they are', async () => {
    await withPage(site.browser, { expectedErrors: [/404/] }, async (page) => {
      await page.goto(`${site.url}#/jobs/01997a3c-0000-7000-8000-000000000000`);
      await page.getByRole('heading', { name: 'No such job' }).waitFor();
      await page.goto(`${site.url}#/nowhere`);
      await page.getByRole('heading', { level: 1 }).waitFor();
    });
  });
});
