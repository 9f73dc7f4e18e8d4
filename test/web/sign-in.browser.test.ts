/** The page of a server that requires tokens: signing in and out, sessions that end, and what each role sees. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { findViolations } from './accessibility.ts';
import { needsBrowser } from './browsers.ts';
import { startGuardedSite, type GuardedSite, type IssuedToken } from './guarded-site.ts';
import { waitForJobPage, waitForStatus } from './page-steps.ts';
import { withPage, type WatchedPageOptions } from './watched-page.ts';

/** The answer to whoever is not signed in, which Chromium always reports. */
const unauthenticated = /status of 401/;
const options: WatchedPageOptions = { expectedErrors: [unauthenticated] };

const field = (page: Page) => page.getByLabel('Token');
const heading = (page: Page, name: string) => page.getByRole('heading', { name, level: 1 });
const session = (page: Page) => page.getByRole('region', { name: 'Session' });
const navigation = (page: Page) => page.getByRole('navigation').getByRole('listitem').allTextContents();

async function signIn(page: Page, token: IssuedToken): Promise<void> {
  await field(page).fill(token.text);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
}

/** Sends the request by which the page finds out that its session has ended, as a return to its tab does. */
async function comeBack(page: Page): Promise<void> {
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await heading(page, 'Sign in').waitFor();
}

async function waitForFocus(page: Page, text: string): Promise<void> {
  await page.waitForFunction((wanted) => document.activeElement?.textContent === wanted, text);
}

