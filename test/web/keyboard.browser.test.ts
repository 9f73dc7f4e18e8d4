/** The main path by keyboard alone, and without motion for those who ask for none. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { needsBrowser } from './browsers.ts';
import { resultRow, waitForJobPage, waitForRowCount, waitForStatus } from './page-steps.ts';
import { slowLines } from './submitted-files.ts';
import { withPage } from './watched-page.ts';
import { startWebSite, type WebSite } from './web-site.ts';

const tabsMax = 120;
/** Few, since Chromium takes the lines of a typed text one by one. */
const lines = Array.from({ length: 300 }, (_, index) => (index === 221 ? '1 / 0' : `${index + 1} / 4`));
const failedLine = 222;

/** Presses Tab until the element has the focus, as a user does who cannot point, and asserts that the focus is visible. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await target.waitFor();
  for (let presses = 0; presses < tabsMax; presses += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return assertFocusIsSeen(page);
    await page.keyboard.press('Tab');
  }
  assert.fail(`${tabsMax} presses of Tab do not reach ${String(target)}`);
}

type Role = Parameters<Page['getByRole']>[0];

const named = (within: Page | Locator, role: Role, name: string): Locator =>
  within.getByRole(role, { name, exact: true }).first();

/** Presses Enter on the element, once Tab has led to it. */
async function press(page: Page, role: Role, name: string, within: Page | Locator = page): Promise<void> {
  await tabTo(page, named(within, role, name));
  await page.keyboard.press('Enter');
}

/** Replaces the content of the box. */
async function type(page: Page, role: Role, name: string, text: string): Promise<void> {
  await tabTo(page, named(page, role, name));
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type(text);
}

/** Asserts that the focused element looks different without the focus. Nothing moves in these tests: styles apply immediately. */
async function assertFocusIsSeen(page: Page): Promise<void> {
  const unseen = await page.evaluate(() => {
    const element = document.activeElement;
    if (!(element instanceof HTMLElement) || element === document.body) return 'nothing has the focus';
    const look = (): string =>
      ['', '::file-selector-button']
        .map((part) => getComputedStyle(element, part))
        .map(({ outline, boxShadow, backgroundColor, borderColor }) => [
          outline,
          boxShadow,
          backgroundColor,
          borderColor,
        ])
        .join();
    const focused = look();
    element.blur();
    const blurred = look();
    element.focus();
    return focused === blurred ? element.outerHTML.slice(0, 200) : '';
  });
  assert.equal(unseen, '');
}

const motionless = { reducedMotion: 'reduce' } as const;

