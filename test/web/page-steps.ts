/** The steps of a user on the page, by the roles and names that are promised to stay (docs/web-page.md). */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import type { Locator, Page } from 'playwright-core';

/** A job of a million lines on a cluster that shares its machine with everything else. */
const jobTimeoutMs = 240_000;

export function jobIdOf(page: Page): string {
  const id = /#\/jobs\/([\da-f-]{36})/.exec(page.url())?.[1];
  assert.ok(id !== undefined, page.url());
  return id;
}

/** Waits until another job than `before` is shown. */
export async function waitForJobPage(page: Page, before = ''): Promise<string> {
  await page.waitForURL(
    (url) => /#\/jobs\/[\da-f-]{36}/.test(url.hash) && (before === '' || !url.hash.includes(before)),
  );
  return jobIdOf(page);
}

export async function waitForStatus(page: Page, status: string): Promise<void> {
  await page.getByRole('status').getByText(status, { exact: true }).waitFor({ timeout: jobTimeoutMs });
}

/** Lets a file fall onto the page, as a drag from a file manager does. The page makes its own text, of `linesTotal` lines. */
export async function dropFile(page: Page, name: string, text: string): Promise<void> {
  const target = page.getByRole('textbox', { name: 'Operations' });
  const transfer = await page.evaluateHandle(
    ([fileName = '', content = '']) => {
      const data = new DataTransfer();
      data.items.add(new File([content], fileName));
      return data;
    },
    [name, text],
  );
  for (const event of ['dragenter', 'dragover', 'drop']) await target.dispatchEvent(event, { dataTransfer: transfer });
  await transfer.dispose();
}

export function resultRow(page: Page, line: number): Locator {
  const header = page.getByRole('rowheader', { name: String(line), exact: true });
  return page.getByRole('table', { name: 'Results' }).getByRole('row').filter({ has: header });
}

/** The texts of the cells beside the line number, when they are there. */
export async function readRow(page: Page, line: number): Promise<readonly string[]> {
  const row = resultRow(page, line);
  await row.getByRole('cell').first().getByText(/./).first().waitFor();
  return row.getByRole('cell').allTextContents();
}

export async function jumpTo(page: Page, line: number): Promise<void> {
  await page.getByRole('spinbutton', { name: 'Line' }).fill(String(line));
  await page.getByRole('button', { name: 'Go' }).click();
  await resultRow(page, line).waitFor();
}

export async function show(page: Page, choice: 'all' | 'failed' | 'succeeded' | 'pending'): Promise<void> {
  await page.getByRole('combobox', { name: 'Show' }).selectOption(choice);
}

/** Line numbers of the rows that are drawn. */
export async function readLineNumbers(page: Page): Promise<readonly number[]> {
  const headers = await page.getByRole('table', { name: 'Results' }).getByRole('rowheader').allTextContents();
  return headers.map(Number);
}

export async function waitForRowCount(page: Page, rows: number): Promise<void> {
  // The head is a row of the table.
  const counted = page.locator(`[aria-rowcount="${rows + 1}"]`);
  await page.getByRole('table', { name: 'Results' }).and(counted).waitFor();
}

/** The bytes that a click on the link saves. */
export async function download(page: Page, link: 'Text' | 'CSV' | 'NDJSON'): Promise<Buffer> {
  const saved = page.waitForEvent('download');
  await page.getByRole('link', { name: link, exact: true }).click();
  return readFile(await (await saved).path());
}

export async function deleteShownJob(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Delete job', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByRole('heading', { name: 'Jobs', level: 1 }).waitFor();
}

export async function beginRepair(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Repair failed lines' }).click();
}

/** Replaces a text in all failed lines, looks at the preview, and submits. */
export async function replaceAndSubmit(page: Page, searched: string, replacement: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Replace', exact: true }).fill(searched);
  await page.getByRole('textbox', { name: 'With', exact: true }).fill(replacement);
  await page.getByRole('button', { name: 'Replace in all failed lines' }).click();
  await page.getByText(/^Replaced in/).waitFor();
  await page.getByRole('button', { name: 'Preview', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText(/corrected lines succeed/).waitFor();
  await dialog.getByRole('button', { name: 'Submit repair' }).click();
}
