/** The configurations of docs/reverse-proxy.md, with the ports and files of a test in place of those on the page. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const page = readFileSync(resolve(import.meta.dirname, '../../docs/reverse-proxy.md'), 'utf8');

export interface Site {
  /** Where the proxy listens. */
  readonly port: number;
  /** Where Mathmill listens. */
  readonly backendPort: number;
  /** Holds the certificate and its key under the names of the page. */
  readonly directory: string;
}

/** The site of the page, which serves Mathmill below `/mathmill/` too. */
export function writeNginxSite(site: Site): string {
  const [server = '', location = ''] = readBlocks('nginx');
  const whole = server.replace(/\}\s*$/, () => `${location}}\n`);
  return substitute(whole, [['listen 443 ssl', `listen 127.0.0.1:${site.port} ssl`], ...commonPlaces(site)]);
}

/** The settings of the page for a whole server, without its addresses. */
export function readNginxSettings(): string {
  const [server = ''] = readBlocks('nginx');
  return Array.from(server.matchAll(/^ {2}(?:client|proxy)_\w+ .*;$/gm), ([line]) => line.trim()).join(' ');
}

export function writeHaproxySite(site: Site): string {
  const [file = '', prefix = ''] = readBlocks('haproxy');
  return substitute(file + prefix, [['bind :443', `bind 127.0.0.1:${site.port}`], ...commonPlaces(site)]);
}

function commonPlaces({ backendPort, directory }: Site): readonly (readonly [string, string])[] {
  return [
    ['127.0.0.1:8080', `127.0.0.1:${backendPort}`],
    ['/etc/ssl/', join(directory, '/')],
  ];
}

function readBlocks(language: string): string[] {
  return Array.from(page.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g')), ([, text = '']) => text);
}

function substitute(text: string, places: readonly (readonly [string, string])[]): string {
  return places.reduce((done, [from, to]) => {
    if (!done.includes(from)) throw new Error(`the page does not say ${from}`);
    return done.replaceAll(from, to);
  }, text);
}
