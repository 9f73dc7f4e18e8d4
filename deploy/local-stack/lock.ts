/** Lets one process at a time do a thing. A lock whose holder died is taken over. */
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { isRunning, readProcessIdentity, type ProcessIdentity } from './process-identity.ts';

const pollMs = 200;

/**
 * Best effort: of two that find the same dead holder at the same moment both may get through, so what is done inside
 * must survive that.
 */
export async function withLock<Result>(path: string, use: () => Promise<Result>): Promise<Result> {
  await mkdir(dirname(path), { recursive: true });
  while (!(await tryLock(path))) {
    if (await isHeld(path)) await sleep(pollMs);
    else await rm(path, { force: true });
  }
  try {
    return await use();
  } finally {
    await rm(path, { force: true });
  }
}

async function tryLock(path: string): Promise<boolean> {
  try {
    await using file = await open(path, 'wx');
    await file.writeFile(JSON.stringify(readProcessIdentity(process.pid)));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function isHeld(path: string): Promise<boolean> {
  let text = await readOrEmpty(path);
  if (text === '') {
    // Either just let go, or just taken and not yet written to.
    await sleep(pollMs);
    text = await readOrEmpty(path);
  }
  return text !== '' && isRunning(JSON.parse(text) as ProcessIdentity);
}

async function readOrEmpty(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return '';
  }
}
