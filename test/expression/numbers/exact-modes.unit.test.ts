import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Budget } from '../../../src/expression/budget.ts';
import { divideIntegers } from '../../../src/expression/numbers/big-decimal.ts';
import { createBigintArithmetic } from '../../../src/expression/numbers/bigint-arithmetic.ts';
import { createDecimalArithmetic } from '../../../src/expression/numbers/decimal-arithmetic.ts';
import { decimalText } from '../../../src/expression/numbers/decimal-text.ts';
import { createRationalArithmetic } from '../../../src/expression/numbers/rational-arithmetic.ts';
import type { Rational } from '../../../src/expression/numbers/rational.ts';
import { callOutcome, numberOf, outcomeOf, wholeNumbers } from './number-cases.ts';

const rational = createRationalArithmetic();
const bigint = createBigintArithmetic();
const budget = (): Budget => new Budget();

type Operation = 'add' | 'subtract' | 'multiply' | 'divide' | 'remainder' | 'modulo' | 'power';

/** A fraction written as `7/4`. */
function fraction(text: string): Rational {
  const [above = '', below = '1'] = text.split('/');
  return rational.divide(numberOf(rational, above), numberOf(rational, below), budget());
}

const fractions = (bits: number): fc.Arbitrary<Rational> =>
  fc
    .tuple(
      wholeNumbers(bits),
      wholeNumbers(bits).filter((value) => value !== 0n),
    )
    .map(([a, b]) => rational.divide({ numerator: a, denominator: 1n }, { numerator: b, denominator: 1n }, budget()));

function isReduced({ numerator, denominator }: Rational): boolean {
  let [a, b] = [numerator < 0n ? -numerator : numerator, denominator];
  while (b !== 0n) [a, b] = [b, a % b];
  return denominator > 0n && a === 1n;
}

