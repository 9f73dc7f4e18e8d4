/** The examples of the pages about expressions: a line, two spaces or more, its result or the code of its error, and the mode if it is not the default. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import { numberModes } from '../../src/expression/index.ts';
import { answerOf } from '../expression/evaluate.ts';

const folder = new URL('../../docs/', import.meta.url);

function examplesOf(page: string): string[][] {
  const blocks = readFileSync(new URL(page, folder), 'utf8').matchAll(/^```\n([\s\S]*?)^```$/gm);
  return Array.from(blocks, ([, block = '']) => block.trimEnd().split('\n'))
    .flat()
    .map((example) => example.split(/ {2,}/));
}

for (const [page, examplesMin] of [
  ['expressions.md', 10],
  ['expression-questions.md', 90],
] as const) {
  describe(`the examples of docs/${page}`, () => {
    const examples = examplesOf(page);

    for (const [line = '', right, modeName = 'decimal'] of examples) {
      it(`${line} in ${modeName}`, () => {
        const mode = numberModes.find((name) => name === modeName) ?? assert.fail(`there is no mode ${modeName}`);
        // Of an error, the columns follow.
        assert.equal(answerOf(line, mode).split(' ')[0], right);
      });
    }

    it('are found', () => {
      assert.ok(examples.length >= examplesMin, `only ${examples.length}`);
    });
  });
}
