import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';

import { ByteBuffer } from '../../src/expression/byte-buffer.ts';
import { float64Constants, float64Functions } from '../../src/expression/float64/functions.ts';
import { Budget } from '../../src/expression/budget.ts';
import { binaryExponent } from '../../src/expression/float64/double-parts.ts';
import { power } from '../../src/expression/float64/power.ts';
import { float64Predicates } from '../../src/expression/float64/whole-functions.ts';
import { writeFloat64 } from '../../src/expression/float64/write-float64.ts';
import { constantTable, functionTable } from '../../src/expression/index.ts';
import { answerOf } from './evaluate.ts';

function written(value: number): string {
  const output = new ByteBuffer();
  writeFloat64(value, output);
  return output.asciiText();
}

describe('the number writer', () => {
  const same = (value: number): void => assert.equal(written(value), String(value === 0 ? 0 : value));

  it('writes what String does, on any double', () => {
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), same), { numRuns: 20_000 });
  });

  it('writes what String does, on short decimals and their neighbours', () => {
    const mantissas = fc.integer({ min: -(10 ** 9), max: 10 ** 9 });
    fc.assert(
      fc.property(
        mantissas,
        fc.integer({ min: 0, max: 12 }),
        fc.integer({ min: -2, max: 2 }),
        (mantissa, places, steps) => {
          const value = mantissa / 10 ** places;
          same(value * (1 + steps * Number.EPSILON));
        },
      ),
      { numRuns: 20_000 },
    );
  });

  it('writes what String does, around every power of ten and two', () => {
    for (let exponent = -330; exponent <= 308; exponent += 1) {
      const power = Number(`1e${exponent}`);
      for (const factor of [1, 1 - Number.EPSILON / 2, 1 + Number.EPSILON, 0.5, 5, 9.999999, 1.5, 123456.789])
        same(power * factor);
    }
    for (let exponent = -1074; exponent <= 1023; exponent += 1) {
      const power = 2 ** exponent;
      for (const value of [power, power - 1, power + 1, -power, power * 1.5, power + 0.5]) same(value);
    }
  });
});

/** x^n rounded once, from exact integers: x is an integer times a power of two. */
function exactPower(x: number, n: number): number {
  const exponent = binaryExponent(Math.abs(x)) - 52;
  const mantissa = BigInt(x / 2 ** exponent) ** BigInt(Math.abs(n));
  return n >= 0 ? roundedRatio(mantissa, 1n, exponent * n) : roundedRatio(1n, mantissa, exponent * n);
}

function bitLength(value: bigint): number {
  return value.toString(2).length;
}

/** numerator / denominator × 2^exponent as the nearest double, ties to even. */
function roundedRatio(numerator: bigint, denominator: bigint, exponent: number): number {
  const above = numerator < 0n ? -numerator : numerator;
  const below = denominator < 0n ? -denominator : denominator;
  // A quotient of at least 56 bits, its last bit set if there is a rest, so that it rounds as the exact quotient would.
  const shift = Math.max(56 + bitLength(below) - bitLength(above), 0);
  const shifted = above << BigInt(shift);
  const quotient = (shifted / below) | (shifted % below === 0n ? 0n : 1n);
  const dropped = Math.max(bitLength(quotient) - 53, -1074 - exponent + shift);
  const kept = quotient >> BigInt(dropped);
  const rest = quotient - (kept << BigInt(dropped));
  const half = 1n << BigInt(dropped - 1);
  const isUp = rest > half || (rest === half && kept % 2n === 1n);
  const size = Number(kept + (isUp ? 1n : 0n)) * 2 ** (exponent - shift + dropped);
  return numerator < 0n === denominator < 0n ? size : -size;
}

