/** The reference of the API, as a browser shows it. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { findViolations } from './accessibility.ts';
import { needsBrowser } from './browsers.ts';
import { withPage } from './watched-page.ts';
import { startWebSite, type WebSite } from './web-site.ts';

describe('the reference of the API in a browser', needsBrowser('chromium'), () => {
  let site: WebSite;
  before(async () => {
    site = await startWebSite();
  });
  after(() => site.stop());

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`axe finds nothing, ${colorScheme}`, async () => {
      await withPage(site.browser, { colorScheme }, async (page) => {
        await page.goto(`${site.url}docs/`);
        await page.getByText('/api/jobs', { exact: true }).first().waitFor();
        assert.deepEqual(await findViolations(page), []);
      });
    });
  }

  it('shows requests in full: nothing for axe, and nothing wider than 360 px', async () => {
    await withPage(site.browser, { viewport: { width: 360, height: 780 } }, async (page) => {
      await page.goto(`${site.url}docs/`);
      for (const path of ['/api/jobs', '/api/evaluate']) {
        await page
          .getByRole('button', { name: new RegExp(`POST ${path}(?!/)`) })
          .first()
          .click();
      }
      await page.getByRole('button', { name: 'Execute' }).nth(1).waitFor();
      assert.deepEqual(await findViolations(page), []);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
    });
  });

  it('sends a request', async () => {
    await withPage(site.browser, {}, async (page) => {
      await page.goto(`${site.url}docs/`);
      await page
        .getByRole('button', { name: /POST \/api\/evaluate/ })
        .first()
        .click();
      await page.getByRole('button', { name: 'Execute' }).click();
      await page.getByText('1.414213562373095', { exact: false }).first().waitFor();
    });
  });

  it('shows its requests without an error in the console', async () => {
    await withPage(site.browser, {}, async (page) => {
      await page.goto(`${site.url}docs/`);
      await page.getByText('/api/jobs', { exact: true }).first().waitFor();
    });
  });
});
