/**
 * Pages, messages, help texts and comments use the terms that readers know: none of the words in word-list.ts.
 *
 * How to use it:
 *
 *     node scripts/list-words.ts docs/api.md     # every word found in the file, with its line and what to write instead
 *     node scripts/list-words.ts                 # the same for all files
 *     node --test test/docs/words.unit.test.ts
 *
 * Code in backticks and in fences is not checked. A phrase that is right although it contains a word belongs into `except` of
 * its entry, with the reason.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { readText } from '../repository/files.ts';
import { checkedFiles } from './checked-files.ts';
import { findWords } from './find-words.ts';
import { wordList } from './word-list.ts';

describe('the word list', () => {
  const files = checkedFiles();

  it('reads every kind of file', () => {
    for (const path of [
      'README.md',
      'docs/api.md',
      'src/config.ts',
      'bin/mathmill.mjs',
      'web/src/app.tsx',
      'Makefile',
    ]) {
      assert.ok(files.includes(path), path);
    }
  });

  for (const path of files) {
    it(path, () => {
      const found = findWords(path, readText(path));
      const lines = found.map(({ line, word, instead }) => `${path}:${line}: "${word}": ${instead}`);
      assert.deepEqual(lines, []);
    });
  }
});

/** The words that are found in a file of this name and content, with their lines. */
function foundIn(path: string, content: string): string[] {
  return findWords(path, content).map(({ line, word }) => `${line} ${word}`);
}

describe('a word of the list is found', () => {
  it('in a page, across a line break and in a table', () => {
    assert.deepEqual(foundIn('docs/page.md', '# Page\n\nAn upload is under\nway.\n\n| a | asked for |\n'), [
      '3 under way',
      '6 | asked for |',
    ]);
  });

  it('in a message: literal, template, text of the web page', () => {
    assert.deepEqual(foundIn('a.ts', "const a = 'the store\\'s host is out of reach';"), ['1 out of reach']);
    assert.deepEqual(
      foundIn('a.ts', 'const a = `${count} jobs\n are under way, ${b ? `of the ${c} whole numbers` : d}`;'),
      ['2 under way', '2 whole numbers'],
    );
    assert.deepEqual(
      foundIn('a.tsx', 'const a = <p title="Number of processors">\n  One operation a line, {b} one a line.\n</p>;'),
      ['1 processors', '2 one a line'],
    );
  });

  it('in a help text and a metric definition', () => {
    assert.deepEqual(foundIn('a.ts', "program.command('x').description('Show how far the upload under way is');"), [
      '1 under way',
    ]);
    assert.deepEqual(foundIn('a.ts', "const metric = { description: 'Time of processors.' };"), ['1 processors']);
  });

  it('in a comment of a program, a script and a Makefile', () => {
    assert.deepEqual(
      foundIn('a.ts', '/**\n * Default:\n * nobody.\n */\n// It goes\n// on.\nconst a = 1; // at once\n'),
      ['3 nobody', '5 goes on', '7 at once'],
    );
    assert.deepEqual(foundIn('a.sh', '#!/bin/sh\n# A start\n# goes on.\n'), ['3 goes on']);
    assert.deepEqual(foundIn('Makefile', 'run: ## Run it at once\n\ttrue'), ['1 at once']);
  });

  it('in British spelling', () => {
    assert.deepEqual(foundIn('a.md', 'We recognise the behaviour of a neighbour, whose licence was cancelled.\n'), [
      '1 recognise',
      '1 behaviour',
      '1 neighbour',
      '1 licence',
    ]);
  });

  it('whatever the entry', () => {
    assert.ok(wordList.length > 60);
    assert.deepEqual(
      wordList.filter(({ instead, except = [] }) => !instead || except.some(({ reason }) => !reason)),
      [],
    );
  });
});

describe('no word of the list is found', () => {
  it('in code, names, keys and addresses', () => {
    assert.deepEqual(
      foundIn('a.md', 'A `nobody` and [x](y/whole-numbers#at-once)\n\n```sh\necho under way # at once\n```\n'),
      [],
    );
    assert.deepEqual(foundIn('a.ts', "import x from './texts.ts';\nconst refused = /at once/; // `at once`\n"), []);
    assert.deepEqual(foundIn('a.ts', "const nobody = { whoever: 'nobody' };"), []);
  });

  it('in a phrase that is right', () => {
    assert.deepEqual(
      foundIn('a.md', 'Connection refused. Square brackets [ ]. Word processors. How to tell a minus from a dash.'),
      [],
    );
  });

  it('where the rest of the text makes the phrase a different one', () => {
    assert.deepEqual(foundIn('a.md', 'The brackets (square brackets) of a text box.'), ['1 brackets']);
  });
});
