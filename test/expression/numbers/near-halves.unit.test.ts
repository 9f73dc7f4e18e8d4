/** Numbers that lie next to a half of the last place, decided by digits far beyond it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createLineEvaluator } from '../../../src/expression/index.ts';

describe('a number next to a half is rounded to its own side', () => {
  const cases: readonly [line: string, precision: number, result: string][] = [
    // x + x²/2 + … + x⁵/120 ends in a half at 100 digits; x⁶/720 is on top.
    [
      'expm1(99e-24)',
      100,
      '9.900000000000000000000490050000000000000000016171650000000000000000400248337500000000000007924917083e-23',
    ],
    // Exactly a half: to even.
    ['2.25 ^ 1.5', 3, '3.38'],
    ['2.25 ^ 1.5', 4, '3.375'],
  ];
  for (const [line, precision, result] of cases) {
    it(`${line} at ${precision} digits`, () => {
      const outcome = createLineEvaluator({ mode: 'decimal', precision }).evaluateText(line);
      assert.equal(outcome.kind === 'result' ? outcome.text : outcome.error.code, result);
    });
  }
});
