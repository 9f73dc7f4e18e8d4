/** A release is refused unless its tag is the version and its commit went through the main branch. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { Workshop } from '../deploy/run-script.ts';
import { readText } from './files.ts';

const { version } = JSON.parse(readText('package.json')) as { version: string };

describe('check-release.sh', () => {
  let workshop: Workshop;
  beforeEach(() => (workshop = new Workshop()));
  afterEach(() => workshop.remove());

  async function check(
    environment: Readonly<Record<string, string>>,
    git = '',
  ): Promise<{ code: number | null; stderr: string }> {
    workshop.standIn('bin/git', git);
    const path = `${workshop.path}/bin:${process.env['PATH'] ?? ''}`;
    return workshop.run('.github/scripts/check-release.sh', { PATH: path, ...environment });
  }

  it('takes the tag of the version on the main branch', async () => {
    assert.equal((await check({ GITHUB_REF_NAME: `v${version}` })).code, 0);
    assert.deepEqual(workshop.calls(), ['git merge-base --is-ancestor HEAD origin/main']);
  });

  it('refuses a commit of another branch', async () => {
    const { code, stderr } = await check({ TAG: `v${version}` }, 'exit 1');
    assert.equal(code, 1);
    assert.match(stderr, /not on the main branch/);
  });

  for (const tag of ['', version, `v${version}-1`, `v${version}.0`, 'main']) {
    it(`refuses the tag '${tag}'`, async () => {
      const { code, stderr } = await check({ GITHUB_REF_NAME: tag });
      assert.equal(code, 1);
      assert.match(stderr, /the tag is/);
    });
  }
});