describe('by keyboard alone', needsBrowser('chromium'), () => {
  let site: WebSite;
  before(async () => {
    site = await startWebSite();
  });
  after(() => site.stop());

  /** Opens the page of a new job of these operations. */
  async function withJob(
    { operations, mode }: { readonly operations: string; readonly mode?: string },
    use: (page: Page, id: string) => Promise<void>,
  ): Promise<void> {
    const url = `${site.url}api/jobs${mode === undefined ? '' : `?mode=${mode}`}`;
    const request = { method: 'POST', headers: { 'content-type': 'text/plain' }, body: operations };
    const { id } = (await (await fetch(url, request)).json()) as { id: string };
    await withPage(site.browser, motionless, async (page) => {
      await page.goto(`${site.url}#/jobs/${id}`);
      await use(page, id);
    });
  }

  async function readResults(id: string): Promise<string> {
    return (await fetch(`${site.url}api/jobs/${id}/results?format=text`)).text();
  }

  it('a job is submitted, followed, jumped in, filtered, searched, opened, and deleted', async () => {
    await withPage(site.browser, motionless, async (page) => {
      const { keyboard } = page;
      await page.goto(`${site.url}#/new`);
      await tabTo(page, named(page, 'textbox', 'Operations'));
      await keyboard.insertText(lines.join('\n'));
      await type(page, 'textbox', 'Name', 'by keys');
      await press(page, 'button', 'Submit');
      await waitForJobPage(page);
      await named(page, 'heading', 'by keys').waitFor();
      await waitForStatus(page, 'Completed');
      await type(page, 'spinbutton', 'Line', '200');
      await keyboard.press('Enter');
      await resultRow(page, 200).waitFor();
      await tabTo(page, named(page, 'combobox', 'Show'));
      await keyboard.type('failed');
      await waitForRowCount(page, 1);
      await keyboard.press('Home');
      await waitForRowCount(page, lines.length);
      await press(page, 'button', 'DIV0', page.getByRole('table', { name: 'Errors by code' }));
      await waitForRowCount(page, 1);
      await tabTo(page, named(page, 'combobox', 'Show'));
      await keyboard.press('Home');
      await type(page, 'searchbox', 'Search', '1 / 0');
      await keyboard.press('Enter');
      await resultRow(page, failedLine).waitFor();
      await press(page, 'button', String(failedLine));
      await page.getByText('Division by zero').last().waitFor();
      await press(page, 'button', 'Delete job');
      await press(page, 'button', 'Delete', page.getByRole('dialog'));
      await page.getByRole('heading', { name: 'Jobs', level: 1 }).waitFor();
    });
  });

  it('a file is chosen, and a table submitted with two formulas whose names Tab completes', async () => {
    await withPage(site.browser, motionless, async (page) => {
      const { keyboard } = page;
      // From here on the browser gets files from the test; this must be set before the key is pressed.
      const choosing = page.waitForEvent('filechooser');
      await page.goto(`${site.url}#/new`);
      await tabTo(page, page.getByLabel('File'));
      await keyboard.press('Enter');
      const buffer = Buffer.from('item,price,qty\nbolt,0.5,7\nnut,0.5,many\n');
      await (await choosing).setFiles({ name: 'orders.csv', mimeType: 'text/csv', buffer });
      await tabTo(page, named(page, 'textbox', 'Formulas'));
      await keyboard.type('net = pri');
      await page.getByRole('option', { name: /^price/ }).waitFor();
      await keyboard.press('Tab');
      await keyboard.type(' * qty');
      await keyboard.press('Escape');
      await keyboard.press('Enter');
      await keyboard.type('gross = net * 1.2 ');
      await press(page, 'button', 'Check');
      await page.getByText('1 of 2 rows fail', { exact: false }).waitFor();
      await press(page, 'button', 'Submit');
      const id = await waitForJobPage(page);
      await waitForStatus(page, 'Completed');
      assert.match(await readResults(id), /^3\.5\t4\.2\n/);
    });
  });

  it('a failed line is repaired, and the results are downloaded', async () => {
    await withJob({ operations: lines.join('\n') }, async (page, first) => {
      await waitForStatus(page, 'Completed');
      await press(page, 'button', 'Repair failed lines');
      await type(page, 'textbox', `Correction of line ${failedLine}`, '1 / 5');
      await type(page, 'textbox', 'Replace', '/ 5');
      await type(page, 'textbox', 'With', '/ 8');
      await press(page, 'button', 'Replace in all failed lines');
      await page.getByText(/^Replaced in 1 line/).waitFor();
      await press(page, 'button', 'Preview');
      const dialog = page.getByRole('dialog');
      await dialog.getByText(/succeed/).waitFor();
      await press(page, 'button', 'Submit repair', dialog);
      const id = await waitForJobPage(page, first);
      await waitForStatus(page, 'Completed');
      const saving = page.waitForEvent('download');
      await press(page, 'link', 'Text');
      const saved = readFileSync(await (await saving).path(), 'utf8');
      const expected = lines.map((_, index) => (index === failedLine - 1 ? '0.125' : String((index + 1) / 4)));
      assert.equal(saved, `${expected.join('\n')}\n`);
      assert.equal(saved, await readResults(id));
    });
  });

  it('a job is cancelled', async () => {
    await withJob({ operations: slowLines, mode: 'bigint' }, async (page, id) => {
      await waitForStatus(page, 'InProgress');
      await press(page, 'button', 'Cancel job');
      await waitForStatus(page, 'Cancelled');
      await fetch(`${site.url}api/jobs/${id}`, { method: 'DELETE' });
    });
  });

  it('an expression is tried, and an example', async () => {
    await withPage(site.browser, motionless, async (page) => {
      await page.goto(`${site.url}#/try`);
      await type(page, 'textbox', 'Expression', '1 / 3 + 1 / 6');
      await page.getByRole('status', { name: 'Result' }).getByText('1/2').waitFor();
      await type(page, 'searchbox', 'Find', 'gcd');
      const example = page.getByRole('table', { name: 'Functions' }).getByRole('button').first();
      const line = (await example.locator('code').textContent()) ?? '';
      await tabTo(page, example);
      await page.keyboard.press('Enter');
      assert.equal(await page.getByRole('textbox', { name: 'Expression' }).inputValue(), line);
    });
  });

  it('rows are moved through by keys', async () => {
    await withJob({ operations: lines.join('\n') }, async (page) => {
      await waitForStatus(page, 'Completed');
      await tabTo(page, named(page, 'button', '1'));
      for (const [key, line] of [
        ['End', lines.length],
        ['ArrowUp', lines.length - 1],
        ['Home', 1],
        ['ArrowDown', 2],
      ] as const) {
        await page.keyboard.press(key);
        await page.waitForFunction((text) => document.activeElement?.textContent === text, String(line));
      }
      await page.keyboard.press('PageDown');
      await page.waitForFunction(() => Number(document.activeElement?.textContent) > 5);
    });
  });

  it('nothing moves for those who ask for no motion', async () => {
    await withPage(site.browser, motionless, async (page) => {
      for (const [route, heading] of Object.entries(headings)) {
        await page.goto(`${site.url}#/${route}`);
        await named(page, 'heading', heading).waitFor();
        assert.deepEqual(await findMotion(page), [], heading);
      }
      // A page that waits for its server shows that it does.
      await page.route('**/api/jobs/*', () => {});
      await page.goto(`${site.url}#/jobs/01997a3c-0000-7000-8000-000000000000`);
      await page.getByText('Loading').waitFor();
      assert.deepEqual(await findMotion(page), [], 'a job that is not there yet');
    });
  });
});

const headings = { new: 'New job', jobs: 'Jobs', try: 'Try', cluster: 'Cluster' } as const;

/** The moving elements of the page, as markup: by a transition, an animation or an animated image. */
async function findMotion(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const longest = (durations: string) => Math.max(...durations.split(',').map(Number.parseFloat));
    const isMoving = (style: CSSStyleDeclaration): boolean =>
      style.display !== 'none' &&
      style.content !== 'none' &&
      (longest(style.transitionDuration) > 0.01 ||
        (style.animationName !== 'none' && longest(style.animationDuration) > 0.01) ||
        style.scrollBehavior === 'smooth' ||
        /animat/.test(style.backgroundImage));
    return Array.from(document.querySelectorAll('*'))
      .filter((element) => ['', '::before', '::after'].some((part) => isMoving(getComputedStyle(element, part))))
      .map((element) => element.outerHTML.slice(0, 200));
  });
}
