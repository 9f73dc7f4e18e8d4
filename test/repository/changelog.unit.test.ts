/** The changelog has the form that releases are made from. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { parseChangelog, releaseChangelog, releaseNotes } from '../../scripts/changelog.ts';
import { readText } from './files.ts';

const upgrade = '### Before you upgrade\n\nNothing to do.';
const valid = `# Changelog

Words.

## Unreleased

${upgrade}

### Added

- A thing.

## 1.10.0 - 2026-12-02

${upgrade}

### Fixed

- Another thing.

## 1.9.0 - 2026-12-01

${upgrade}
`;

describe('CHANGELOG.md', () => {
  it('has the form that a release is made from', () => {
    assert.ok(parseChangelog(readText('CHANGELOG.md')).length > 0);
  });

  it('describes the version of package.json, or what is not released yet', () => {
    const { version } = JSON.parse(readText('package.json')) as { version: string };
    const sections = parseChangelog(readText('CHANGELOG.md'));
    const [unreleased] = sections;
    assert.ok(sections.some((section) => section.version === version) || unreleased?.text.includes('\n- '));
  });
});

describe('a changelog', () => {
  it('has sections with version, date and text, newest first', () => {
    assert.deepEqual(
      parseChangelog(valid).map(({ version, date }) => [version, date]),
      [
        ['Unreleased', undefined],
        ['1.10.0', '2026-12-02'],
        ['1.9.0', '2026-12-01'],
      ],
    );
  });

  it('gives the notes of a version', () => {
    assert.equal(releaseNotes(valid, '1.10.0'), `${upgrade}\n\n### Fixed\n\n- Another thing.\n`);
    assert.throws(() => releaseNotes(valid, '2.0.0'), /no section "## 2.0.0 - DATE"/);
  });

  it('turns what is not released into a version, and adds an empty section', () => {
    const changed = releaseChangelog(valid, '1.11.0', '2026-12-03');
    assert.equal(releaseNotes(changed, '1.11.0'), `${upgrade}\n\n### Added\n\n- A thing.\n`);
    assert.equal(releaseNotes(changed, '1.10.0'), releaseNotes(valid, '1.10.0'));
    assert.equal(parseChangelog(changed)[0]?.text, upgrade);
    assert.throws(() => releaseChangelog(changed, '1.12.0', '2026-12-04'), /nothing is listed/);
  });

  it('can release only a new version above the others', () => {
    assert.throws(() => releaseChangelog(valid, '1.9.0', '2026-12-03'), /in the changelog already/);
    assert.throws(() => releaseChangelog(valid, '1.9.5', '2026-12-03'), /1.10.0 is not below/);
    assert.throws(() => releaseChangelog(valid, 'v2', '2026-12-03'), /not a version/);
  });

  const faults: readonly (readonly [string, string, string, RegExp])[] = [
    ['another first line', '# Changelog', '# Changes', /first line/],
    ['no section for what is not released', '## Unreleased', '## 2.0.0 - 2026-12-03', /first section/],
    ['a version without a date', ' - 2026-12-02', '', /the heading/],
    ['an unknown part', '### Fixed', '### Repaired', /unknown part "### Repaired"/],
    ['parts out of order', `${upgrade}\n\n### Added`, `### Added\n\n- B.\n\n${upgrade}`, /not in the order/],
    ['a version without notes for an upgrade', `${upgrade}\n\n### Fixed`, '### Fixed', /does not begin with/],
    ['versions out of order', '1.9.0', '1.11.0', /1.11.0 is not below/],
  ];
  for (const [name, before, after, message] of faults) {
    it(`is rejected with ${name}`, () => {
      assert.throws(() => parseChangelog(valid.replace(before, after)), message);
    });
  }
});
