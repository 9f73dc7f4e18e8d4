/** The version of this package, as it is released. */
import { readFileSync } from 'node:fs';

/** The package.json one folder up is right for the sources and for what is built from them. */
export function readPackageVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
