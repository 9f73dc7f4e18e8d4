/** The files of the checkout: what is kept in it, not what was installed or built there. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '../..');
const notOurs = new Set(['.git', '.stack', '.terraform', 'coverage', 'data', 'dist', 'node_modules']);

export function readText(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** Paths from the root, with slashes, in order. */
export function listFiles(folder = root): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (notOurs.has(entry.name)) return [];
      return entry.isDirectory() ? listFiles(path) : [relative(root, path).replaceAll('\\', '/')];
    })
    .sort();
}

export function makeTargets(makefile: string): Set<string> {
  return new Set(Array.from(makefile.matchAll(/^([a-z][a-z-]*):(?!=)/gm), ([, name = '']) => name));
}

/** A rule of the repository that something breaks, and where. */
export interface Finding {
  readonly rule: string;
  readonly where: string;
  readonly message: string;
}
