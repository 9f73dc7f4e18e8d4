/** A formula over a row means what the line means in which the numbers of the cells stand in its names' places. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';

import { createLineEvaluator, numberModes } from '../../../src/expression/index.ts';
import type { NumberMode, Outcome } from '../../../src/expression/index.ts';
import { lineOf } from '../properties/expression-tree.ts';
import type { Tree } from '../properties/expression-tree.ts';
import { createRandom } from '../properties/random.ts';
import { treeArbitrary, treeStocks } from '../properties/tree-arbitrary.ts';
import { answersOf, cellsOf, compiledOf } from './table-case.ts';

const header = ['price', 'unit price (€)', 'größe', 'qty'];
const names = ['price', '`unit price (€)`', 'größe', '@4', 'row'];
const row = 17;

/** The tree with what `textOf` says for each name of a column. */
function withNumbers(tree: Tree, textOf: (name: string) => string | undefined): Tree {
  const inner = (other: Tree): Tree => withNumbers(other, textOf);
  switch (tree.kind) {
    case 'literal':
      return tree;
    case 'name': {
      const text = textOf(tree.name);
      return text === undefined ? tree : { kind: 'literal', text: `(${text})` };
    }
    case 'binary':
      return { ...tree, left: inner(tree.left), right: inner(tree.right) };
    case 'prefix':
    case 'factorial':
      return { ...tree, operand: inner(tree.operand) };
    case 'call':
      return { ...tree, values: tree.values.map(inner) };
    case 'condition':
      return { ...tree, test: inner(tree.test), yes: inner(tree.yes), no: inner(tree.no) };
  }
}

function answerOf(outcome: Outcome): string {
  return outcome.kind === 'result' ? outcome.text : `${outcome.error.code} ${outcome.error.message}`;
}

/** Without the place, which is another one in the formula. */
function withoutPlace(answer: string): string {
  return answer.replace(/^([A-Z][A-Z_0-9]*) \d+-\d+ /, '$1 ');
}

function numbersOf(mode: NumberMode): fc.Arbitrary<string> {
  const sign = fc.constantFrom('', '', '', '-', '+', '−');
  const odd = [
    '0',
    '007',
    '0.0',
    '1000000000000000',
    '9007199254740993',
    '0.1234567890123456789',
    '1e3',
    '5.',
    '12E-1',
  ];
  const digits = fc.oneof(treeStocks[mode].literals, fc.constantFrom(...odd));
  return fc.tuple(sign, digits).map((parts) => parts.join(''));
}

describe('a formula over a row equals the line with the numbers of the row', () => {
  for (const mode of numberModes) {
    it(`in ${mode} mode`, () => {
      const trees = treeArbitrary({ ...treeStocks[mode], names: [...treeStocks[mode].names, ...names, ...names] });
      const lines = createLineEvaluator({ mode, precision: 34 });
      const rows = fc.array(numbersOf(mode), { minLength: 4, maxLength: 4 });
      const check = (tree: Tree, cells: readonly string[], seed: number): void => {
        const formula = lineOf(tree, createRandom(seed));
        const places = new Map<string, string>(names.map((name, index) => [name, cells[index] ?? String(row)]));
        const line = lineOf(
          withNumbers(tree, (name) => places.get(name)),
          createRandom(seed),
        );
        const compiled = compiledOf({ formulas: [`result = ${formula}`], header, mode });
        const expected = answerOf(lines.evaluateText(line));
        const answer =
          compiled.kind === 'refused'
            ? `${compiled.code} ${compiled.message}`
            : withoutPlace(answersOf(compiled.createEvaluator(), cellsOf(cells), row)[0] ?? '');
        assert.equal(answer, expected, `${formula}    ${line}`);
      };
      fc.assert(fc.property(trees, rows, fc.nat(), check), { numRuns: 1_000 });
    });
  }
});
