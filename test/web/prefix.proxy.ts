/** The page below a path behind a real nginx: with the settings of docs/reverse-proxy.md, and with the defaults of nginx. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { findFreePorts } from '../../deploy/local-stack/free-ports.ts';
import { createDataDirectory, startServer, type ServerProcess } from '../e2e/server-process.ts';
import { startNginx, type ProxyProcess } from '../proxies/proxy-process.ts';
import { readNginxSettings } from '../proxies/proxy-page.ts';
import { launchChromium, needsBrowser } from './browsers.ts';
import { testMainPath } from './main-path.ts';
import { waitForJobPage, waitForStatus } from './page-steps.ts';
import { testTablePath } from './table-path.ts';
import { withPage } from './watched-page.ts';

const prefix = '/tools/mill/';

describe('the page behind nginx at a prefix', needsBrowser('chromium'), () => {
  const data = createDataDirectory();
  let server: ServerProcess;
  let nginx: ProxyProcess;
  let browser: Browser;
  let documentedUrl = '';
  let defaultUrl = '';

  before(async () => {
    const [documentedPort = 0, defaultPort = 0] = await findFreePorts(2);
    server = await startServer(join(data.path, 'data'));
    const location = `location ${prefix} { proxy_pass ${server.url}/; }`;
    nginx = await startNginx(
      data.path,
      [
        `server { listen 127.0.0.1:${documentedPort}; ${readNginxSettings()} ${location} }`,
        // Nginx limits uploads to 1 MB and does not pass the host on, without which there is no use of the API by pages.
        `server { listen 127.0.0.1:${defaultPort}; proxy_set_header Host $http_host; ${location} }`,
      ].join('\n'),
      [documentedPort, defaultPort],
    );
    browser = await launchChromium();
    documentedUrl = `http://127.0.0.1:${documentedPort}${prefix}`;
    defaultUrl = `http://127.0.0.1:${defaultPort}${prefix}`;
  });
  after(async () => {
    await browser?.close();
    await nginx?.stop();
    await server?.kill();
    data.remove();
  });

  const site = () => ({ browser, submitUrl: documentedUrl, viewUrl: documentedUrl });
  testMainPath('nginx at a prefix', site);
  testTablePath('nginx at a prefix', site);

  it('every request stays below the prefix', async () => {
    await withPage(browser, {}, async (page) => {
      const paths: string[] = [];
      page.on('request', (request) => paths.push(new URL(request.url()).pathname));
      for (const route of ['#/new', '#/jobs', '#/try', '#/cluster', 'docs/']) {
        await page.goto(`${documentedUrl}${route}`);
        await page.getByRole('heading').first().waitFor();
      }
      assert.ok(paths.length > 5);
      for (const path of paths) assert.ok(path.startsWith(prefix), path);
    });
  });

  it('a job with the defaults of nginx', async () => {
    await withPage(browser, {}, async (page) => {
      await page.goto(defaultUrl);
      await page.getByRole('textbox', { name: 'Operations' }).fill('1 + 2\n1 / 0');
      await page.getByRole('button', { name: 'Submit' }).click();
      await waitForJobPage(page);
      await waitForStatus(page, 'Completed');
    });
  });
});
