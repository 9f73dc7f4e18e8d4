/** Only float64 has a negative zero. It is never seen, except through atan2, which follows IEEE 754. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { functionTable, numberModes } from '../../src/expression/index.ts';
import { answerOf } from './evaluate.ts';

const pi = '3.141592653589793';
const decimalPi = '3.141592653589793238462643383279503';

const cases: readonly (readonly [line: string, float64: string, decimal: string])[] = [
  ['atan2(0, 0)', '0', '0'],
  ['atan2(-0, 0)', '0', '0'],
  ['atan2(0, -0)', pi, '0'],
  ['atan2(-0, -0)', `-${pi}`, '0'],
  ['atan2(0, 0 * -1)', pi, '0'],
  ['atan2(0, round(-0.4))', pi, '0'],
  ['atan2(0, -0 + 0)', '0', '0'],
  ['atan2(0, -1)', pi, decimalPi],
  ['atan2(-0, -1)', `-${pi}`, decimalPi],
  // It is below the smallest double.
  ['atan2(0, -1e-400)', pi, decimalPi],
  ['atan2(-1e-400, -1)', `-${pi}`, `-${decimalPi}`],
  ['1 / -0', 'DIV0 3-4', 'DIV0 3-4'],
  ['(-0) ^ -1', 'DIV0 6-7', 'DIV0 6-7'],
];

describe('the negative zero', () => {
  for (const [line, float64, decimal] of cases) {
    it(`${line} is ${float64} in float64 and ${decimal} in decimal`, () => {
      assert.deepEqual([answerOf(line, 'float64'), answerOf(line, 'decimal')], [float64, decimal]);
    });
  }

  it('is equal to zero in every mode, and is written like it', () => {
    for (const mode of numberModes) {
      for (const line of ['-0', '0 * -1', '-0 % 5', '-5 % 5', '-5 mod 5', '0 / -3', '-(0)', '-0 - 0']) {
        assert.equal(answerOf(line, mode), '0', `${line} in ${mode}`);
        assert.equal(answerOf(`${line} == 0`, mode), 'true', `${line} in ${mode}`);
        assert.equal(answerOf(`${line} < 0`, mode), 'false', `${line} in ${mode}`);
      }
    }
  });

  it('is written without its sign by every function', () => {
    let zeros = 0;
    for (const { name, arity, modes } of functionTable) {
      for (const mode of modes) {
        for (const value of ['-0', '-0.25', '-1e-320']) {
          const answer = answerOf(`${name}(${Array.from({ length: arity.min }, () => value).join(', ')})`, mode);
          assert.doesNotMatch(answer, /^-0(?:\.0*)?$/, `${name} of ${value} in ${mode}`);
          if (answer === '0') zeros += 1;
        }
      }
    }
    assert.ok(zeros > 100, `only ${zeros} results are zero`);
  });
});
