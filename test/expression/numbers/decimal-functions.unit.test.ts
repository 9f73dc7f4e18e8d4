import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { Budget } from '../../../src/expression/budget.ts';
import { type BigDecimal, compare, createDecimal } from '../../../src/expression/numbers/big-decimal.ts';
import { createDecimalArithmetic } from '../../../src/expression/numbers/decimal-arithmetic.ts';
import { decimalText } from '../../../src/expression/numbers/decimal-text.ts';
import { callOutcome, decimals, numberOf, preciseOracle, roundedText, toOracle } from './number-cases.ts';

const decimal = createDecimalArithmetic(34);
const precisions = [1, 3, 16, 34, 100];
/** decimal.js takes up to milliseconds a call. */
const oracleRuns = (precision: number): number => (precision > 50 ? 6 : 15);
const arithmetics = new Map(precisions.map((precision) => [precision, createDecimalArithmetic(precision)]));

function call(precision: number, name: string, ...values: readonly BigDecimal[]): BigDecimal {
  const compute = arithmetics.get(precision)?.functions.get(name);
  assert.ok(compute);
  return compute(values, new Budget());
}

type Transform = (x: Decimal) => Decimal;

/** The functions of one argument, with how decimal.js has them and which of the arguments (tens of 10^size) to try. */
const cases: readonly (readonly [name: string, theirs: Transform, size: number, accepts?: (x: Decimal) => boolean])[] =
  [
    ['sqrt', (x) => x.sqrt(), 60, (x) => x.gte(0)],
    ['cbrt', (x) => x.cbrt(), 60],
    ['exp', (x) => x.exp(), 2],
    ['expm1', (x) => x.exp().minus(1), 1],
    ['ln', (x) => x.ln(), 30, (x) => x.gt(0)],
    ['log2', (x) => x.log(2), 20, (x) => x.gt(0)],
    ['log10', (x) => x.log(10), 20, (x) => x.gt(0)],
    ['log1p', (x) => x.plus(1).ln(), 5, (x) => x.gt(-1)],
    ['sin', (x) => x.sin(), 6],
    ['cos', (x) => x.cos(), 6],
    ['tan', (x) => x.tan(), 6],
    ['asin', (x) => x.asin(), 0, (x) => x.abs().lte(1)],
    ['acos', (x) => x.acos(), 0, (x) => x.abs().lte(1)],
    ['atan', (x) => x.atan(), 8],
    ['sinh', (x) => x.sinh(), 1],
    ['cosh', (x) => x.cosh(), 1],
    ['tanh', (x) => x.tanh(), 1],
    ['asinh', (x) => x.asinh(), 8],
    ['acosh', (x) => x.acosh(), 8, (x) => x.gte(1)],
    ['atanh', (x) => x.atanh(), 0, (x) => x.abs().lt(1)],
  ];

/** Arguments of all sizes up to 10^size, down to where the functions are trivial, and with more digits than the precision. */
function argumentsUpTo(precision: number, size: number): fc.Arbitrary<BigDecimal> {
  const lengths = fc.constantFrom(precision, precision, 2 * precision + 9);
  return fc.oneof(
    {
      weight: 3,
      arbitrary: lengths
        .chain((digits) => decimals(digits, Math.max(size, 1)))
        .map((x) => ({ ...x, exponent: x.exponent - Math.max(1 - size, 0) })),
    },
    {
      weight: 1,
      arbitrary: lengths
        .chain((digits) => decimals(digits, Math.ceil(digits / 2)))
        .map((x) => ({ ...x, exponent: Math.min(x.exponent, -x.coefficient.toString().length) })),
    },
    // 1 ± a little
    {
      weight: 1,
      arbitrary: fc
        .integer({ min: -9, max: 9 })
        .map((units) => createDecimal(10n ** BigInt(precision) + BigInt(units), -precision, precision)),
    },
  );
}

