import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { createLineEvaluator } from '../../src/expression/index.ts';
import { answerOf, evaluatorOf } from './evaluate.ts';
import { createRandom } from './properties/random.ts';

/** Runs of digits that no precision holds. */
const zeros = '0'.repeat(1_000);
const nines = '9'.repeat(1_000);

/** In decimal mode at 34 digits, unless another precision is given. */
const table: readonly (readonly [line: string, result: string, precision?: number])[] = [
  // A literal is exact, and the operation that takes it rounds.
  ['340282366920938463463374607431768211455 - 340282366920938463463374607431768211440', '15'],
  ['340282366920938463463374607431768211455 == 340282366920938463463374607431768211440', 'false'],
  ['0xffffffffffffffffffffffffffffffff - 0xfffffffffffffffffffffffffffffff0', '15'],
  ['0xffffffffffffffffffffffffffffffff == 0xfffffffffffffffffffffffffffffff0', 'false'],
  ['0b11111 - 0b11110', '1', 1],
  ['0o777 - 0o776', '1', 1],
  ['1.0000000000000000000000000000000000001 == 1', 'false'],
  [`1.${zeros}1 > 1`, 'true'],
  [`1.${zeros}1 - 1`, '1e-1001'],
  [`(1.${zeros}1 - 1) * 3`, '3e-1001'],
  [`1.${zeros}1 * 1 == 1`, 'true'],
  ['12345 * 10', '100000', 1],
  ['12345 - 12344', '1', 1],
  ['123 + 0 == 123', 'false', 2],
  // A literal that is the result is rounded once.
  ['340282366920938463463374607431768211455', '3.402823669209384634633746074317682e+38'],
  ['(340282366920938463463374607431768211455)', '3.402823669209384634633746074317682e+38'],
  ['-340282366920938463463374607431768211455', '-3.402823669209384634633746074317682e+38'],
  ['+340282366920938463463374607431768211455', '3.402823669209384634633746074317682e+38'],
  ['0xffffffffffffffffffffffffffffffff', '3.402823669209384634633746074317682e+38'],
  ['1.2250000001', '1.23', 3],
  ['1.225', '1.22', 3],
  ['12345', '12340', 4],
  ['2 > 1 ? 1.2250000001 : 0', '1.23', 3],
  ['if(1 > 2, 0, 1.225)', '1.22', 3],
  // Signs, parentheses and conditions are no operations: what they return is exact.
  ['-340282366920938463463374607431768211455 + 340282366920938463463374607431768211440', '-15'],
  ['-(340282366920938463463374607431768211455) == -340282366920938463463374607431768211440', 'false'],
  ['(2 > 1 ? 12345 : 0) - 12344', '1', 1],
  ['+12345 - 12344', '1', 1],
  // Functions decide on the exact values, and round what they return.
  ['abs(-12345) - 12344', '-2000', 1],
  ['max(12345, 12344) - 12344', '-2000', 1],
  ['min(1.24, 1.23)', '1.2', 2],
  ['min(12345, 12346) - 12345 == 10000 - 12345', 'true', 1],
  ['clamp(5, 12344, 12345)', '10000', 1],
  ['median(12346, 12344, 12345)', '10000', 1],
  ['median(12346, 12344)', '10000', 1],
  ['mean(12344, 12346) - 12345', '-2000', 1],
  ['sum(12345, -12344)', '1', 1],
  ['sum(1e34, 1, -1e34)', '1'],
  ['hypot(12345, 0)', '10000', 1],
  ['stddev(12344, 12346)', '1', 1],
  ['variance(12344, 12346)', '2', 1],
  ['floor(1.99999)', '1', 1],
  ['ceil(12.00001)', '13', 2],
  ['trunc(-1.99999)', '-1', 1],
  [`floor(1.${nines})`, '1'],
  [`round(0.4${nines})`, '0'],
  ['round(1.2345, 3)', '1.2', 2],
  ['sign(1.00001 - 1)', '1', 1],
  [`1.${zeros}1 ^ 2`, '1'],
  ['12345 ^ 2', '152000000', 3],
  ['sqrt(152399025)', '12345', 5],
  ['sqrt(152399025)', '12300', 3],
  [`sqrt(${'1'.repeat(1_100)})`, '3.333333333333333333333333333333333e+549'],
  ['exp(1.0000000000000000000000000000000000001)', '2.718281828459045235360287471352662'],
  [`ln(1.${zeros}1)`, '1e-1001'],
  [`log2(1.${zeros}1)`, '1.442695040888963407359924681001892e-1001'],
  [`acosh(1.${zeros}1)`, '4.472135955e-501', 10],
  [`acos(0.${nines})`, '1.414213562e-500', 10],
  [`atanh(0.${nines})`, '1151.63912', 10],
  // Integers of more digits than the precision are exact as literals.
  ['340282366920938463463374607431768211455 % 7', '3'],
  ['1e40 % 7', '4'],
  ['-1e40 % 7', '-4'],
  ['-1e40 mod 7', '3'],
  ['1e999999 % 7', '6'],
  ['1e40 % (3 + 4)', '4'],
  ['12345 % 10', '5', 1],
  ['gcd(340282366920938463463374607431768211455, 3)', '3'],
  ['gcd(1e40, 12)', '4'],
  ['lcm(12345, 2)', '24690', 4],
  ['isprime(170141183460469231731687303715884105727)', 'true'],
  ['isprime(170141183460469231731687303715884105728)', 'false'],
  ['bitand(0xffffffffffffffffffffffffffffffff, 0xff)', '255'],
  ['shr(0xffffffffffffffffffffffffffffffff, 120)', '255'],
  ['100!', '9e+157', 1],
  ['comb(100, 2)', '5000', 1],
  // Results of that size are not, nor are quotients.
  ['10 ^ 40 % 7', 'RANGE 9-10'],
  ['(1 + 1e40) % 7', 'RANGE 12-13'],
  ['1e40 % 0.7', 'RANGE 6-7'],
  ['5 % 1e-40', 'RANGE 3-4'],
  ['div(1e40, 7)', 'RANGE 1-4'],
  ['isprime(2 ^ 127 - 1)', 'RANGE 1-8'],
  ['gcd(2 ^ 127 - 1, 3)', 'RANGE 1-4'],
  ['(50 + 50)!', 'RANGE 10-11', 1],
  // Also literals beyond the range of results are exact.
  ['1e7000', 'OVERFLOW 1-7'],
  ['1e-7000', '0'],
  ['1e-7000 == 0', 'false'],
  ['1e7000 > 1e6999', 'true'],
  ['1e7000 - 1e7000', '0'],
  ['1e7000 / 1e6999', '10'],
  ['1e-7000 * 1e7000', '1'],
  ['1e6144 * 10', 'OVERFLOW 8-9'],
  ['1e-6144 / 10', '0'],
  ['1e-6144 / 10 == 0', 'true'],
  ['1e-6144', '1e-6144'],
  // Constants are values of the precision.
  ['pi == 3.141592653589793238462643383279503', 'true'],
  ['pi == 3.1415926535897932384626433832795028841971', 'false'],
  ['pi - 3.1415926535897932384626433832795028841971', '1.158029e-34'],
  // Plain digits for as long as all of them are known.
  ['2^100', '1267650600228229401496703205376'],
  ['123456789012345678901234567890 + 1', '123456789012345678901234567891'],
  ['2^128', '3.402823669209384634633746074317682e+38'],
  ['2^128', '340282366920938463463374607431768211456', 39],
  ['2^128', '3.4028236692093846346337460743176821146e+38', 38],
  ['1e20', '100000000000000000000', 1],
  ['1e21', '1e+21', 1],
  ['1e21', '1e+21', 21],
  ['1e21', '1000000000000000000000', 22],
  ['1e-7', '0.0000001', 100],
  ['9.9e-8', '9.9e-8', 100],
  // Cases that people met elsewhere.
  ['2^65 - 1', '36893488147419103231'],
  ['262144 * 9123456789012345671', '2391659456498852343578624'],
  ['shl(1, 40)', '1099511627776'],
  ['cos(rad(270))', '-3.262957540990626587314624168884617e-34'],
  ['tan(214112296674652)', '3855691461342749.077609997361406175'],
  ['731559299844350546248888 mod 7', '5'],
  ['98765432109876543 % 2.0', '1'],
  ['0xABCDEF0123456789', '12379813738877118345'],
];

