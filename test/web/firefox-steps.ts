/** User steps on the page in Firefox, as page-steps.ts in Chromium: by the roles and names that are promised to stay. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, ElementHandle, Page } from 'puppeteer-core';

const timeoutMs = 30_000;
/** A job of a million lines, and its download, on a machine with other work. */
const jobTimeoutMs = 240_000;

type Role = 'button' | 'checkbox' | 'combobox' | 'link' | 'searchbox' | 'spinbutton' | 'textbox';

/** Everything the browser reports about the page that a reader of its console would see as a fault. */
function watch(page: Page, host: string): readonly string[] {
  const faults: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warn'].includes(message.type())) faults.push(`console ${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith('http') && url.host !== host) faults.push(`request to another host: ${request.url()}`);
  });
  return faults;
}

/** Lends a page of the site and asserts afterwards that the browser reported nothing. */
export async function withFirefoxPage(
  browser: Browser,
  url: string,
  use: (page: Page) => Promise<void>,
): Promise<void> {
  const page = await browser.newPage();
  page.setDefaultTimeout(timeoutMs);
  const faults = watch(page, new URL(url).host);
  try {
    await page.goto(url);
    await use(page);
  } catch (error) {
    const text = await page.$eval('body', (body) => body.innerText.slice(0, 2_000)).catch(String);
    throw new Error([String(error), ...faults, `${page.url()} showed:`, text].join('\n'), { cause: error });
  } finally {
    await page.close();
  }
  assert.deepEqual(faults, [], 'the browser reported faults');
}

async function findElement(page: Page, selector: string): Promise<ElementHandle> {
  const element = await page.waitForSelector(selector, { visible: true });
  assert.ok(element, selector);
  return element;
}

export async function find(page: Page, role: Role, name: string): Promise<ElementHandle> {
  return findElement(page, `aria/${name}[role="${role}"]`);
}

export async function press(page: Page, role: 'button' | 'link', name: string): Promise<void> {
  await (await find(page, role, name)).click();
}

/** Presses a button of the dialog that is open. */
export async function pressInDialog(page: Page, name: string): Promise<void> {
  await (await findElement(page, `dialog[open] ::-p-aria(${name}[role="button"])`)).click();
}

export async function fill(page: Page, role: Role, name: string, text: string): Promise<void> {
  const box = await find(page, role, name);
  await box.evaluate((element) => {
    (element as HTMLInputElement).select();
  });
  await box.type(text);
}

/** Waits for an element whose whole text, without white space at its ends, is the text or matches it. */
export async function waitForText(page: Page, selector: string, text: string | RegExp, timeout = timeoutMs) {
  const expected = typeof text === 'string' ? { whole: text } : { pattern: text.source };
  await page.waitForFunction(
    (places, { whole, pattern }: { readonly whole?: string; readonly pattern?: string }) =>
      Array.from(document.querySelectorAll(places), (place) => place.textContent.trim()).some((shown) =>
        pattern === undefined ? shown === whole : new RegExp(pattern).test(shown),
      ),
    { timeout },
    selector,
    expected,
  );
}

export async function waitForStatus(page: Page, status: string): Promise<void> {
  await waitForText(page, '[role="status"], [role="status"] *', status, jobTimeoutMs);
}

/** Waits until another job than `before` is shown. */
export async function waitForJobPage(page: Page, before = ''): Promise<string> {
  await page.waitForFunction(
    (old) => /^#\/jobs\/[\da-f-]{36}/.test(location.hash) && (old === '' || !location.hash.includes(old)),
    {},
    before,
  );
  return /#\/jobs\/([\da-f-]{36})/.exec(page.url())?.[1] ?? '';
}

/** Lets a file fall onto the page, as a drag from a file manager does. */
export async function dropFile(page: Page, name: string, text: string): Promise<void> {
  const box = await find(page, 'textbox', 'Operations');
  await box.evaluate(
    (element, fileName, content) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([content], fileName));
      for (const kind of ['dragenter', 'dragover', 'drop'])
        element.dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }));
    },
    name,
    text,
  );
}

/** The texts of the cells beside the line number, when they are there. */
export async function readRow(page: Page, line: number): Promise<readonly string[]> {
  const cells = await page.waitForFunction(
    (number) => {
      const headers = Array.from(document.querySelectorAll('[aria-rowcount] tbody th'));
      const row = headers.find((header) => header.textContent === String(number))?.closest('tr');
      const texts = Array.from(row?.querySelectorAll('td') ?? [], (cell) => cell.textContent);
      return texts.some((text) => text !== '') ? texts : false;
    },
    {},
    line,
  );
  return (await cells.jsonValue()) || [];
}

export async function jumpTo(page: Page, line: number): Promise<void> {
  await fill(page, 'spinbutton', 'Line', String(line));
  await press(page, 'button', 'Go');
  await waitForText(page, '[aria-rowcount] tbody th', String(line));
}

export async function show(page: Page, choice: 'all' | 'failed'): Promise<void> {
  const box = (await find(page, 'combobox', 'Show')) as ElementHandle<HTMLSelectElement>;
  await box.select(choice);
}

/** Line numbers of the rows that are drawn, once the table has `rowCount` rows in all. */
export async function readLineNumbers(page: Page, rowCount: number): Promise<readonly number[]> {
  // The head is a row of the table.
  await page.waitForSelector(`[aria-rowcount="${rowCount + 1}"]`);
  await waitForText(page, '[aria-rowcount] tbody th', /^\d+$/);
  return page.$$eval('[aria-rowcount] tbody th', (headers) => headers.map((header) => Number(header.textContent)));
}

export async function search(page: Page, text: string): Promise<void> {
  await fill(page, 'searchbox', 'Search', text);
  await page.keyboard.press('Enter');
}

/** The bytes that a click on the link saves in the folder of the browser. */
export async function download(page: Page, folder: string, link: 'Text' | 'CSV' | 'NDJSON'): Promise<Buffer> {
  await press(page, 'link', link);
  for (const began = performance.now(); performance.now() - began < jobTimeoutMs;) {
    // Until the download is complete, the file is empty, and another one has the bytes so far.
    const names = readdirSync(folder);
    const [name] = names;
    const bytes = name === undefined ? undefined : readFileSync(join(folder, name));
    if (names.length === 1 && name?.endsWith('.part') === false && bytes !== undefined && bytes.length > 0) {
      rmSync(join(folder, name));
      return bytes;
    }
    await sleep(50);
  }
  return assert.fail(`nothing is saved: ${readdirSync(folder).join(', ')}`);
}

/** Replaces a text in all failed lines, looks at the preview, and submits. */
export async function replaceAndSubmit(page: Page, searched: string, replacement: string): Promise<void> {
  await fill(page, 'textbox', 'Replace', searched);
  await fill(page, 'textbox', 'With', replacement);
  await press(page, 'button', 'Replace in all failed lines');
  await waitForText(page, '[aria-live]', /^Replaced in/);
  await press(page, 'button', 'Preview');
  await waitForText(page, 'dialog[open] *', /corrected lines succeed/);
  await pressInDialog(page, 'Submit repair');
}
