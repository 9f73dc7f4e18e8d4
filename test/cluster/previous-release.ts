/** The release before this one, as a checkout that runs: made once from the history of this repository, and kept. */
import { spawnSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { buildOnce } from '../../deploy/local-stack/build-cache.ts';
import { runProgram } from '../../deploy/local-stack/programs.ts';
import { root } from '../repository/files.ts';

/** The state of the main branch that operators may run now. A release moves it to the release before it. */
export const previousCommit = 'f5741db9355c7abdcd1186b766f0f3079c04b966';

/** Why there is no previous release here; undefined where there is one. A shallow clone has no history. */
export function whyNoPreviousRelease(): string | undefined {
  const { status } = spawnSync('git', ['-C', root, 'cat-file', '-e', `${previousCommit}^{commit}`], {
    stdio: 'ignore',
  });
  if (status === 0) return undefined;
  return `the commit ${previousCommit} is not in this clone, which is shallow or no clone: git fetch --unshallow`;
}

/** The folder of the checkout, with what it needs to run. */
export async function installPreviousRelease(): Promise<string> {
  return buildOnce(`release-${previousCommit}`, async (directory) => {
    const archive = join(directory, 'release.tar');
    await runProgram('git', ['-C', root, 'archive', '--format=tar', `--output=${archive}`, previousCommit], {});
    await runProgram('tar', ['-xf', archive, '-C', directory], {});
    await rm(archive);
    await runProgram('npm', ['ci', '--omit=dev', '--no-audit', '--no-fund', '--loglevel=error'], { directory });
  });
}
