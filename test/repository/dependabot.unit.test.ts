/** Dependabot updates everything that the tree names a version of. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from 'yaml';

import { checkDependabot, listManifests } from './dependabot-policy.ts';
import { listFiles, readText } from './files.ts';

const text = readText('.github/dependabot.yml');
const paths = listFiles();
const labels = new Set(Object.keys(parse(readText('.github/labels.yml')) as Record<string, unknown>));

describe('.github/dependabot.yml', () => {
  it('keeps all rules', () => assert.deepEqual(checkDependabot(text, paths, labels), []));

  it('finds what there is to update', () => {
    const ecosystems = new Set(Array.from(listManifests(paths), (manifest) => manifest.split(' ')[0] ?? ''));
    const expected = ['docker', 'docker-compose', 'github-actions', 'gomod', 'npm', 'pip', 'terraform'];
    assert.deepEqual(Array.from(ecosystems).toSorted(), expected);
  });

  const planted: [rule: string, from: string | RegExp, to: string][] = [
    ['coverage', '  - package-ecosystem: docker\n', '  - package-ecosystem: cargo\n'],
    ['coverage', '[/, /bench/peers, ', '[/, '],
    ['coverage', '[/, /bench/peers, ', '[/, /bench/peers, /absent, '],
    ['schedule', 'schedule: { interval: weekly, day: monday }', 'versioning-strategy: auto'],
    ['cooldown', 'cooldown: { default-days: 7 }', 'cooldown: { default-days: 3 }'],
    ['cooldown', '    cooldown: { default-days: 7 }\n', ''],
    ['groups', /    groups:\n      actions:\n        patterns: .*\n/, ''],
    ['limit', '    open-pull-requests-limit: 5\n', ''],
    ['labels', '[dependencies, npm]', '[dependencies, absent]'],
    ['labels', '    labels: [dependencies, npm]\n', ''],
  ];
  for (const [index, [rule, from, to]] of planted.entries()) {
    it(`planted violation ${index + 1}: ${rule}`, () => {
      const changed = text.replace(from, to);
      assert.notEqual(changed, text);
      assert.ok(checkDependabot(changed, paths, labels).some((finding) => finding.rule === rule));
    });
  }

  for (const added of [
    'sdk/package.json',
    'deploy/other/Dockerfile',
    'deploy/compose.yaml',
    'tools/go.mod',
    'deploy/terraform/versions.tf',
  ]) {
    it(`planted violation: ${added} that nobody updates`, () => {
      const findings = checkDependabot(text, [...paths, added], labels);
      assert.deepEqual(
        findings.map(({ rule }) => rule),
        ['coverage'],
      );
    });
  }
});