describe('rational arithmetic', () => {
  it('agrees with cross multiplication, and keeps fractions reduced', () => {
    fc.assert(
      fc.property(fractions(400), fractions(400), (a, b) => {
        const [an, ad, bn, bd] = [a.numerator, a.denominator, b.numerator, b.denominator];
        const expected: readonly (readonly [Rational, bigint, bigint])[] = [
          [rational.add(a, b, budget()), an * bd + bn * ad, ad * bd],
          [rational.subtract(a, b, budget()), an * bd - bn * ad, ad * bd],
          [rational.multiply(a, b, budget()), an * bn, ad * bd],
        ];
        for (const [result, numerator, denominator] of expected) {
          assert.equal(result.numerator * denominator, numerator * result.denominator);
          assert.ok(isReduced(result));
        }
        assert.equal(Math.sign(rational.compare(a, b, budget())), an * bd < bn * ad ? -1 : an * bd > bn * ad ? 1 : 0);
        if (bn === 0n) return;
        const quotient = rational.divide(a, b, budget());
        assert.equal(quotient.numerator * ad * bn, quotient.denominator * an * bd);
        assert.ok(isReduced(quotient));
        const whole = rational.functions.get('div')?.([a, b], budget());
        const rest = rational.remainder(a, b, budget());
        const brought = rational.modulo(a, b, budget());
        assert.ok(whole);
        assert.deepEqual(rational.add(rational.multiply(whole, b, budget()), rest, budget()), a);
        assert.ok(isReduced(rest) && isReduced(brought));
        assert.ok(rest.numerator === 0n || rest.numerator < 0n === an < 0n);
        assert.ok(brought.numerator === 0n || brought.numerator < 0n === bn < 0n);
      }),
      { numRuns: 500 },
    );
  });

  it('rounded to the precision, is what decimal gives for one operation', () => {
    for (const precision of [5, 34, 100]) {
      const decimal = createDecimalArithmetic(precision);
      const integers = wholeNumbers(Math.floor(precision * 3.3));
      fc.assert(
        fc.property(
          integers,
          integers,
          fc.constantFrom('add', 'subtract', 'multiply', 'divide'),
          (a, b, operation: Operation) => {
            fc.pre(b !== 0n || operation !== 'divide');
            // As decimals of the same digits, so that both modes have the same numbers.
            const [x, y] = [decimal.fromInteger(a), decimal.fromInteger(b)];
            const [r, s] = [x, y].map(({ coefficient, exponent }) =>
              rational.parseLiteral(`${coefficient}e${exponent}`, budget()),
            );
            assert.ok(r && s);
            const { numerator, denominator } = rational[operation](r, s, budget());
            assert.equal(
              decimalText(decimal[operation](x, y, budget()), precision),
              decimalText(divideIntegers(numerator, denominator, 0, precision), precision),
            );
          },
        ),
        { numRuns: 300 },
      );
    }
  });

  const literals: readonly (readonly [written: string, text: string])[] = [
    ['0', '0'],
    ['0.5', '1/2'],
    ['0.1', '1/10'],
    ['2.50', '5/2'],
    ['1e3', '1000'],
    ['12e-1', '6/5'],
    ['0xff', '255'],
    ['1e2466', `1${'0'.repeat(2_466)}`],
    ['1e2467', 'TOO_BIG'],
    ['1e999999', 'TOO_BIG'],
    ['1e-999999', 'TOO_BIG'],
    ['0e999999', '0'],
  ];
  for (const [written, text] of literals) {
    it(`reads ${written}`, () => {
      assert.equal(
        outcomeOf(rational, () => numberOf(rational, written)),
        text,
      );
    });
  }

  const powers: readonly (readonly [x: string, y: string, outcome: string])[] = [
    ['2/3', '3', '8/27'],
    ['2/3', '-3', '27/8'],
    ['-2/3', '-3', '-27/8'],
    ['-2/3', '2', '4/9'],
    ['0', '0', '1'],
    ['0', '5', '0'],
    ['0', '-1', 'DIV0'],
    ['0', '-1/2', 'DIV0'],
    ['4', '1/2', '2'],
    ['4/9', '-1/2', '3/2'],
    ['8/27', '2/3', '4/9'],
    ['2', '1/2', 'INEXACT'],
    ['1/2', '1/3', 'INEXACT'],
    ['-8', '1/3', 'DOMAIN'],
    ['1', '1/7', '1'],
    ['2', '8191', (2n ** 8191n).toString()],
    ['2', '8192', 'TOO_BIG'],
    ['1/2', '8192', 'TOO_BIG'],
    ['9', '387420489', 'TOO_BIG'],
    ['-1', '99999999999999999999', '-1'],
    ['3', '99999999999999999999', 'TOO_BIG'],
  ];
  for (const [x, y, outcome] of powers) {
    it(`${x} ^ (${y})`, () => {
      assert.equal(
        outcomeOf(rational, (charged) => rational.power(fraction(x), fraction(y), charged)),
        outcome,
      );
    });
  }

  const calls: readonly (readonly [name: string, values: readonly string[], outcome: string])[] = [
    ['abs', ['-7/4'], '7/4'],
    ['sign', ['-7/4'], '-1'],
    ['floor', ['-7/4'], '-2'],
    ['ceil', ['-7/4'], '-1'],
    ['trunc', ['-7/4'], '-1'],
    ['round', ['-5/2'], '-3'],
    ['round', ['2/3', '2'], '67/100'],
    ['round', ['1250', '-2'], '1300'],
    ['round', ['1/3', '3000'], 'TOO_BIG'],
    ['round', ['1/4', '99999999999999999999'], '1/4'],
    ['round', ['1/4', '-99999999999999999999'], '0'],
    ['round', ['1/4', '1/2'], 'DOMAIN'],
    ['round_even', ['5/2'], '2'],
    ['round_even', ['-7/2'], '-4'],
    ['round_even', ['1/8', '2'], '3/25'],
    ['round_even', ['3/8', '2'], '19/50'],
    ['round_even', ['2/3', '2'], '67/100'],
    ['round_even', ['1250', '-2'], '1200'],
    ['div', ['7/2', '3/4'], '4'],
    ['div', ['-7/2', '3/4'], '-4'],
    ['div', ['1', '0'], 'DIV0'],
    ['mod', ['-7/2', '3/4'], '1/4'],
    ['min', ['1/2', '1/3', '3/7'], '1/3'],
    ['max', ['1/2', '1/3', '3/7'], '1/2'],
    ['sum', ['1/2', '1/3', '1/6'], '1'],
    ['mean', ['1', '2', '4'], '7/3'],
    ['median', ['1/2', '1/3'], '5/12'],
    ['median', ['9', '1', '5'], '5'],
    ['variance', ['2', '4', '4', '4', '5', '5', '7', '9'], '32/7'],
    ['stddev', ['1', '2', '3'], '1'],
    ['stddev', ['1', '2'], 'INEXACT'],
    ['clamp', ['1/2', '2/3', '1'], '2/3'],
    ['clamp', ['1', '2', '0'], 'DOMAIN'],
    ['sqrt', ['9/16'], '3/4'],
    ['sqrt', ['2'], 'INEXACT'],
    ['sqrt', ['-1'], 'DOMAIN'],
    ['cbrt', ['-8/27'], '-2/3'],
    ['nthroot', ['16/81', '-4'], '3/2'],
    ['nthroot', ['-32', '-5'], '-1/2'],
    ['nthroot', ['16', '0'], 'DOMAIN'],
    ['nthroot', ['0', '-2'], 'DIV0'],
    ['nthroot', ['2', '99999999999999999999'], 'INEXACT'],
    ['nthroot', ['16', '1/2'], 'DOMAIN'],
    ['hypot', ['3/5', '4/5'], '1'],
    ['hypot', ['1', '1'], 'INEXACT'],
    ['gcd', ['12', '18'], '6'],
    ['gcd', ['1/2', '18'], 'DOMAIN'],
    ['lcm', ['4', '6'], '12'],
    ['factorial', ['20'], '2432902008176640000'],
    ['factorial', ['1000'], 'TOO_BIG'],
    ['comb', ['10', '3'], '120'],
    ['comb', ['100000', '50000'], 'TOO_BIG'],
    ['perm', ['10', '3'], '720'],
    ['bitxor', ['-12', '10'], '-2'],
    ['shl', ['1', '8191'], (1n << 8191n).toString()],
    ['shl', ['1', '8192'], 'TOO_BIG'],
    ['shl', ['0', '99999999999999999999'], '0'],
    ['shr', ['5', '99999999999999999999'], '0'],
    ['shr', ['-5', '99999999999999999999'], '-1'],
  ];
  for (const [name, values, outcome] of calls) {
    it(`${name}(${values.join(', ')})`, () => {
      const compute = rational.functions.get(name);
      assert.ok(compute);
      assert.equal(
        outcomeOf(rational, (charged) => compute(values.map(fraction), charged)),
        outcome,
      );
    });
  }
});