describe('integer powers', () => {
  it('are rounded once, against exact arithmetic', () => {
    fc.assert(
      fc.property(fc.double({ min: -1000, max: 1000, noNaN: true }), fc.integer({ min: -120, max: 120 }), (x, n) => {
        fc.pre(Math.abs(x) > 1e-250);
        assert.equal(power(x, n, new Budget()), exactPower(x, n));
      }),
      { numRuns: 4_000 },
    );
  });

  it('are exact for short decimals, and down to the smallest double', () => {
    for (const x of [1.1, 0.1, 2.5, 3, 7, 10, 1.0001, 99.99, 0.3]) {
      for (let n = -300; n <= 300; n += 1) {
        assert.equal(power(x, n, new Budget()), exactPower(x, n), `${x} ^ ${n}`);
      }
    }
    for (let n = 1_000; n <= 1_080; n += 1) {
      assert.equal(power(2, -n, new Budget()), exactPower(2, -n), `2 ^ -${n}`);
      assert.equal(power(1.9, -n, new Budget()), exactPower(1.9, -n), `1.9 ^ -${n}`);
    }
  });

  it('have the special cases of zero and one, and huge exponents', () => {
    assert.equal(answerOf('0 ^ 0', 'float64'), '1');
    assert.equal(answerOf('0 ^ 5', 'float64'), '0');
    assert.equal(answerOf('(-1) ^ 1e300', 'float64'), '1');
    assert.equal(answerOf('(-1) ^ 9007199254740991', 'float64'), '-1');
    assert.equal(answerOf('1.0000000001 ^ 1e12', 'float64'), '2.6881393700484107e+43');
    assert.equal(answerOf('0.5 ^ 1e300', 'float64'), '0');
    assert.equal(answerOf('(-2) ^ 1025', 'float64'), 'OVERFLOW 6-7');
    assert.equal(answerOf('(-2) ^ 3', 'float64'), '-8');
    assert.equal(answerOf('4 ^ 0.5', 'float64'), '2');
  });
});

