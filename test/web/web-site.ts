/** A standalone server with the page, its jobs and its browser, for the tests of one file. */
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { createDataDirectory, startServer, type ServerProcess } from '../e2e/server-process.ts';
import { launchChromium } from './browsers.ts';

export interface WebSite {
  /** Address of the page, with a slash at its end. */
  readonly url: string;
  readonly browser: Browser;
  readonly server: ServerProcess;
  stop(): Promise<void>;
}

/** Must be stopped also when a test fails: use `after`. */
export async function startWebSite(environment: NodeJS.ProcessEnv = {}): Promise<WebSite> {
  const data = createDataDirectory();
  const server = await startServer(join(data.path, 'data'), environment);
  const browser = await launchChromium().catch(async (error: unknown) => {
    await server.kill();
    throw error;
  });
  return {
    url: `${server.url}/`,
    browser,
    server,
    async stop() {
      await browser.close();
      await server.kill();
      data.remove();
    },
  };
}