describe('the page of a server that requires tokens', needsBrowser('chromium'), () => {
  let site: GuardedSite;
  let submitter: IssuedToken;
  let reader: IssuedToken;
  let operator: IssuedToken;
  let jobId: string;
  before(async () => {
    site = await startGuardedSite();
    submitter = await site.createToken('acme', 'submitter', 'nightly');
    reader = await site.createToken('acme', 'reader');
    operator = await site.createToken('default', 'operator', 'root');
    jobId = await site.submit(submitter, 'of acme', '1 + 2\n1 / 0\n');
    await site.submit(operator, 'of the operator', '1 + 2\n');
  });
  after(() => site.stop());

  it('asks for a token, by keyboard, and then shows what was asked for', async () => {
    await withPage(site.browser, options, async (page) => {
      await page.goto(`${site.url}#/jobs/${jobId}`);
      await heading(page, 'Sign in').waitFor();
      assert.equal(await page.title(), 'Sign in · Mathmill');
      assert.deepEqual(await navigation(page), []);
      await page.waitForFunction(() => document.activeElement?.getAttribute('type') === 'password');
      await page.keyboard.type(submitter.text);
      await page.keyboard.press('Enter');
      await heading(page, 'of acme').waitFor();
      await waitForStatus(page, 'Completed');
      assert.match(page.url(), new RegExp(`#/jobs/${jobId}$`));
      assert.equal(await page.title(), 'of acme · Mathmill');
      assert.match((await session(page).textContent()) ?? '', /nightly · tenant acme · role submitter/);
      await page.reload();
      await heading(page, 'of acme').waitFor();
    });
  });

  it('keeps the token nowhere that a script can read', async () => {
    await withPage(site.browser, options, async (page) => {
      await page.goto(`${site.url}#/jobs`);
      await signIn(page, submitter);
      const kept = await page.evaluate(() => [
        document.cookie,
        JSON.stringify(localStorage),
        JSON.stringify(sessionStorage),
        location.href,
        document.documentElement.outerHTML,
      ]);
      assert.deepEqual(kept.slice(0, 3), ['', '{}', '{}']);
      assert.doesNotMatch(kept.join(), /mm_/);
      const [cookie] = await page.context().cookies();
      assert.deepEqual([cookie?.httpOnly, cookie?.sameSite], [true, 'Strict']);
    });
  });

  it('says that a token is not valid, and takes another one', async () => {
    await withPage(site.browser, options, async (page) => {
      await page.goto(`${site.url}#/jobs`);
      for (const wrong of ['mm_nonsense', `${submitter.text}x`, 'two words', 'mm_é']) {
        await field(page).fill(wrong);
        await page.keyboard.press('Enter');
        const alert = page.getByRole('alert').filter({ hasText: 'The token is not valid' });
        await alert.waitFor();
        await page.waitForFunction(() => document.activeElement?.getAttribute('aria-invalid') === 'true');
        assert.ok(await field(page).isVisible());
      }
      await signIn(page, submitter);
      await heading(page, 'Jobs').waitFor();
    });
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`axe finds nothing, ${colorScheme}, and nothing is wider than 360 px`, async () => {
      await withPage(site.browser, { ...options, colorScheme }, async (page) => {
        const check = async (): Promise<void> => {
          assert.deepEqual(await findViolations(page), []);
          await page.setViewportSize({ width: 360, height: 780 });
          assert.deepEqual(await findViolations(page), []);
          assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
          await page.setViewportSize({ width: 1280, height: 800 });
        };
        await page.goto(`${site.url}#/jobs`);
        await field(page).fill('mm_nonsense');
        await page.keyboard.press('Enter');
        await page.getByRole('alert').filter({ hasText: 'not valid' }).waitFor();
        await check();
        await signIn(page, operator);
        await page.getByText('tenant acme').waitFor();
        await check();
      });
    });
  }

  it('shows a reader nothing that would fail', async () => {
    await withPage(site.browser, options, async (page) => {
      await page.goto(site.url);
      await signIn(page, reader);
      await heading(page, 'Jobs').waitFor();
      assert.deepEqual(await navigation(page), ['Jobs', 'Try']);
      await page.getByRole('link', { name: 'of acme' }).waitFor();
      assert.equal(await page.getByRole('checkbox').count(), 0);
      assert.deepEqual(await buttonsOf(page), ['Newest', 'Newer', 'Older']);
      await page.getByRole('link', { name: 'of acme' }).click();
      await waitForStatus(page, 'Completed');
      await page.getByRole('cell', { name: '3', exact: true }).waitFor();
      const names = await buttonsOf(page);
      assert.doesNotMatch(names.join(), /Cancel|Delete|Repair|Submit|Resume/);
      for (const path of ['new', 'cluster']) {
        await page.goto(`${site.url}#/${path}`);
        await heading(page, 'Not allowed').waitFor();
      }
      await page.goto(`${site.url}#/try?expression=1%20%2B%202`);
      await heading(page, 'Try').waitFor();
      await page.getByRole('status').getByText('3', { exact: true }).first().waitFor();
    });
  });

  it('lets a submitter submit, cancel and delete, and not see the cluster', async () => {
    await withPage(site.browser, options, async (page) => {
      await page.goto(site.url);
      await signIn(page, submitter);
      await heading(page, 'New job').waitFor();
      assert.deepEqual(await navigation(page), ['New job', 'Jobs', 'Try']);
      await page.getByRole('textbox', { name: 'Operations' }).fill('2 * 21');
      await page.getByRole('button', { name: 'Submit', exact: true }).click();
      await waitForJobPage(page);
      await waitForStatus(page, 'Completed');
      await page.getByRole('button', { name: 'Delete job' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
      await heading(page, 'Jobs').waitFor();
      await page.getByRole('button', { name: 'Delete all' }).click();
      await page.getByRole('dialog').getByText('all jobs of the tenant acme').waitFor();
      assert.equal(await page.getByText(/tenant default/).count(), 0);
    });
  });

  it('shows an operator the cluster, and whose jobs of others are', async () => {
    await withPage(site.browser, options, async (page) => {
      await page.goto(`${site.url}#/jobs`);
      await signIn(page, operator);
      assert.deepEqual(await navigation(page), ['New job', 'Jobs', 'Try', 'Cluster']);
      assert.match((await session(page).textContent()) ?? '', /^root · role operator/);
      const rowOf = (name: string) => page.getByRole('row').filter({ has: page.getByRole('link', { name }) });
      assert.match((await rowOf('of acme').textContent()) ?? '', /tenant acme/);
      assert.doesNotMatch((await rowOf('of the operator').textContent()) ?? '', /tenant/);
      await page.getByRole('link', { name: 'of acme' }).click();
      await page.getByRole('term').filter({ hasText: 'Tenant' }).waitFor();
      await page.getByRole('link', { name: 'Cluster' }).click();
      await heading(page, 'Cluster').waitFor();
    });
  });

  it('forgets everything when the user signs out', async () => {
    await withPage(site.browser, options, async (page) => {
      await page.goto(`${site.url}#/new`);
      await signIn(page, submitter);
      await page.getByRole('textbox', { name: 'Operations' }).fill('1 + secret');
      await page.getByRole('button', { name: 'Sign out' }).click();
      await heading(page, 'Sign in').waitFor();
      assert.deepEqual(await page.context().cookies(), []);
      await signIn(page, operator);
      assert.equal(await page.getByRole('textbox', { name: 'Operations' }).inputValue(), '');
    });
  });

  it('signs in again after the session has ended, and continues with what was typed', async () => {
    await withPage(site.browser, options, async (page) => {
      const first = await site.createToken('acme', 'submitter', 'weekly');
      await page.goto(`${site.url}#/new`);
      await signIn(page, first);
      await page.getByRole('textbox', { name: 'Operations' }).fill('6 * 7');
      await site.revoke(first);
      // Its request waits for the sign-in, and is sent then.
      await page.getByRole('button', { name: 'Check' }).click();
      await heading(page, 'Sign in').waitFor();
      await page.getByText('Your session has ended.').waitFor();
      assert.equal(await page.getByRole('textbox', { name: 'Operations' }).count(), 0);
      await signIn(page, await site.createToken('acme', 'submitter', 'weekly'));
      await waitForFocus(page, 'New job');
      assert.equal(await page.title(), 'New job · Mathmill');
      assert.equal(await page.getByRole('textbox', { name: 'Operations' }).inputValue(), '6 * 7');
      await page.getByText('42', { exact: true }).first().waitFor();
    });
  });

  it('shows another user nothing of the session that has ended', async () => {
    await withPage(site.browser, options, async (page) => {
      const first = await site.createToken('acme', 'submitter');
      await page.goto(`${site.url}#/new`);
      await signIn(page, first);
      await page.getByRole('textbox', { name: 'Operations' }).fill('6 * 7');
      await site.revoke(first);
      await comeBack(page);
      await signIn(page, operator);
      await heading(page, 'New job').waitFor();
      assert.equal(await page.getByRole('textbox', { name: 'Operations' }).inputValue(), '');
    });
  });

  it('gets out of a dialog when the session ends, and back into it', async () => {
    await withPage(site.browser, options, async (page) => {
      const first = await site.createToken('acme', 'submitter', 'dialog');
      const id = await site.submit(first, 'to be deleted', '1\n');
      await page.goto(`${site.url}#/jobs/${id}`);
      await signIn(page, first);
      await waitForStatus(page, 'Completed');
      await page.getByRole('button', { name: 'Delete job' }).click();
      await page.getByRole('dialog').waitFor();
      await site.revoke(first);
      await comeBack(page);
      await page.waitForFunction(() => document.activeElement?.getAttribute('type') === 'password');
      await signIn(page, await site.createToken('acme', 'submitter', 'dialog'));
      await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
      await heading(page, 'Jobs').waitFor();
    });
  });

  it('notices the end of the session while it follows a job', async () => {
    await withPage(site.browser, options, async (page) => {
      const first = await site.createToken('acme', 'submitter', 'following');
      site.gate.close();
      const id = await site.submit(first, 'held', '1\n2\n');
      await page.goto(`${site.url}#/jobs/${id}`);
      await signIn(page, first);
      await waitForStatus(page, 'InProgress');
      await site.revoke(first);
      await heading(page, 'Sign in').waitFor();
      site.gate.open();
      await signIn(page, await site.createToken('acme', 'submitter', 'following'));
      await waitForStatus(page, 'Completed');
    });
  });

  it('takes over a session that begins in another tab', async () => {
    await withPage(site.browser, options, async (page) => {
      await page.goto(`${site.url}#/jobs`);
      await heading(page, 'Sign in').waitFor();
      const other = await page.context().newPage();
      await other.goto(site.url);
      await signIn(other, submitter);
      await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
      await heading(page, 'Jobs').waitFor();
    });
  });
});

async function buttonsOf(page: Page): Promise<readonly string[]> {
  const names = await page.getByRole('main').getByRole('button').allTextContents();
  return names.map((name) => name.trim());
}
