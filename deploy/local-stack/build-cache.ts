/**
 * Keeps what is fetched and built for the stack, outside of the checkout: a folder for each thing and version, made
 * under another name and renamed when it is whole. A folder that is there is therefore complete, whatever was killed.
 */
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { isRunning, readProcessIdentity, type ProcessIdentity } from './process-identity.ts';

const lockPollMs = 200;

function cacheDirectory(): string {
  const root = process.env['XDG_CACHE_HOME'];
  return join(root === undefined || root === '' ? join(homedir(), '.cache') : root, 'mathmill');
}

export function isCached(name: string): boolean {
  return existsSync(join(cacheDirectory(), name));
}

/**
 * The folder of that name, made by `build` when it is not there. The lock only saves a second process the work: if it
 * fails, both build and one rename wins.
 */
export async function buildOnce(name: string, build: (directory: string) => Promise<void>): Promise<string> {
  const finished = join(cacheDirectory(), name);
  if (existsSync(finished)) return finished;
  await mkdir(cacheDirectory(), { recursive: true });
  const unlock = await lock(`${finished}.lock`);
  try {
    if (existsSync(finished)) return finished;
    await removeAbandoned(name);
    const unfinished = `${finished}.unfinished-${process.pid}`;
    await mkdir(unfinished);
    try {
      await build(unfinished);
      await rename(unfinished, finished);
    } catch (error) {
      await removeTree(unfinished);
      if (!existsSync(finished)) throw error;
    }
    return finished;
  } finally {
    await unlock();
  }
}

/** Waits while another living process holds the lock; takes it over from a dead one. */
async function lock(path: string): Promise<() => Promise<void>> {
  for (;;) {
    try {
      const file = await open(path, 'wx');
      await file.writeFile(JSON.stringify(readProcessIdentity(process.pid)));
      await file.close();
      return () => rm(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const isHeld = await isHeldByLiving(path);
    if (isHeld) await sleep(lockPollMs);
    else await rm(path, { force: true });
  }
}

async function isHeldByLiving(path: string): Promise<boolean> {
  try {
    const text = await readFile(path, 'utf8');
    // Between its creation and its first byte the lock is empty, for a moment only.
    if (text === '') {
      await sleep(lockPollMs);
      return (await readFile(path, 'utf8')) !== '';
    }
    return isRunning(JSON.parse(text) as ProcessIdentity);
  } catch {
    return false;
  }
}

async function removeAbandoned(name: string): Promise<void> {
  const prefix = `${name}.unfinished-`;
  for (const entry of await readdir(cacheDirectory())) {
    if (!entry.startsWith(prefix)) continue;
    if (readProcessIdentity(Number(entry.slice(prefix.length))) === undefined) {
      await removeTree(join(cacheDirectory(), entry));
    }
  }
}

function removeTree(path: string): Promise<void> {
  return rm(path, { recursive: true, force: true });
}
