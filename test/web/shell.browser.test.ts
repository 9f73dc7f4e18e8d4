/** The shell around every page: its policy, its navigation, and its message when the server is gone. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { needsBrowser } from './browsers.ts';
import { withPage } from './watched-page.ts';
import { startWebSite, type WebSite } from './web-site.ts';

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const links = ['New job', 'Jobs', 'Try', 'Cluster'];

describe('the shell of the page', needsBrowser('chromium'), () => {
  let site: WebSite;
  before(async () => {
    site = await startWebSite();
  });
  after(() => site.stop());

  it('is served under the strict policy', async () => {
    await withPage(site.browser, {}, async (page) => {
      const response = await page.goto(site.url);
      assert.equal(response?.headers()['content-security-policy'], policy);
      assert.equal(response?.headers()['x-content-type-options'], 'nosniff');
      await page.getByRole('heading', { name: 'New job', level: 1 }).waitFor();
    });
  });

  it('refuses scripts and styles that are put into it', async () => {
    await withPage(site.browser, { expectedErrors: [/Content Security Policy/] }, async (page) => {
      await page.goto(site.url);
      const ran = await page.evaluate(async () => {
        const script = document.createElement('script');
        script.textContent = 'globalThis.injected = true';
        const element = document.createElement('div');
        element.innerHTML = '<img src="x:" onerror="globalThis.injected = true"><p style="position: fixed">x</p>';
        document.body.append(script, element);
        await new Promise((resolve) => setTimeout(resolve, 100));
        const position = getComputedStyle(element.querySelector('p') ?? document.body).position;
        return { position, injected: 'injected' in globalThis };
      });
      assert.deepEqual(ran, { position: 'static', injected: false });
    });
  });

  it('goes from page to page by keyboard, and the focus goes to the heading', async () => {
    await withPage(site.browser, {}, async (page) => {
      await page.goto(`${site.url}#/cluster`);
      await page.getByRole('heading', { name: 'Cluster', level: 1 }).waitFor();
      for (const name of links) {
        // The navigation stands before the heading, and a page may have hundreds of examples after it.
        await focusByTab(page, name, 'Shift+Tab');
        await page.keyboard.press('Enter');
        await page.getByRole('heading', { name, level: 1 }).waitFor();
        await page.waitForFunction((text) => document.activeElement?.textContent?.includes(text), name);
      }
    });
  });

  it('skips the navigation by its first link', async () => {
    await withPage(site.browser, {}, async (page) => {
      await page.goto(`${site.url}#/try`);
      await page.getByRole('heading', { name: 'Try', level: 1 }).waitFor();
      await page.reload();
      await page.getByRole('heading', { name: 'Try', level: 1 }).waitFor();
      await focusByTab(page, /^Skip/);
      await page.keyboard.press('Enter');
      assert.ok(await page.evaluate(() => document.activeElement?.closest('main') !== null));
      assert.match(page.url(), /#\/try$/);
    });
  });

  it('says that the connection is lost, and comes back by itself', async () => {
    await withPage(site.browser, { expectedErrors: [/ERR_INTERNET_DISCONNECTED/] }, async (page) => {
      await page.goto(`${site.url}#/jobs`);
      await page.getByRole('heading', { name: 'Jobs', level: 1 }).waitFor();
      await page.context().setOffline(true);
      await page
        .getByRole('alert')
        .filter({ hasText: /connection/i })
        .waitFor();
      await page.context().setOffline(false);
      await page
        .getByRole('alert')
        .filter({ hasText: /connection/i })
        .waitFor({ state: 'hidden' });
    });
  });
});

const tabsMax = 80;

/** Presses the key until an element of that text or name has the focus. */
async function focusByTab(page: Page, name: string | RegExp, key = 'Tab'): Promise<void> {
  for (let presses = 0; presses < tabsMax; presses += 1) {
    await page.keyboard.press(key);
    const text = await page.evaluate(() => document.activeElement?.textContent?.trim() ?? '');
    if (typeof name === 'string' ? text === name : name.test(text)) return;
  }
  assert.fail(`${tabsMax} presses of Tab do not reach ${String(name)}`);
}
