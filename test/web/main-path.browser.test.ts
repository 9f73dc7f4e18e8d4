import { after, before, describe } from 'node:test';
import { needsBrowser } from './browsers.ts';
import { testMainPath } from './main-path.ts';
import { testTablePath } from './table-path.ts';
import { startWebSite, type WebSite } from './web-site.ts';

describe('on one machine', { ...needsBrowser('chromium'), timeout: 300_000 }, () => {
  let site: WebSite;
  before(async () => {
    site = await startWebSite();
  });
  after(() => site.stop());

  const paths = () => ({ browser: site.browser, submitUrl: site.url, viewUrl: site.url });
  testMainPath('standalone', paths);
  testTablePath('standalone', paths);
});
