/** A release is rejected unless its tag is the version, the changelog describes it, and its commit went through the main branch. */
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
    changelog = `# Changelog\n\n## ${version} - 2026-12-01\n`,
  ): Promise<{ code: number | null; stderr: string }> {
    workshop.standIn('bin/git', git);
    workshop.write('CHANGELOG.md', changelog);
    const path = `${workshop.path}/bin:${process.env['PATH'] ?? ''}`;
    return workshop.run('.github/scripts/check-release.sh', {
      PATH: path,
      CHANGELOG: `${workshop.path}/CHANGELOG.md`,
      ...environment,
    });
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

  it('rejects a version that the changelog does not describe', async () => {
    const { code, stderr } = await check({ TAG: `v${version}` }, '', '# Changelog\n\n## Unreleased\n');
    assert.equal(code, 1);
    assert.match(stderr, /CHANGELOG.md has no section of the version .*make release-prepare/);
  });

  for (const tag of ['', version, `v${version}-1`, `v${version}.0`, 'main']) {
    it(`refuses the tag '${tag}'`, async () => {
      const { code, stderr } = await check({ GITHUB_REF_NAME: tag });
      assert.equal(code, 1);
      assert.match(stderr, /the tag is/);
    });
  }
});

describe('the Python client', () => {
  it('has the version of the server', () => {
    assert.ok(readText('clients/python/pyproject.toml').includes(`\nversion = "${version}"\n`));
  });
});

describe('check-ci.sh', () => {
  let workshop: Workshop;
  beforeEach(() => (workshop = new Workshop()));
  afterEach(() => workshop.remove());

  async function check(gh: string): Promise<{ code: number | null; stderr: string }> {
    workshop.standIn('bin/gh', gh);
    const PATH = `${workshop.path}/bin:${process.env['PATH'] ?? ''}`;
    return workshop.run('.github/scripts/check-ci.sh', { PATH, GH_REPO: 'owner/mathmill', COMMIT: 'abc' });
  }

  it('takes a commit whose CI succeeded', async () => {
    const { code, stderr } = await check('echo success');
    assert.equal(code, 0, stderr);
    assert.match(
      workshop.calls()[0] ?? '',
      /^gh api repos\/owner\/mathmill\/commits\/abc\/check-runs\?check_name=ci&filter=latest /,
    );
  });

  for (const [what, gh] of [
    ['failed', 'echo failure'],
    ['is not finished', 'echo "not finished"'],
    ['cannot be read', 'exit 1'],
  ] as const) {
    it(`rejects a commit whose CI ${what}`, async () => {
      const { code } = await check(gh);
      assert.equal(code, 1);
    });
  }
});

describe('save-image.sh', () => {
  it('saves the image of the latest release', async () => {
    const workshop = new Workshop();
    try {
      workshop.standIn('bin/gh', 'echo v1.2.3');
      workshop.standIn('bin/docker');
      const PATH = `${workshop.path}/bin:${process.env['PATH'] ?? ''}`;
      const { code, stderr } = await workshop.run('.github/scripts/save-image.sh', { PATH, GH_REPO: 'Owner/mathmill' });
      assert.equal(code, 0, stderr);
      assert.deepEqual(workshop.calls().slice(1), [
        'docker pull --quiet ghcr.io/owner/mathmill:1.2.3',
        'docker save --output image.tar ghcr.io/owner/mathmill:1.2.3',
      ]);
    } finally {
      workshop.remove();
    }
  });
});
