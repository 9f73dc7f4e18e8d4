/**
 * Browsers of this machine. Chromium is driven by Playwright; Firefox by Puppeteer over WebDriver BiDi, because Playwright
 * drives only a Firefox of its own. Where a browser is missing its tests are skipped with the reason, and with
 * `BROWSER_TESTS=required` they fail instead.
 */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import { launch, type Browser as FirefoxBrowser } from 'puppeteer-core';

interface BrowserProgram {
  readonly name: string;
  /** Environment variable that names the program. */
  readonly variable: string;
  /** Names of the program on the PATH, and full paths. */
  readonly candidates: readonly string[];
}

const programs = {
  chromium: {
    name: 'Chromium',
    variable: 'CHROMIUM_BIN',
    candidates: [
      'chromium',
      'chromium-browser',
      'google-chrome',
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    ],
  },
  firefox: {
    name: 'Firefox',
    variable: 'FIREFOX_BIN',
    candidates: ['firefox-esr', 'firefox', '/Applications/Firefox.app/Contents/MacOS/firefox'],
  },
} as const satisfies Record<string, BrowserProgram>;

type BrowserName = keyof typeof programs;

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function findProgram({ variable, candidates }: BrowserProgram): string | undefined {
  const named = process.env[variable];
  if (named !== undefined && named !== '') return named;
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const paths = candidates.flatMap((name) =>
    name.startsWith('/') ? [name] : folders.map((folder) => join(folder, name)),
  );
  return paths.find(isProgram);
}

/** Options of a suite that needs the browser: skipped where there is none, unless browsers are required. */
export function needsBrowser(name: BrowserName): { readonly skip: string | false } {
  const program = programs[name];
  if (process.env['BROWSER_TESTS'] === 'required' || findProgram(program) !== undefined) return { skip: false };
  return { skip: `${program.name} is not installed; install it, or set ${program.variable} to its path` };
}

function requireProgram(name: BrowserName): string {
  const program = programs[name];
  const path = findProgram(program);
  if (path === undefined) throw new Error(`${program.name} is required and not installed (${program.variable})`);
  return path;
}

/** Chromium refuses its sandbox to root, and small containers have too little shared memory. */
const chromiumOptions = ['--disable-dev-shm-usage', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])];

export async function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: requireProgram('chromium'), args: chromiumOptions });
}

/** Downloads go to the folder without a question. */
export async function launchFirefox(downloadFolder: string): Promise<FirefoxBrowser> {
  return launch({
    browser: 'firefox',
    executablePath: requireProgram('firefox'),
    headless: true,
    extraPrefsFirefox: {
      'browser.download.folderList': 2,
      'browser.download.dir': downloadFolder,
      'browser.download.alwaysOpenPanel': false,
      'browser.download.always_ask_before_handling_new_types': false,
    },
  });
}