describe('decimal functions are rounded correctly', () => {
  for (const precision of precisions) {
    // sqrt(1 - 10^-p) is a half but for 10^-2p.
    const Oracle = preciseOracle(2 * precision);
    // The oracle's 1 that is added or taken away costs it as many digits as a small argument has zeros.
    const WideOracle = preciseOracle(5 * precision);
    for (const [name, theirs, size, accepts] of cases) {
      it(`${name} at ${precision} digits`, () => {
        fc.assert(
          fc.property(argumentsUpTo(precision, size), (value) => {
            const x = toOracle(value, name === 'expm1' || name === 'log1p' ? WideOracle : Oracle);
            fc.pre(accepts?.(x) ?? true);
            assert.equal(decimalText(call(precision, name, value), precision), roundedText(theirs(x), precision));
          }),
          { numRuns: oracleRuns(precision) },
        );
      });
    }

    it(`x ^ y at ${precision} digits`, () => {
      fc.assert(
        fc.property(decimals(2 * precision, 3), decimals(2 * precision, 2), (base, exponent) => {
          const x = toOracle(base, Oracle).abs();
          const size = { ...base, coefficient: base.coefficient < 0n ? -base.coefficient : base.coefficient };
          assert.equal(
            decimalText(call(precision, 'pow', size, exponent), precision),
            roundedText(x.pow(toOracle(exponent, Oracle)), precision),
          );
        }),
        { numRuns: oracleRuns(precision) },
      );
    });

    it(`log(x, base), atan2 and hypot at ${precision} digits`, () => {
      fc.assert(
        fc.property(decimals(2 * precision, 4), decimals(2 * precision, 4), (first, second) => {
          const [x, y] = [toOracle(first, Oracle), toOracle(second, Oracle)];
          assert.equal(
            decimalText(call(precision, 'hypot', first, second), precision),
            roundedText(x.times(x).plus(y.times(y)).sqrt(), precision),
          );
          assert.equal(
            decimalText(call(precision, 'atan2', first, second), precision),
            roundedText(Oracle.atan2(x, y), precision),
          );
          if (x.lte(0) || y.lte(0) || y.eq(1)) return;
          assert.equal(
            decimalText(call(precision, 'log', first, second), precision),
            roundedText(x.ln().dividedBy(y.ln()), precision),
          );
        }),
        { numRuns: oracleRuns(precision) },
      );
    });
  }

  it('60 digits rounded to 34 are what 34 digits give', () => {
    const fine = createDecimalArithmetic(60);
    fc.assert(
      fc.property(fc.constantFrom(...cases), decimals(34, 1), ([name, , , accepts], value) => {
        fc.pre(accepts?.(toOracle(value, preciseOracle(34))) ?? true);
        const exact = fine.functions.get(name)?.([value], new Budget());
        assert.ok(exact);
        const rounded = createDecimal(exact.coefficient, exact.exponent, 34);
        assert.equal(compare(rounded, call(34, name, value)), 0, `${name}(${decimalText(value, 34)})`);
      }),
      { numRuns: 300 },
    );
  });

  it('the constants have all their digits', () => {
    const digits = {
      pi: '3.141592653589793238462643383279502884197169399375105820974944592307816406286208998628034825342117068',
      tau: '6.283185307179586476925286766559005768394338798750211641949889184615632812572417997256069650684234136',
      e: '2.718281828459045235360287471352662497757247093699959574966967627724076630353547594571382178525166427',
      phi: '1.618033988749894848204586834365638117720309179805762862135448622705260462818902449707207204189391137',
    };
    for (const [name, text] of Object.entries(digits)) {
      for (let precision = 1; precision <= 100; precision += 1) {
        const constant = createDecimalArithmetic(precision).constants.get(name);
        assert.ok(constant);
        const Oracle = preciseOracle(100);
        // The text above is itself rounded at its end, which decides nothing at fewer digits.
        assert.equal(
          decimalText(constant(new Budget()), precision),
          roundedText(new Oracle(text), precision),
          `${name} at ${precision}`,
        );
      }
    }
  });
});