describe('bigint arithmetic', () => {
  it('agrees with BigInt', () => {
    fc.assert(
      fc.property(wholeNumbers(3_000), wholeNumbers(3_000), (a, b) => {
        assert.equal(bigint.add(a, b, budget()), a + b);
        assert.equal(bigint.subtract(a, b, budget()), a - b);
        assert.equal(bigint.multiply(a, b, budget()), a * b);
        assert.equal(Math.sign(bigint.compare(a, b, budget())), a < b ? -1 : a > b ? 1 : 0);
        if (b === 0n) return;
        assert.equal(bigint.divide(a * b, b, budget()), a);
        assert.equal(bigint.functions.get('div')?.([a, b], budget()), a / b);
        assert.equal(bigint.remainder(a, b, budget()), a % b);
        assert.equal(bigint.modulo(a, b, budget()), ((a % b) + b) % b);
        if (a % b !== 0n) assert.throws(() => bigint.divide(a, b, budget()), { code: 'INEXACT' });
      }),
      { numRuns: 300 },
    );
  });

  const largest = (1n << 65_536n) - 1n;

  it('keeps within 65,536 bits', () => {
    assert.equal(bigint.add(largest, -1n, budget()), largest - 1n);
    const beyond: readonly ((charged: Budget) => bigint)[] = [
      (charged) => bigint.add(largest, 1n, charged),
      (charged) => bigint.subtract(-largest, 1n, charged),
      (charged) => bigint.multiply(largest, 2n, charged),
      (charged) => bigint.multiply(1n << 40_000n, 1n << 25_536n, charged),
      (charged) => bigint.power(2n, 65_536n, charged),
      (charged) => bigint.power(3n, 10n ** 30n, charged),
      (charged) => bigint.factorial(10_000n, charged),
      (charged) => bigint.factorial(10_001n, charged),
      (charged) => bigint.parseLiteral('1e19729', charged),
      (charged) => bigint.parseLiteral('1e999999', charged),
    ];
    for (const compute of beyond) assert.equal(outcomeOf(bigint, compute), 'TOO_BIG');
    assert.equal(bigint.multiply(1n << 40_000n, 1n << 25_535n, budget()), 1n << 65_535n);
    assert.equal(bigint.power(2n, 65_535n, budget()), 1n << 65_535n);
    assert.equal(bigint.power(-1n, 10n ** 30n + 1n, budget()), -1n);
  });

  const literals: readonly (readonly [written: string, text: string])[] = [
    ['12', '12'],
    ['1e3', '1000'],
    ['1.5e1', '15'],
    ['2.0', '2'],
    ['0.5', 'TYPE'],
    ['1e-3', 'TYPE'],
    ['1e-999999', 'TYPE'],
    ['0e-999999', '0'],
    ['0xff', '255'],
  ];
  for (const [written, text] of literals) {
    it(`reads ${written}`, () => {
      assert.equal(
        outcomeOf(bigint, () => numberOf(bigint, written)),
        text,
      );
    });
  }

  const calls: readonly (readonly [name: string, values: readonly string[], outcome: string])[] = [
    ['abs', ['-7'], '7'],
    ['sign', ['-7'], '-1'],
    ['floor', ['-7'], '-7'],
    ['ceil', ['7'], '7'],
    ['trunc', ['7'], '7'],
    ['round', ['1250', '-2'], '1300'],
    ['round', ['-1250', '-2'], '-1300'],
    ['round', ['1249', '-2'], '1200'],
    ['round_even', ['1250', '-2'], '1200'],
    ['round_even', ['1350', '-2'], '1400'],
    ['round_even', ['-1250', '-2'], '-1200'],
    ['round_even', ['1251', '-2'], '1300'],
    ['round_even', ['7', '3'], '7'],
    ['round', ['50', '-2'], '100'],
    ['round', ['49', '-2'], '0'],
    ['round', ['5', '-99999999999999999999'], '0'],
    ['round', ['5', '99999999999999999999'], '5'],
    ['div', ['-7', '2'], '-3'],
    ['div', ['7', '0'], 'DIV0'],
    ['mod', ['-7', '2'], '1'],
    ['mod', ['7', '0'], 'DIV0'],
    ['min', ['3', '-1', '2'], '-1'],
    ['max', ['3', '-1', '2'], '3'],
    ['sum', ['3', '-1', '2'], '4'],
    ['mean', ['3', '-1', '4'], '2'],
    ['mean', ['3', '-1', '2'], 'INEXACT'],
    ['median', ['9', '1', '5'], '5'],
    ['median', ['1', '3'], '2'],
    ['median', ['1', '2'], 'INEXACT'],
    ['clamp', ['7', '1', '5'], '5'],
    ['clamp', ['0', '1', '5'], '1'],
    ['clamp', ['3', '1', '5'], '3'],
    ['clamp', ['3', '5', '1'], 'DOMAIN'],
    ['sqrt', ['144'], '12'],
    ['sqrt', ['145'], 'INEXACT'],
    ['sqrt', ['-4'], 'DOMAIN'],
    ['cbrt', ['-27'], '-3'],
    ['nthroot', ['1024', '10'], '2'],
    ['nthroot', ['1024', '-10'], 'INEXACT'],
    ['nthroot', ['-1', '-3'], '-1'],
    ['nthroot', ['1', '-3'], '1'],
    ['pow', ['2', '100'], (2n ** 100n).toString()],
    ['pow', ['2', '-1'], 'INEXACT'],
    ['pow', ['0', '-1'], 'DIV0'],
    ['pow', ['0', '0'], '1'],
    ['pow', ['-1', '-3'], '-1'],
    ['pow', ['1', '-3'], '1'],
    ['gcd', ['-12', '18', '27'], '3'],
    ['lcm', ['-4', '6'], '12'],
    ['lcm', [(1n << 40_000n).toString(), (3n ** 20_000n).toString()], 'TOO_BIG'],
    ['factorial', ['25'], '15511210043330985984000000'],
    ['factorial', ['-1'], 'DOMAIN'],
    ['comb', ['5', '3'], '10'],
    ['comb', ['5', '-3'], 'DOMAIN'],
    ['comb', ['99999999999999999999', '99999999999999999998'], '99999999999999999999'],
    ['comb', ['99999999999999999999', '9999999999'], 'TOO_BIG'],
    ['perm', ['5', '3'], '60'],
    ['perm', ['3', '5'], '0'],
    ['bitand', ['-1', '255'], '255'],
    ['bitor', ['-256', '255'], '-1'],
    ['bitxor', ['12', '10'], '6'],
    ['bitnot', ['0'], '-1'],
    ['shl', ['-3', '2'], '-12'],
    ['shl', ['3', '-2'], 'DOMAIN'],
    ['shl', ['1', '65536'], 'TOO_BIG'],
    ['shr', ['-5', '1'], '-3'],
    ['shr', ['5', '-1'], 'DOMAIN'],
  ];
  for (const [name, values, outcome] of calls) {
    it(`${name}(${values.map((value) => value.slice(0, 20)).join(', ')})`, () => {
      assert.equal(callOutcome(bigint, name, ...values), outcome);
    });
  }

  it('knows primes in all three modes', () => {
    const prime = (1n << 89n) - 1n;
    for (const [n, expected] of [
      [prime, true],
      [prime + 2n, false],
    ] as const) {
      assert.equal(bigint.predicates.get('isprime')?.([n], budget()), expected);
      assert.equal(rational.predicates.get('isprime')?.([{ numerator: n, denominator: 1n }], budget()), expected);
      const decimal = createDecimalArithmetic(34);
      assert.equal(decimal.predicates.get('isprime')?.([decimal.fromInteger(n)], budget()), expected);
    }
    assert.throws(() => rational.predicates.get('isprime')?.([fraction('1/2')], budget()), { code: 'DOMAIN' });
  });

  it('refuses what would take too long', () => {
    assert.throws(() => bigint.predicates.get('isprime')?.([largest], budget()), { code: 'BUDGET' });
    const charged = budget();
    const slow = (): void => {
      for (;;) bigint.multiply(1n << 32_000n, 1n << 32_000n, charged);
    };
    assert.throws(slow, { code: 'BUDGET' });
  });
});
