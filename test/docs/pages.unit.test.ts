/** The pages lead where they say, name the options that commands have, and introduce the two applications. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, it } from 'node:test';

import { listFiles, readText, root } from '../repository/files.ts';

const pages = listFiles().filter((path) => path.endsWith('.md') && !path.startsWith('test/'));
const moved: Readonly<Record<string, string>> = {
  'docs/operations.md': 'expressions.md',
  'docs/operating.md': 'administration.md',
  'docs/local-stack.md': 'contributing/local-stack.md',
  'docs/repository.md': 'contributing/repository.md',
};

function withoutFences(text: string): string {
  return text.replaceAll(/^ *```[\s\S]*?^ *```/gm, '');
}

/** The anchors that GitHub gives to the headings of a page. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of withoutFences(text).matchAll(/^#{1,6} (.*)$/gm)) {
    const words = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = words.replaceAll(/[^\p{Letter}\p{Number}\p{Mark} _-]/gu, '').replaceAll(' ', '-');
    let unique = anchor;
    for (let count = 1; anchors.has(unique); count++) unique = `${anchor}-${count}`;
    anchors.add(unique);
  }
  return anchors;
}

/** Links to a heading, in this page or another one, that no heading has. */
function brokenAnchors(page: string, text: string, read = readText): string[] {
  const links = Array.from(text.matchAll(/\]\(([^)#\s]*)#([^)\s]+)\)/g), ([, file = '', anchor = '']) => [
    file,
    anchor,
  ]);
  return links
    .filter(([file = '']) => !/^[a-z]+:/.test(file) && (file === '' || file.endsWith('.md')))
    .filter(([file = '', anchor = '']) => {
      const target = file === '' ? page : posix.join(posix.dirname(page), file);
      return !anchorsOf(target === page ? text : read(target)).has(anchor);
    })
    .map(([file = '', anchor = '']) => `${file}#${anchor}`);
}

/** The options of each command, from its help. */
function readOptions(reference: string): Map<string, Set<string>> {
  const sections = reference.split(/^## mathmill ?/m).slice(1);
  return new Map(
    sections.map((section) => [
      /^[a-z ]*/.exec(section)?.[0] ?? '',
      new Set(Array.from(section.matchAll(/(?<=^ {2}|, )--?[a-z][a-z-]*/gm), ([option]) => option)),
    ]),
  );
}

/** Options that a page gives to a command and that the command does not have. */
function unknownOptions(text: string, options: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const joined = text.replaceAll(/ *\\\n */g, ' ');
  const calls = joined.matchAll(/(?<!-n )\bmathmill (?<command>[a-z]+)(?<rest>[^\n`;|&<>]*)/g);
  return Array.from(calls, ({ groups = {} }) => {
    const { command = '', rest = '' } = groups;
    const unquoted = rest.replaceAll(/"[^"]*"|'[^']*'/g, '');
    const given = Array.from(unquoted.matchAll(/(?<= )--?[a-z][a-z-]*/g), ([option]) => option);
    const below = `${command} ${/^ ([a-z]+)/.exec(rest)?.[1] ?? ''}`;
    const name = options.has(below) ? below : command;
    const known = options.get(name);
    if (known === undefined) return given.length > 0 ? [`mathmill ${name}`] : [];
    return given.filter((option) => !known.has(option)).map((option) => `mathmill ${name} ${option}`);
  }).flat();
}

/** Programs of the repository that a page calls and that are not there. */
function missingPrograms(text: string): string[] {
  const programs = Array.from(text.matchAll(/\bnode ([a-z][\w/-]*\.(?:m?js|ts))\b/g), ([, path = '']) => path);
  return programs.filter((path) => path.includes('/') && !path.startsWith('dist/') && !existsSync(join(root, path)));
}

/** Files and folders of the repository that a page names as code and that are not there. */
function missingPaths(text: string): string[] {
  const pattern = /`((?:bench|bin|deploy|docs|scripts|src|test|\.github)\/[\w./-]*\w)\/?`/g;
  const named = Array.from(text.matchAll(pattern), ([, path = '']) => path);
  return named.filter((path) => !existsSync(join(root, path)));
}

/** The first mention of an application that does not say what it is. */
function unexplained(text: string): string[] {
  const prose = withoutFences(text).replaceAll(/`[^`]*`|\]\([^)]*\)|<!--[\s\S]*?-->/g, '');
  return (
    [
      ['client', 'API node'],
      ['server', 'worker'],
    ] as const
  ).flatMap(([name, role]) => {
    const first = new RegExp(String.raw`\b${name}-applications?\b\**( \((?:an? )?${role}s?\b)?`, 'i').exec(prose);
    return first !== null && first[1] === undefined ? [`${name}-application (${role})`] : [];
  });
}

describe('the pages', () => {
  const options = readOptions(readText('docs/cli.md'));

  for (const page of pages) {
    const text = readText(page);
    it(`${page} leads to headings that are there`, () => {
      assert.deepEqual(brokenAnchors(page, text), []);
    });
    it(`${page} gives commands options that they have`, () => {
      assert.deepEqual(unknownOptions(text, options), []);
    });
    it(`${page} calls programs and names files that are there`, () => {
      // The changelog names files of the past too.
      const files = page === 'CHANGELOG.md' ? [] : missingPaths(text);
      assert.deepEqual([...missingPrograms(text), ...files], []);
    });
    it(`${page} says what client- and server-application are where it names them first`, () => {
      if (!page.startsWith('docs/runbooks/')) assert.deepEqual(unexplained(text), []);
    });
  }

  it('have links from the index, each of them', () => {
    const index = readText('docs/README.md');
    const listed = pages.filter(
      (page) => page.startsWith('docs/') && !page.startsWith('docs/runbooks/') && !(page in moved),
    );
    assert.deepEqual(
      listed.filter((page) => page !== 'docs/README.md' && !index.includes(`](${page.slice('docs/'.length)})`)),
      [],
    );
  });

  for (const [page, target] of Object.entries(moved)) {
    it(`${page} leads to ${target}`, () => {
      assert.match(readText(page), /^# Moved\n\nThis page moved to \[.*\]\(.*\)\.\n$/);
      assert.ok(readText(page).includes(`](${target})`));
      assert.ok(existsSync(new URL(`../../docs/${target}`, import.meta.url)));
    });
  }
});

describe('deliberate faults', () => {
  it('anchors: the rules of GitHub, and a heading that is not there', () => {
    const text =
      '# A `b` & C (d)\n\n```\n# not one\n```\n\n## Twice\n\n## Twice\n\n[1](#a-b--c-d) [2](#twice-1) [3](#not-one)';
    assert.deepEqual(brokenAnchors('docs/page.md', text), ['#not-one']);
    assert.deepEqual(
      brokenAnchors('docs/page.md', '[1](x.md#a) [2](x.md#b) [3](http://x.md#c)', () => '# A'),
      ['x.md#b'],
    );
  });

  it('options: of another command, of a command that is not there', () => {
    const options = new Map([['run', new Set(['--mode', '-o'])]]);
    const text =
      '`mathmill run x --mode y -o z` `mathmill run --follow "--quoted"` `mathmill mill --x` mathmill serves well';
    assert.deepEqual(unknownOptions(text, options), ['mathmill run --follow', 'mathmill mill']);
  });

  it('programs: one that is not there', () => {
    const text = '`node bench/absent.ts --x`, `node bench/memory.ts`, `node dist/built.js`, `node local.mjs`';
    assert.deepEqual(missingPrograms(text), ['bench/absent.ts']);
  });

  it('files: one that is not there', () => {
    const text = '`src/config.ts`, `src/absent.ts`, `test/docs/`, `src/**/*.ts`, `test/absent`';
    assert.deepEqual(missingPaths(text), ['src/absent.ts', 'test/absent']);
  });

  it('applications: named without their role first', () => {
    const roles = 'a client-application (API node), the **server-applications** (workers), a client-application';
    assert.deepEqual(unexplained(roles), []);
    assert.deepEqual(unexplained('`client-application` then client-application, server-application (worker)'), [
      'client-application (API node)',
    ]);
  });
});