/** Values by function. */
const values: readonly (readonly [line: string, answer: string])[] = [
  ['abs(-3)', '3'],
  ['sign(-0.5) + sign(0) + sign(9)', '0'],
  ['floor(2.7)', '2'],
  ['floor(-0.5)', '-1'],
  ['ceil(2.1)', '3'],
  ['ceil(-0.5)', '0'],
  ['round(0.5)', '1'],
  ['round(-0.5)', '-1'],
  ['round(0.49999999999999994)', '0'],
  ['round(2.5)', '3'],
  ['round(1.005, 2)', '1.01'],
  ['round(2.675, 2)', '2.68'],
  ['round(-2.675, 2)', '-2.68'],
  ['round(2.674999, 2)', '2.67'],
  ['round(1234.5678, -2)', '1200'],
  ['round(1250, -2)', '1300'],
  ['round(49, -2)', '0'],
  ['round(50, -2)', '100'],
  ['round(5, -5)', '0'],
  ['round(1.5, 300)', '1.5'],
  ['round(123456789012.345, 2)', '123456789012.35'],
  ['round(1e22, 3)', '1e+22'],
  ['round(9.995, 2)', '10'],
  ['round(1.5, 0.5)', 'DOMAIN 1-6'],
  ['round_even(0.5)', '0'],
  ['round_even(1.5)', '2'],
  ['round_even(-2.5)', '-2'],
  ['round_even(2.5000000000000004)', '3'],
  ['round_even(1.005, 2)', '1'],
  ['round_even(1.015, 2)', '1.02'],
  ['round_even(-2.665, 2)', '-2.66'],
  ['round_even(0.05, 1)', '0'],
  ['round_even(1250, -2)', '1200'],
  ['round_even(1350, -2)', '1400'],
  ['round_even(50, -2)', '0'],
  ['round_even(4503599627370495.5)', '4503599627370496'],
  ['round_even(123456789012.345, 2)', '123456789012.34'],
  ['round_even(1.5, 0.5)', 'DOMAIN 1-11'],
  ['trunc(-2.7)', '-2'],
  ['div(-7, 2)', '-3'],
  ['div(7, -2)', '-3'],
  ['div(1, 3)', '0'],
  ['div(0.3, 0.1)', '2'],
  ['div(9007199254740991, 3)', '3002399751580330'],
  ['div(1e300, 3)', '3.3333333333333335e+299'],
  ['div(-1e22, 0.3)', '-3.3333333333333336e+22'],
  ['mod(-7, 3)', '2'],
  ['mod(7, -3)', '-2'],
  ['mod(6, -3)', '0'],
  ['min(2, -1, 3)', '-1'],
  ['max(2, -1, 3)', '3'],
  ['min(4)', '4'],
  ['sum(0.1, 0.2, 0.3)', '0.6'],
  ['mean(1, 2, 4, 5)', '3'],
  ['median(3, 1, 2)', '2'],
  ['median(4, 1, 3, 2)', '2.5'],
  ['median(7)', '7'],
  ['median(5e-324, 1e-323)', '1e-323'],
  ['median(1e308, 1.7e308)', '1.35e+308'],
  ['mean(0.1, 0.1, 0.1)', '0.1'],
  ['mean(1e308, 1e308, 1e308)', '1e+308'],
  ['sum(1e308, 1e308, -1e308)', '1e+308'],
  ['sum(1e308, 1e308)', 'OVERFLOW 1-4'],
  ['stddev(1e200, -1e200)', '1.414213562373095e+200'],
  ['variance(1e200, -1e200)', 'OVERFLOW 1-9'],
  ['variance(5, 5, 5)', '0'],
  ['variance(2, 4, 4, 4, 5, 5, 7, 9)', '4.571428571428571'],
  ['stddev(1, 3)', '1.4142135623730951'],
  ['clamp(5, 1, 3) + clamp(0, 1, 3) + clamp(2, 1, 3)', '6'],
  ['sqrt(2)', '1.4142135623730951'],
  ['cbrt(-27)', '-3'],
  ['nthroot(1024, 10)', '2'],
  ['nthroot(-32, 5)', '-2'],
  ['nthroot(2, -1)', '0.5'],
  ['nthroot(5, 2)', '2.23606797749979'],
  ['nthroot(-4, 2)', 'DOMAIN 1-8'],
  ['nthroot(4, 0)', 'DOMAIN 1-8'],
  ['nthroot(0, -2)', 'DIV0 1-8'],
  ['nthroot(10, 2.5)', 'DOMAIN 1-8'],
  ['pow(2, 0.5)', '1.4142135623730951'],
  // Halves between two subnormal numbers go to the even one.
  ['pow(2, -1075)', '0'],
  ['(3 * 2 ^ -215) ^ 5 == 122 * 2 ^ -1074', 'true'],
  ['exp(-745.1332191019411)', '5e-324'],
  ['exp(-745.1332191019412)', '0'],
  ['hypot(3, 4)', '5'],
  ['hypot(1, 2, 2)', '3'],
  ['hypot(57, 176)', '185'],
  ['hypot(45, 108)', '117'],
  ['hypot(7e153, 9e153)', '1.140175425099138e+154'],
  ['hypot(0.0034031329421698015, 0.22355380525437074)', '0.22357970649755135'],
  ['hypot(1.7e308, 1e308)', 'OVERFLOW 1-6'],
  ['hypot(5e-324, 0)', '5e-324'],
  ['exp(1)', '2.718281828459045'],
  ['expm1(1e-10)', '1.00000000005e-10'],
  ['ln(10)', '2.302585092994046'],
  ['log(8, 2)', '3'],
  ['log(1000, 10)', '3'],
  ['log(125, 5)', '3'],
  ['log(e)', '1'],
  ['log(0)', 'DOMAIN 1-4'],
  ['log(2, 1)', 'DOMAIN 1-4'],
  ['log(2, -1)', 'DOMAIN 1-4'],
  ['log2(1024)', '10'],
  ['log2(5e-324)', '-1074'],
  ['log10(1e23)', '23'],
  ['log10(1e-5)', '-5'],
  ['log1p(1e-10)', '9.999999999500001e-11'],
  ['log1p(-1)', 'DOMAIN 1-6'],
  ['sin(1)', '0.8414709848078965'],
  ['sin(1e22)', '-0.8522008497671888'],
  ['cos(1e308)', '-0.8913089376870335'],
  ['tan(1e308)', '-0.5086861259107568'],
  ['sin(1e-320)', '1e-320'],
  ['cos(1)', '0.5403023058681398'],
  ['tan(1)', '1.5574077246549023'],
  ['asin(1) * 2 == pi', 'true'],
  ['asin(2)', 'DOMAIN 1-5'],
  ['acos(-1) == pi', 'true'],
  ['acos(1.5)', 'DOMAIN 1-5'],
  ['atan(1) * 4 == pi', 'true'],
  ['atan2(1, -1)', '2.356194490192345'],
  ['sinh(1)', '1.1752011936438014'],
  ['cosh(1)', '1.5430806348152437'],
  ['tanh(1)', '0.7615941559557649'],
  ['asinh(1)', '0.881373587019543'],
  ['acosh(2)', '1.3169578969248168'],
  ['acosh(0.5)', 'DOMAIN 1-6'],
  ['atanh(0.5)', '0.5493061443340549'],
  ['atanh(1)', 'DOMAIN 1-6'],
  ['deg(pi / 2)', '90'],
  ['rad(90)', '1.5707963267948966'],
  ['gcd(12, 18, 27)', '3'],
  ['gcd(0, -5)', '5'],
  ['gcd(2 ^ 1000, 3 * 2 ^ 900) == 2 ^ 900', 'true'],
  ['lcm(4, 6, 10)', '60'],
  ['lcm(0, 5)', '0'],
  ['lcm(0, 0.5)', 'DOMAIN 1-4'],
  ['lcm(9007199254740991, 9007199254740993, 3)', '2.4338891524382e+32'],
  ['lcm(1e300, 7e299 + 1e290)', 'OVERFLOW 1-4'],
  ['factorial(20)', '2432902008176640000'],
  ['170!', '7.257415615307999e+306'],
  ['0!', '1'],
  ['comb(5, 0)', '1'],
  ['comb(5, 6)', '0'],
  ['comb(52, 5)', '2598960'],
  ['comb(-1, 2)', 'DOMAIN 1-5'],
  ['perm(10, 3)', '720'],
  ['perm(5, 6)', '0'],
  ['isprime(2)', 'true'],
  ['isprime(1)', 'false'],
  ['isprime(-7)', 'false'],
  ['isprime(9007199254740881)', 'true'],
  ['isprime(3215031751)', 'false'],
  ['isprime(1.5)', 'DOMAIN 1-8'],
  ['bitand(12, 10)', '8'],
  ['bitor(12, 10)', '14'],
  ['bitxor(12, 10)', '6'],
  ['bitand(2 ^ 52 + 5, 2 ^ 52 + 3) - 2 ^ 52', '1'],
  ['bitor(-1, 2 ^ 40)', '-1'],
  ['bitnot(0)', '-1'],
  ['bitand(1.5, 1)', 'DOMAIN 1-7'],
  ['shl(1, 40)', '1099511627776'],
  ['shl(1, 1024)', 'TOO_BIG 1-4'],
  ['shl(0, 1e9)', '0'],
  ['shl(1, -1)', 'DOMAIN 1-4'],
  ['shr(-5, 1)', '-3'],
  ['shr(5, 2000)', '0'],
  ['shr(-5, 2000)', '-1'],
  ['pi', '3.141592653589793'],
  ['e', '2.718281828459045'],
  ['tau', '6.283185307179586'],
  ['phi', '1.618033988749895'],
];