describe('decimal functions at special values', () => {
  const table: readonly (readonly [name: string, values: readonly string[], outcome: string])[] = [
    ['abs', ['-2.5'], '2.5'],
    ['sign', ['-7'], '-1'],
    ['sign', ['0'], '0'],
    ['sign', ['1e-6000'], '1'],
    ['floor', ['-2.5'], '-3'],
    ['ceil', ['-2.5'], '-2'],
    ['ceil', ['1e-6144'], '1'],
    ['floor', ['-1e-6144'], '-1'],
    ['trunc', ['-2.5'], '-2'],
    ['trunc', ['1e6144'], '1e+6144'],
    ['round', ['2.5'], '3'],
    ['round', ['-2.5'], '-3'],
    ['round', ['2.4999999999999999999999'], '2'],
    ['round', ['-2.675', '2'], '-2.68'],
    ['round', ['1250', '-2'], '1300'],
    ['round', ['5', '-1'], '10'],
    ['round_even', ['2.5'], '2'],
    ['round_even', ['-3.5'], '-4'],
    ['round_even', ['2.50000000000000000000001'], '3'],
    ['round_even', ['2.665', '2'], '2.66'],
    ['round_even', ['5', '-1'], '0'],
    ['round_even', ['15', '-1'], '20'],
    ['round_even', ['1.5', '0.5'], 'DOMAIN'],
    ['round', ['4', '-1'], '0'],
    ['round', ['1.5', '99999'], '1.5'],
    ['round', ['1.5', '-99999'], '0'],
    ['round', ['1.5', '1e600'], '1.5'],
    ['round', ['1.5', '0.5'], 'DOMAIN'],
    ['div', ['7', '2'], '3'],
    ['div', ['-7', '2'], '-3'],
    ['div', ['7.5', '0.25'], '30'],
    ['div', ['1', '0'], 'DIV0'],
    ['div', ['1e40', '3'], 'RANGE'],
    ['mod', ['-7', '3'], '2'],
    ['mod', ['7', '-3'], '-2'],
    ['mod', ['5.5', '2'], '1.5'],
    ['min', ['3', '-1e3', '2'], '-1000'],
    ['max', ['3', '1e3', '2'], '1000'],
    ['sum', ['0.1', '0.2', '0.3'], '0.6'],
    ['mean', ['1', '2', '3', '4'], '2.5'],
    ['median', ['5', '1', '9'], '5'],
    ['median', ['10', '1', '3', '2'], '2.5'],
    ['clamp', ['15', '0', '10'], '10'],
    ['clamp', ['-15', '0', '10'], '0'],
    ['clamp', ['5', '0', '10'], '5'],
    ['clamp', ['5', '10', '0'], 'DOMAIN'],
    ['variance', ['2', '4', '4', '4', '5', '5', '7', '9'], '4.571428571428571428571428571428571'],
    ['variance', ['1e20', '1e20', '1e20'], '0'],
    ['variance', ['0', '0'], '0'],
    ['variance', ['1000000000000000000000000000000.1', '1000000000000000000000000000000.2'], '0.005'],
    ['stddev', ['1', '2', '3', '4', '5', '6'], '1.870828693386970692791874366158275'],
    ['stddev', ['1e3000', '-1e3000'], '1.414213562373095048801688724209698e+3000'],
    ['sqrt', ['0'], '0'],
    ['sqrt', ['2.25'], '1.5'],
    ['sqrt', ['1e-6144'], '1e-3072'],
    ['sqrt', ['1e6143'], '3.162277660168379331998893544432719e+3071'],
    ['sqrt', ['-1'], 'DOMAIN'],
    ['cbrt', ['-27'], '-3'],
    ['cbrt', ['0'], '0'],
    ['cbrt', ['0.001'], '0.1'],
    ['nthroot', ['81', '4'], '3'],
    ['nthroot', ['81', '-4'], '0.3333333333333333333333333333333333'],
    ['nthroot', ['-32', '5'], '-2'],
    ['nthroot', ['-16', '4'], 'DOMAIN'],
    ['nthroot', ['16', '0'], 'DOMAIN'],
    ['nthroot', ['16', '0.5'], 'DOMAIN'],
    ['nthroot', ['0', '-3'], 'DIV0'],
    ['nthroot', ['7', '1'], '7'],
    ['nthroot', ['7', '1e6000'], '1'],
    ['nthroot', ['-1', '1e10'], 'DOMAIN'],
    ['pow', ['4', '0.5'], '2'],
    ['pow', ['2', '-1'], '0.5'],
    ['pow', ['10', '-3'], '0.001'],
    ['pow', ['10', '6144'], '1e+6144'],
    ['pow', ['10', '6145'], 'OVERFLOW'],
    ['pow', ['10', '-6145'], '0'],
    ['pow', ['10', '1e6000'], 'OVERFLOW'],
    ['pow', ['0.1', '1e6000'], '0'],
    ['pow', ['1.0000000000000000000000000000000001', '1e6000'], 'OVERFLOW'],
    ['pow', ['1.000000000000000000000000000000001', '1e6000'], 'OVERFLOW'],
    ['pow', ['0.9999999999999999999999999999999999', '1e6000'], '0'],
    ['pow', ['1.000000000000000000000000000000001', '1e33'], '2.718281828459045235360287471352661'],
    ['pow', ['9', '387420489'], 'OVERFLOW'],
    ['pow', ['7', '1e-6000'], '1'],
    ['pow', ['0', '0'], '1'],
    ['pow', ['0', '2.5'], '0'],
    ['pow', ['0', '-1'], 'DIV0'],
    ['pow', ['-8', '0.5'], 'DOMAIN'],
    ['pow', ['-2', '3'], '-8'],
    ['pow', ['-2', '-3'], '-0.125'],
    ['pow', ['-2', '1e20'], 'OVERFLOW'],
    ['pow', ['-1', '1e6000'], '1'],
    ['pow', ['-1', '999999999999999999999999'], '-1'],
    ['pow', ['-10', '3e0'], '-1000'],
    ['pow', ['1', '0.3'], '1'],
    ['hypot', ['3', '4'], '5'],
    ['hypot', ['-7'], '7'],
    ['hypot', ['0', '0'], '0'],
    ['hypot', ['3e6000', '4e6000'], '5e+6000'],
    ['hypot', ['1e6000', '1e-6000'], '1e+6000'],
    ['exp', ['0'], '1'],
    ['exp', ['1e-6000'], '1'],
    ['exp', ['1e6000'], 'OVERFLOW'],
    ['exp', ['-1e6000'], '0'],
    ['exp', ['14200'], 'OVERFLOW'],
    ['exp', ['-14200'], '0'],
    ['expm1', ['1e-6000'], '1e-6000'],
    ['expm1', ['-1e6000'], '-1'],
    ['expm1', ['-1000'], '-1'],
    ['ln', ['1'], '0'],
    ['ln', ['1.000'], '0'],
    ['ln', ['0'], 'DOMAIN'],
    ['ln', ['-1'], 'DOMAIN'],
    ['ln', ['1e6144'], '14147.08281135541668260653949758073'],
    ['log', ['1000', '10'], '3'],
    ['log', ['8', '4'], '1.5'],
    ['log', ['1', '7'], '0'],
    ['log', ['7', '1'], 'DOMAIN'],
    ['log', ['7', '-1'], 'DOMAIN'],
    ['log', ['0', '2'], 'DOMAIN'],
    ['log2', ['8'], '3'],
    ['log2', ['0.125'], '-3'],
    ['log10', ['1e-6144'], '-6144'],
    ['log1p', ['-1'], 'DOMAIN'],
    ['log1p', ['1e6000'], '13815.51055796427410410794872810619'],
    ['log1p', ['-1e-6000'], '-1e-6000'],
    ['sin', ['0'], '0'],
    ['sin', ['1e-6000'], '1e-6000'],
    ['sin', ['1e101'], 'RANGE'],
    ['sin', ['1e100'], '-0.3723761236612766882620866955531643'],
    ['cos', ['-1e101'], 'RANGE'],
    ['cos', ['1e-20'], '1'],
    ['tan', ['1.0001e100'], 'RANGE'],
    // Next to a zero of the sine: every digit comes from the 35th digit of pi on.
    ['sin', ['3.141592653589793238462643383279502'], '8.841971693993751058209749445923078e-34'],
    ['tan', ['1.570796326794896619231321691639751'], '2261938930836633226244288822199802'],
    ['asin', ['1'], '1.570796326794896619231321691639751'],
    ['asin', ['1.0000000001'], 'DOMAIN'],
    ['acos', ['-1'], '3.141592653589793238462643383279503'],
    ['acos', ['1e-6000'], '1.570796326794896619231321691639751'],
    ['acos', ['-2'], 'DOMAIN'],
    ['atan', ['1e6000'], '1.570796326794896619231321691639751'],
    ['atan', ['-1e-6000'], '-1e-6000'],
    ['atan2', ['0', '0'], '0'],
    ['atan2', ['0', '-1'], '3.141592653589793238462643383279503'],
    ['atan2', ['-1', '0'], '-1.570796326794896619231321691639751'],
    ['atan2', ['1e6000', '1e-6000'], '1.570796326794896619231321691639751'],
    ['atan2', ['1e-6000', '1e6000'], '0'],
    ['atan2', ['-1e-6000', '-1e6000'], '-3.141592653589793238462643383279503'],
    ['atan2', ['3e-3000', '2e3000'], '1.5e-6000'],
    ['sinh', ['1e5'], 'OVERFLOW'],
    ['sinh', ['-1e5'], 'OVERFLOW'],
    ['cosh', ['1e5'], 'OVERFLOW'],
    ['tanh', ['1e5'], '1'],
    ['tanh', ['-1e6000'], '-1'],
    ['asinh', ['1e6000'], '13816.20370514483404941736596022764'],
    ['acosh', ['9e6000'], '13818.40092972217026880015645070149'],
    ['acosh', ['1'], '0'],
    ['acosh', ['0.5'], 'DOMAIN'],
    ['atanh', ['1'], 'DOMAIN'],
    ['atanh', ['-1.5'], 'DOMAIN'],
    ['atanh', ['1e-6000'], '1e-6000'],
    ['deg', ['0'], '0'],
    ['deg', ['1'], '57.29577951308232087679815481410517'],
    ['rad', ['180'], '3.141592653589793238462643383279503'],
    ['rad', ['1e-6144'], '0'],
    ['gcd', ['12', '18', '-27'], '3'],
    ['gcd', ['0', '0'], '0'],
    ['gcd', ['1.5', '2'], 'DOMAIN'],
    ['gcd', ['1e40', '2'], '2'],
    ['lcm', ['4', '6', '-10'], '60'],
    ['lcm', ['0', '6'], '0'],
    ['factorial', ['0'], '1'],
    ['factorial', ['20'], '2432902008176640000'],
    ['factorial', ['2000'], '3.316275092450633241175393380576324e+5735'],
    ['factorial', ['2001'], 'TOO_BIG'],
    ['factorial', ['-1'], 'DOMAIN'],
    ['factorial', ['2.5'], 'DOMAIN'],
    ['comb', ['5', '2'], '10'],
    ['comb', ['5', '6'], '0'],
    ['comb', ['-5', '2'], 'DOMAIN'],
    ['comb', ['1e30', '1e29'], 'OVERFLOW'],
    ['perm', ['5', '2'], '20'],
    ['perm', ['5', '0'], '1'],
    ['perm', ['1e30', '1e3'], 'OVERFLOW'],
    ['bitand', ['12', '10'], '8'],
    ['bitand', ['-1', '255'], '255'],
    ['bitor', ['12', '10'], '14'],
    ['bitxor', ['12', '10'], '6'],
    ['bitnot', ['12'], '-13'],
    ['bitnot', ['1.5'], 'DOMAIN'],
    ['shl', ['3', '4'], '48'],
    ['shl', ['1', '30000'], 'OVERFLOW'],
    ['shl', ['1', '-1'], 'DOMAIN'],
    ['shr', ['-5', '1'], '-3'],
    ['shr', ['5', '1e30'], '0'],
  ];
  for (const [name, values, outcome] of table) {
    it(`${name}(${values.join(', ')}) is ${outcome}`, () => {
      assert.equal(callOutcome(decimal, name, ...values), outcome);
    });
  }

  it('takes what is exactly a half as one, at any precision', () => {
    const three = createDecimalArithmetic(3);
    // 2.25 ^ 1.5 = 3.375 and 6.25 ^ 1.5 = 15.625
    assert.equal(callOutcome(three, 'pow', '2.25', '1.5'), '3.38');
    assert.equal(callOutcome(createDecimalArithmetic(1), 'log', '8', '4'), '2');
    assert.equal(callOutcome(createDecimalArithmetic(4), 'pow', '6.25', '1.5'), '15.62');
  });

  it('refuses what is too much work before doing it', () => {
    const spread = Array.from({ length: 1_000 }, (_, index) => `1e${12 * index - 6_000}`);
    assert.equal(callOutcome(decimal, 'variance', ...spread), 'BUDGET');
  });

  it('charges the same however often a line is evaluated, and nothing for short whole powers', () => {
    const cost = (name: string, ...values: readonly string[]): number => {
      const budget = new Budget();
      const numbers = values.map((value) => numberOf(decimal, value));
      decimal.functions.get(name)?.(numbers, budget);
      return budget.used;
    };
    assert.equal(cost('exp', '1.25'), cost('exp', '1.25'));
    assert.ok(cost('exp', '1.25') > 0);
    for (const [x, y] of [
      ['2', '49'],
      ['3', '31'],
      ['10', '300'],
      ['7', '17'],
      ['2', '-10'],
    ] as const) {
      assert.equal(cost('pow', x, y), 0, `${x} ^ ${y}`);
    }
    assert.equal(cost('factorial', '17'), 0);
    assert.equal(cost('gcd', '123456789012345', '987654321098765'), 0);
  });
});
