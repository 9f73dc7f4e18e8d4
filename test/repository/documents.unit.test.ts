/** Files and make targets that the pages name exist, and so do the pages that GitHub shows, with the license. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { listFiles, makeTargets, readText, root, type Finding } from './files.ts';

const paths = listFiles();
const pages = paths.filter((path) => path.endsWith('.md') && !path.startsWith('test/'));
const makefile = readText('Makefile');
const targets = makeTargets(makefile);

/** Links to files, beginning at the page. */
function checkLinks(page: string, text: string): Finding[] {
  const links = Array.from(text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g), ([, link = '']) => link);
  return links
    .filter((link) => !/^[a-z]+:/.test(link) && !existsSync(join(root, page, '..', link)))
    .map((link) => ({ rule: 'links', where: page, message: `${link} is not there` }));
}

/** Calls of make as code: at the beginning of a line or of a quoted command. */
function checkTargets(page: string, text: string): Finding[] {
  const calls = Array.from(text.matchAll(/(?:^|`|&& )make ([a-z][a-z-]*)\b(?!…)/gm), ([, target = '']) => target);
  return calls
    .filter((target) => !targets.has(target))
    .map((target) => ({ rule: 'targets', where: page, message: `make ${target} is not there` }));
}

describe('the pages', () => {
  it('that GitHub shows are there', () => {
    for (const file of ['README.md', 'LICENSE', 'SECURITY.md', 'CONTRIBUTING.md', 'docs/contributing/repository.md']) {
      assert.ok(readText(file).length > 0, file);
    }
    assert.match(readText('LICENSE'), /^MIT License/);
  });

  for (const page of pages) {
    it(`${page} names only what is there`, () => {
      const text = readText(page);
      assert.deepEqual([...checkLinks(page, text), ...checkTargets(page, text)], []);
    });
  }

  it('of the repository name every target that its workflows call', () => {
    const called = paths
      .filter((path) => path.startsWith('.github/workflows/'))
      .flatMap((path) =>
        Array.from(
          readText(path).matchAll(/\bmake ((?:static-analysis|test|api|audit)[a-z-]*)/g),
          ([, name = '']) => name,
        ),
      );
    assert.ok(called.length > 10);
    const documents = ['README.md', 'CONTRIBUTING.md', 'docs/contributing/repository.md', '.ci/run']
      .map(readText)
      .join('\n');
    const forgotten = Array.from(new Set(called)).filter((target) => !documents.includes(`make ${target}`));
    assert.deepEqual(forgotten, []);
  });

  it('planted violations: a link and a target that lead nowhere', () => {
    assert.deepEqual(
      checkLinks('docs/page.md', '[a](absent.md) [b](../README.md#use) [c](https://example.org)').length,
      1,
    );
    assert.deepEqual(
      checkTargets('page.md', 'make absent\nand `make missing`, `make test`, what we make of it').length,
      2,
    );
  });
});

describe('the Makefile', () => {
  it('calls only scripts that are there', () => {
    const scripts = Array.from(
      makefile.matchAll(/(?:^|[\s@])((?:\.github|bench|deploy|scripts)\/[\w./-]+\.(?:sh|ts))/gm),
      ([, path = '']) => path,
    );
    assert.ok(scripts.length > 8);
    assert.deepEqual(
      scripts.filter((path) => !existsSync(join(root, path))),
      [],
    );
  });

  it('says of each target what it does, unless it is a file', () => {
    const described = new Set(Array.from(makefile.matchAll(/^([a-z][a-z-]*):.*## \S/gm), ([, name = '']) => name));
    assert.deepEqual(
      Array.from(targets).filter((target) => !described.has(target)),
      [],
    );
  });
});