describe('float64 functions', () => {
  for (const [line, answer] of values) {
    it(line, () => assert.equal(answerOf(line, 'float64'), answer));
  }

  it('are those of the table', () => {
    const names = functionTable
      .filter(({ modes, name }) => modes.includes('float64') && name !== 'if')
      .map(({ name }) => name);
    assert.deepEqual([...float64Functions.keys(), ...float64Predicates.keys()].toSorted(), names.toSorted());
    assert.deepEqual(
      [...float64Constants.keys()],
      constantTable.map(({ name }) => name),
    );
    for (const name of names)
      assert.ok(
        values.some(([line]) => line.includes(`${name}(`)),
        `${name} has no value here`,
      );
  });

  it('choose and permute as exact integers do', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_100 }), fc.integer({ min: 0, max: 1_100 }), (n, k) => {
        let chosen = 1n;
        let permuted = 1n;
        for (let step = 1n; step <= BigInt(Math.min(k, n)); step += 1n) {
          permuted *= BigInt(n) - step + 1n;
          chosen = (chosen * (BigInt(n) - step + 1n)) / step;
        }
        const expected = (value: bigint): string =>
          Number.isFinite(Number(value)) ? String(Number(value)) : 'OVERFLOW 1-5';
        assert.equal(answerOf(`comb(${n}, ${k})`, 'float64'), k > n ? '0' : expected(chosen));
        assert.equal(answerOf(`perm(${n}, ${k})`, 'float64'), k > n ? '0' : expected(permuted));
      }),
      { numRuns: 400 },
    );
  });

  it('read numbers as JavaScript does', () => {
    const digits = fc.bigInt({ min: 0n, max: 10n ** 40n }).map(String);
    fc.assert(
      fc.property(digits, fc.integer({ min: -330, max: 270 }), fc.nat(40), (mantissa, exponent, places) => {
        const cut = Math.min(places, mantissa.length - 1);
        const text = `${mantissa.slice(0, mantissa.length - cut)}${cut === 0 ? '' : `.${mantissa.slice(-cut)}`}e${exponent}`;
        const value = Number(text);
        assert.equal(
          answerOf(text, 'float64'),
          Number.isFinite(value) ? String(value) : `OVERFLOW 1-${text.length + 1}`,
        );
      }),
      { numRuns: 5_000 },
    );
  });
});