describe('literals of decimal mode', () => {
  for (const [line, result, precision = 34] of table) {
    it(`${line.replaceAll(zeros, '0…0').replaceAll(nines, '9…9').slice(0, 90)} at ${precision} digits`, () => {
      assert.equal(answerOf(line, 'decimal', precision), result);
    });
  }

  it('say what to do about integers that a result does not hold', () => {
    const messageOf = (line: string): string => {
      const outcome = evaluatorOf('decimal').evaluateText(line);
      return outcome.kind === 'error' ? outcome.error.message : assert.fail(line);
    };
    for (const line of ['10 ^ 40 % 7', 'div(1e40, 7)', 'isprime(2 ^ 127 - 1)', 'gcd(2 ^ 127 - 1, 3)']) {
      assert.match(messageOf(line), /use a higher precision, or mode=bigint/, line);
    }
    assert.equal(answerOf('isprime(2 ^ 127 - 1)', 'bigint'), 'true');
    assert.equal(answerOf('isprime(2 ^ 127 - 1)', 'decimal', 39), 'true');
    assert.equal(answerOf('10 ^ 40 % 7', 'decimal', 41), '4');
  });

  it('cost more the longer they are', () => {
    const costOf = (digits: number): number => {
      const evaluator = createLineEvaluator({ mode: 'decimal', precision: 34 });
      evaluator.evaluateText(`${'7'.repeat(digits)} * ${'7'.repeat(digits)}`);
      return evaluator.cost;
    };
    assert.equal(costOf(34), costOf(1));
    assert.equal(costOf(150), costOf(1));
    assert.ok(costOf(1_100) > costOf(600) && costOf(600) > costOf(150), `${costOf(600)}, ${costOf(1_100)}`);
  });
});

