/** Pages whose tests fail when the browser reports anything: console errors, exceptions, policy violations, other hosts. */
import assert from 'node:assert/strict';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

export interface WatchedPageOptions extends BrowserContextOptions {
  /** Console errors that the test provokes, such as the answer 404 that Chromium always reports. */
  readonly expectedErrors?: readonly RegExp[];
}

const defaults: BrowserContextOptions = { locale: 'en-US', viewport: { width: 1280, height: 800 } };
/** Long enough for a machine with other work. */
const timeoutMs = 20_000;
const shownMax = 2_000;

/** Everything the browser reports about the page that a reader of its console would see as a fault. */
function watch(page: Page): readonly string[] {
  const faults: string[] = [];
  const hosts = new Set<string>();
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) faults.push(`console ${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => faults.push(`exception: ${error.stack ?? error.message}`));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (!url.protocol.startsWith('http')) return;
    hosts.add(url.host);
    if (hosts.size > 1) faults.push(`request to another host: ${request.url()}`);
  });
  return faults;
}

/** The visible content of the page, for the report of a failed test. */
async function describePage(page: Page): Promise<string> {
  const text = await page.locator('body').innerText({ timeout: 1_000 }).catch(String);
  return `The page ${page.url()} showed:\n${text.slice(0, shownMax)}`;
}

/**
 * Lends a page in a context of its own and asserts afterwards that the browser reported nothing. A failure of the test
 * itself is thrown together with the reports of the browser, which are often the cause.
 */
export async function withPage(
  browser: Browser,
  options: WatchedPageOptions,
  use: (page: Page) => Promise<void>,
): Promise<void> {
  const { expectedErrors = [], ...contextOptions } = options;
  const context = await browser.newContext({ ...defaults, ...contextOptions });
  context.setDefaultTimeout(timeoutMs);
  const page = await context.newPage();
  const faults = watch(page);
  const unexpected = () => faults.filter((fault) => !expectedErrors.some((pattern) => pattern.test(fault)));
  try {
    await use(page);
  } catch (error) {
    throw new Error([String(error), 'The browser reported:', ...unexpected(), await describePage(page)].join('\n'), {
      cause: error,
    });
  } finally {
    await context.close();
  }
  assert.deepEqual(unexpected(), [], 'the browser reported faults');
}
