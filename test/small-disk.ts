/** A disk that is soon full, for tests. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { withFolder } from './store/sqlite/sqlite-folder.ts';

function run(command: string, ...parts: readonly string[]) {
  return spawnSync(command, parts);
}

/** Why no small disk can be had here, or false. */
export function cannotMount(): string | false {
  if (process.platform !== 'linux') return 'a small disk is made with mount of Linux';
  if (process.getuid?.() !== 0) return 'only root may mount a small disk';
  const probe = run('unshare', '--mount', 'true');
  return probe.status === 0 ? false : 'this system does not let root mount';
}

export async function withSmallDisk(bytes: number, use: (directory: string) => Promise<void>): Promise<void> {
  await withFolder(async (directory) => {
    const mounted = run('mount', '-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', directory);
    assert.equal(mounted.status, 0, mounted.stderr.toString());
    try {
      await use(directory);
    } finally {
      const unmounted = run('umount', directory);
      assert.equal(unmounted.status, 0, unmounted.stderr.toString());
    }
  });
}