describe('results of decimal mode', () => {
  it('read back as the same number, with no more digits than the precision', () => {
    const random = createRandom(7);
    for (let precision = 1; precision <= 100; precision += 1) {
      const edge = Math.max(21, precision);
      const evaluator = evaluatorOf('decimal', precision);
      for (let count = 0; count < 60; count += 1) {
        const digits = Array.from({ length: 1 + random.integer(precision + 5) }, () => random.integer(10)).join('');
        const exponent = random.pick([edge, edge - 1, edge + 1, 0, -7, -8, random.integer(12_000) - 6_000]);
        const line = `${random.pick(['', '-'])}${1 + random.integer(9)}.${digits}e${exponent - random.integer(3)}`;
        const first = evaluator.evaluateText(line);
        const text = first.kind === 'result' ? first.text : assert.fail(line);
        const again = evaluator.evaluateText(text);
        assert.equal(again.kind === 'result' && again.text, text, `${line} at ${precision}`);
        const written = text.replace(/e.*|[-.]/g, '').replace(/^0+/, '');
        assert.ok(written.replace(/0+$/, '').length <= precision, `${text} at ${precision}`);
        const adjusted = /e/.test(text) ? Number(text.replace(/.*e/, '')) : undefined;
        if (adjusted !== undefined) assert.ok(adjusted >= edge || adjusted < -7, `${text} at ${precision}`);
        else assert.ok((text.split('.')[0] ?? '').replace('-', '').length <= edge, `${text} at ${precision}`);
      }
    }
  });
});
