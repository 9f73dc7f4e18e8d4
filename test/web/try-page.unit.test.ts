/** The pure parts of the page that evaluates one expression. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Language, NumberMode } from '../../web/src/api/types.ts';
import { findInLanguage, listLanguage } from '../../web/src/pages/try/language-rows.ts';
import { commonError, toOutcome, type ModeOutcome } from '../../web/src/pages/try/outcome.ts';

const language: Language = {
  engine_version: '3',
  modes: ['decimal', 'float64'],
  operators: [
    {
      symbols: ['+', '-'],
      precedence: 1,
      grouping: 'left',
      description: 'Sum.',
      examples: [{ line: '1 + 2', result: '3' }],
    },
  ],
  functions: ['sqrt', 'max', 'round'].map((name) => ({
    name,
    signature: `${name}(x)`,
    arity: { min: 1, max: 1 },
    returns: 'number',
    modes: name === 'round' ? ['decimal'] : ['decimal', 'float64'],
    cost: 1,
    bound: name === 'sqrt' ? 'x ≥ 0' : '',
    description: name === 'max' ? 'The largest, not the square root.' : `About ${name}.`,
    examples: [],
  })),
  constants: [{ name: 'pi', modes: ['decimal', 'float64'], description: 'Circles.', examples: [] }],
};
const groups = listLanguage(language);
const formsOf = (text: string) => findInLanguage(groups, text).flatMap(({ rows }) => rows.map(({ form }) => form));

describe('the table of functions', () => {
  it('has functions, constants and operators', () => {
    assert.deepEqual(formsOf(''), ['sqrt(x)', 'max(x)', 'round(x)', 'pi', '+  -']);
  });

  it('names the modes only where they are not all, and the bound of arguments', () => {
    const [sqrt, max, round] = groups[0]?.rows ?? [];
    assert.equal(sqrt?.description, 'About sqrt. Arguments: x ≥ 0.');
    assert.equal(max?.modes, undefined);
    assert.deepEqual(round?.modes, ['decimal']);
  });

  for (const [text, forms] of [
    ['SQRT', ['sqrt(x)']],
    ['square root', ['max(x)']],
    ['1 + 2', ['+  -']],
    ['  ', ['sqrt(x)', 'max(x)', 'round(x)', 'pi', '+  -']],
    ['.*', []],
  ] as const) {
    it(`finds ${JSON.stringify(text)}`, () => assert.deepEqual(formsOf(text), forms));
  }

  it('has what begins with the text first', () => {
    assert.deepEqual(formsOf('ro'), ['round(x)', 'max(x)']);
  });
});

describe('what came of an expression', () => {
  const error = { code: 'DIV0', message: 'Division by zero.', column: 3, end_column: 4 };
  const failed: ModeOutcome = { kind: 'error', error };
  const outcomesOf = (...outcomes: readonly ModeOutcome[]) =>
    new Map<NumberMode, ModeOutcome>(outcomes.map((outcome, index) => [language.modes[index] ?? 'decimal', outcome]));

  it('is an error of all modes only if it is the same in all', () => {
    assert.deepEqual(commonError(outcomesOf(failed, { kind: 'error', error: { ...error } })), error);
    assert.equal(commonError(outcomesOf(failed, { kind: 'error', error: { ...error, column: 1 } })), undefined);
    assert.equal(commonError(outcomesOf(failed, { kind: 'result', result: 'Infinity' })), undefined);
    assert.equal(commonError(new Map()), undefined);
  });

  it('is read from the answer of the server', () => {
    assert.deepEqual(toOutcome({ request: '1', result: '1' }), { kind: 'result', result: '1' });
    assert.deepEqual(toOutcome({ request: '1 / 0', error }), failed);
    assert.equal(toOutcome(undefined), undefined);
  });
});
