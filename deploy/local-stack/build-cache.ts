/**
 * Keeps the programs fetched and built for the stack, outside of the checkout: a folder for each thing and version, made
 * under another name and renamed when it is whole. A folder that is there is therefore complete, whatever was killed.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { withLock } from './lock.ts';
import { readProcessIdentity } from './process-identity.ts';

function cacheDirectory(): string {
  const root = process.env['XDG_CACHE_HOME'];
  return join(root === undefined || root === '' ? join(homedir(), '.cache') : root, 'mathmill');
}

export function isCached(name: string): boolean {
  return existsSync(join(cacheDirectory(), name));
}

/**
 * The folder of that name, made by `build` when it is not there. The lock only saves a second process the work: where
 * it fails, both build and one rename wins.
 */
export async function buildOnce(name: string, build: (directory: string) => Promise<void>): Promise<string> {
  const finished = join(cacheDirectory(), name);
  if (existsSync(finished)) return finished;
  await withLock(`${finished}.lock`, async () => {
    if (existsSync(finished)) return;
    await removeAbandoned(name);
    const unfinished = `${finished}.unfinished-${process.pid}`;
    await mkdir(unfinished);
    try {
      await build(unfinished);
      await rename(unfinished, finished);
    } catch (error) {
      await rm(unfinished, { recursive: true, force: true });
      if (!existsSync(finished)) throw error;
    }
  });
  return finished;
}

/** Removes the remains of builders that were killed. */
async function removeAbandoned(name: string): Promise<void> {
  const prefix = `${name}.unfinished-`;
  for (const entry of await readdir(cacheDirectory())) {
    if (!entry.startsWith(prefix) || readProcessIdentity(Number(entry.slice(prefix.length))) !== undefined) continue;
    await rm(join(cacheDirectory(), entry), { recursive: true, force: true });
  }
}
