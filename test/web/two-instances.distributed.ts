/** The main path through two client-applications: what one takes, the other one shows. */
import { after, before, describe } from 'node:test';
import type { Browser } from 'playwright-core';
import { startCluster, type Cluster } from '../cluster/cluster.ts';
import { launchChromium, needsBrowser } from './browsers.ts';
import { testMainPath } from './main-path.ts';
import { testTablePath } from './table-path.ts';

describe('the page of a cluster', needsBrowser('chromium'), () => {
  let cluster: Cluster;
  let browser: Browser;
  before(async () => {
    cluster = await startCluster({ clients: 2, servers: 2 });
    browser = await launchChromium();
  });
  after(async () => {
    await browser?.close();
    await cluster?.stop();
  });

  const site = () => ({
    browser,
    submitUrl: `${cluster.urls[0] ?? ''}/`,
    viewUrl: `${cluster.urls[1] ?? ''}/`,
    // Instances whose store is busy say so, and the page asks again.
    expectedErrors: [/status of 503/],
  });
  // The main path ends with a job whose chunks keep evaluators busy for a while after it is cancelled.
  testTablePath('two client-applications', site);
  testMainPath('two client-applications', site);
});
