/** Numbers that lie next to a half of the last place, decided by digits far beyond it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Decimal } from 'decimal.js';
import { createLineEvaluator } from '../../../src/expression/index.ts';
import { preciseOracle, roundedText } from './number-cases.ts';

function outcomeOf(line: string, precision: number): string {
  const outcome = createLineEvaluator({ mode: 'decimal', precision }).evaluateText(line);
  return outcome.kind === 'result' ? outcome.text : outcome.error.code;
}

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
    ['cbrt(1.952125)', 3, '1.25'],
    ['cbrt(1.860867)', 3, '1.23'],
    ['sqrt(1.5625)', 2, '1.2'],
    ['1.5625 ^ 0.5', 2, '1.2'],
    ['log2(32768)', 1, '20'],
    ['log10(1e25)', 1, '20'],
    // Not quite a half, by a digit that only the literal has.
    [`cbrt(1.953125${'0'.repeat(500)}1)`, 2, '1.3'],
    [`cbrt(1.953124${'9'.repeat(500)})`, 2, '1.2'],
    [`1.5625${'0'.repeat(900)}1 ^ 0.5`, 2, '1.3'],
    [`1.5624${'9'.repeat(900)} ^ 0.5`, 2, '1.2'],
    [`hypot(0.75, 1.0000${'0'.repeat(300)}1)`, 2, '1.3'],
    [`hypot(1.25, 1e-999999)`, 2, '1.3'],
    [`hypot(1.24${'9'.repeat(300)}, 1e-400)`, 2, '1.2'],
    [`hypot(1.24${'9'.repeat(300)}, 1e-100)`, 2, '1.3'],
    ['sum(1.25, 1e-999999)', 2, '1.3'],
    ['sum(1.25, -1e-999999)', 2, '1.2'],
    [`mean(2.5${'0'.repeat(700)}1, 2.5, 2.5)`, 1, '3'],
    // A function that differs from its argument by less than the last digit of that.
    ['sin(1.25e-300)', 2, '1.2e-300'],
    ['tan(1.25e-300)', 2, '1.3e-300'],
    ['asin(1.25e-300)', 2, '1.3e-300'],
    ['atan(1.25e-300)', 2, '1.2e-300'],
    ['sinh(-1.25e-300)', 2, '-1.3e-300'],
    ['tanh(1.25e-300)', 2, '1.2e-300'],
    ['asinh(-1.25e-300)', 2, '-1.2e-300'],
    ['atanh(1.25e-300)', 2, '1.3e-300'],
    ['expm1(1.25e-300)', 2, '1.3e-300'],
    ['expm1(-1.25e-300)', 2, '-1.2e-300'],
    ['log1p(1.25e-300)', 2, '1.2e-300'],
    ['log1p(-1.25e-300)', 2, '-1.3e-300'],
    ['atan2(1.25e-300, 1)', 2, '1.2e-300'],
    ['atan2(1.25, 1e300)', 2, '1.2e-300'],
    [`sin(1.25${'0'.repeat(650)}1e-300)`, 2, '1.2e-300'],
    [`sin(1.25${'0'.repeat(550)}1e-300)`, 2, '1.3e-300'],
  ];
  for (const [line, precision, result] of cases) {
    it(`${line.length > 60 ? `${line.slice(0, 40)}…${line.slice(-12)}` : line} at ${precision} digits`, () => {
      assert.equal(outcomeOf(line, precision), result);
    });
  }

  const inverses: readonly [name: string, theirs: (x: Decimal) => Decimal, inverse: (x: Decimal) => Decimal][] = [
    ['exp', (x) => x.exp(), (y) => y.ln()],
    ['ln', (x) => x.ln(), (y) => y.exp()],
    ['cbrt', (x) => x.cbrt(), (y) => y.pow(3)],
    ['sin', (x) => x.sin(), (y) => y.asin()],
    ['tan', (x) => x.tan(), (y) => y.atan()],
    ['acos', (x) => x.acos(), (y) => y.cos()],
    ['atan', (x) => x.atan(), (y) => y.tan()],
    ['sinh', (x) => x.sinh(), (y) => y.asinh()],
    ['asinh', (x) => x.asinh(), (y) => y.sinh()],
    ['atanh', (x) => x.atanh(), (y) => y.tanh()],
    ['pow', (x) => x.pow('2.5'), (y) => y.pow('0.4')],
  ];
  for (const [name, theirs, inverse] of inverses) {
    for (const [half, precision] of [
      ['0.45', 1],
      ['0.4725', 3],
      ['0.81234567890123455', 16],
    ] as const) {
      it(`${name} where it is nearly ${half}, by a literal of 90 digits`, () => {
        const Wide = preciseOracle(300);
        const closest = inverse(new Wide(half)).toSignificantDigits(90);
        const unit = new Wide(10).pow(closest.e - 89);
        for (const x of [closest, closest.plus(unit), closest.minus(unit)]) {
          const line = name === 'pow' ? `${x.toFixed()} ^ 2.5` : `${name}(${x.toFixed()})`;
          assert.equal(outcomeOf(line, precision), roundedText(theirs(x), precision), line);
        }
      });
    }
  }
});
