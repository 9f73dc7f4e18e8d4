/** Sums, means, medians, variances and deviations of decimals beside exact fractions of whole numbers, rounded once. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Budget } from '../../../src/expression/budget.ts';
import type { BigDecimal } from '../../../src/expression/numbers/big-decimal.ts';
import { createDecimalArithmetic } from '../../../src/expression/numbers/decimal-arithmetic.ts';
import { exactSum } from '../../../src/expression/numbers/exact-sum.ts';
import { callOutcome, outcomeOf } from './number-cases.ts';

const arithmetics = Array.from({ length: 101 }, (_, precision) => createDecimalArithmetic(Math.max(precision, 1)));

function outcome(name: string, values: readonly BigDecimal[], precision: number): string {
  const arithmetic = arithmetics[precision] ?? assert.fail();
  const compute = arithmetic.functions.get(name) ?? assert.fail();
  return outcomeOf(arithmetic, (budget) => compute(values, budget));
}

/** numerator / denominator × 10^exponent. */
interface Ratio {
  readonly numerator: bigint;
  readonly denominator: bigint;
  readonly exponent: number;
}

function digitsOf(value: bigint): number {
  return String(value < 0n ? -value : value).length;
}

function tenTo(power: number): bigint {
  return 10n ** BigInt(power);
}

/** The outcome of a ratio: rounded half to even to `precision` digits, and within the range of exponents. */
function rounded({ numerator, denominator, exponent }: Ratio, precision: number): string {
  if (numerator === 0n) return '0';
  const size = numerator < 0n ? -numerator : numerator;
  // Such a quotient has as many digits as the precision, or one more.
  const places = precision - digitsOf(size) + digitsOf(denominator);
  const [top, bottom] = places > 0 ? [size * tenTo(places), denominator] : [size, denominator * tenTo(-places)];
  const dropped = digitsOf(top / bottom) > precision ? 1 : 0;
  const unit = bottom * tenTo(dropped);
  const below = top / unit;
  const twiceRest = 2n * (top - below * unit);
  const digits = below + (twiceRest > unit || (twiceRest === unit && below % 2n === 1n) ? 1n : 0n);
  const leading = digitsOf(digits) - 1 + exponent - places + dropped;
  if (leading > 6_144) return 'OVERFLOW';
  if (leading < -6_144) return '0';
  const arithmetic = arithmetics[precision] ?? assert.fail();
  const coefficient = numerator < 0n ? -digits : digits;
  return outcomeOf(arithmetic, () => ({ coefficient, exponent: exponent - places + dropped }));
}

function leastExponent(values: readonly BigDecimal[]): number {
  return values.reduce((least, value) => Math.min(least, value.exponent), 0);
}

function exactTotal(values: readonly BigDecimal[]): Ratio {
  const exponent = leastExponent(values);
  const numerator = values.reduce((total, value) => total + value.coefficient * tenTo(value.exponent - exponent), 0n);
  return { numerator, denominator: 1n, exponent };
}

function exactMean(values: readonly BigDecimal[]): Ratio {
  return { ...exactTotal(values), denominator: BigInt(values.length) };
}

function exactMedian(values: readonly BigDecimal[]): Ratio {
  const exponent = leastExponent(values);
  const sorted = values
    .map((value) => value.coefficient * tenTo(value.exponent - exponent))
    .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const middle = sorted.slice((sorted.length - 1) >> 1, (sorted.length >> 1) + 1);
  const numerator = middle.reduce((total, value) => total + value, 0n);
  return { numerator, denominator: BigInt(middle.length), exponent };
}

function exactVariance(values: readonly BigDecimal[]): Ratio {
  const exponent = leastExponent(values);
  const whole = values.map((value) => value.coefficient * tenTo(value.exponent - exponent));
  const size = BigInt(values.length);
  const total = whole.reduce((sum, value) => sum + value, 0n);
  // n² times the squared distances from the mean.
  const squares = whole.reduce((sum, value) => sum + (size * value - total) ** 2n, 0n);
  return { numerator: squares, denominator: size * size * (size - 1n), exponent: 2 * exponent };
}

/** The root of a ratio of even exponent, or a number on the same side of everything that has at most 110 digits. */
function root({ numerator, denominator, exponent }: Ratio): Ratio {
  const places = 120 + digitsOf(denominator);
  const scaled = numerator * tenTo(2 * places);
  const square = scaled / denominator;
  let below = 0n;
  for (let bit = BigInt(square.toString(2).length >> 1); bit >= 0n; bit -= 1n) {
    const tried = below | (1n << bit);
    if (tried * tried <= square) below = tried;
  }
  const isExact = below * below * denominator === scaled;
  return { numerator: below * 10n + (isExact ? 0n : 1n), denominator: 10n, exponent: exponent / 2 - places };
}

const precisions = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.constantFrom(1, 2, 3, 34, 100));

function decimalOf(precision: number, exponents: fc.Arbitrary<number>): fc.Arbitrary<BigDecimal> {
  const bound = tenTo(precision) - 1n;
  const coefficients = fc.oneof(
    fc.bigInt({ min: -bound, max: bound }),
    fc.bigInt({ min: -9n, max: 9n }),
    fc.constantFrom(bound, -bound, tenTo(precision - 1), -tenTo(precision - 1)),
    fc.integer({ min: 1, max: precision }).map((digits) => 5n * tenTo(digits - 1)),
  );
  return fc
    .tuple(coefficients, exponents)
    .map(([coefficient, exponent]) =>
      coefficient === 0n ? { coefficient: 0n, exponent: 0 } : { coefficient, exponent },
    );
}

/** All exponents near one another, somewhat apart, or as far apart as they can be. */
function exponentsOf(precision: number): fc.Arbitrary<fc.Arbitrary<number>> {
  return fc
    .constantFrom(2, precision, 2 * precision + 4, 4 * precision + 20, 6_000)
    .map((size) => fc.integer({ min: -size, max: size }));
}

function valuesOf(precision: number, lengthMin: number, lengthMax: number): fc.Arbitrary<BigDecimal[]> {
  return exponentsOf(precision).chain((exponents) =>
    fc.array(decimalOf(precision, exponents), { minLength: lengthMin, maxLength: lengthMax }),
  );
}

function negated(value: BigDecimal): BigDecimal {
  return { coefficient: -value.coefficient, exponent: value.exponent };
}

/** numerator × 10^exponent as decimals of that precision. */
function piecesOf(numerator: bigint, exponent: number, precision: number): BigDecimal[] {
  const pieces: BigDecimal[] = [];
  const unit = tenTo(precision);
  for (let [rest, place] = [numerator, exponent]; rest !== 0n; rest /= unit, place += precision) {
    if (rest % unit !== 0n) pieces.push({ coefficient: rest % unit, exponent: place });
  }
  return pieces;
}

function shuffled<T>(values: readonly T[]): fc.Arbitrary<T[]> {
  return fc.shuffledSubarray([...values], { minLength: values.length });
}

/** A number with its sign changed, in two pieces of which the second has up to so many digits. */
function takenBack({ coefficient, exponent }: BigDecimal, digits: number): BigDecimal[] {
  const unit = tenTo(Math.min(digits, digitsOf(coefficient)));
  return [
    { coefficient: -(coefficient / unit), exponent: exponent + digitsOf(unit) - 1 },
    { coefficient: -(coefficient % unit), exponent },
  ].map((piece) => (piece.coefficient === 0n ? { coefficient: 0n, exponent: 0 } : piece));
}

/** Values of which all but a few are taken back, piece by piece, so that the sum is made of what is far below. */
function cancelling(precision: number): fc.Arbitrary<BigDecimal[]> {
  return fc
    .tuple(valuesOf(precision, 1, 6), valuesOf(precision, 0, 3), fc.nat(precision))
    .chain(([values, rest, digits]) =>
      shuffled([...values, ...values.flatMap((value) => takenBack(value, digits)), ...rest]),
    );
}

/** A number half-way between two decimals, times `times`, in pieces, with or without a trifle, and pairs that cancel. */
function nearHalves(precision: number, times: (count: number) => bigint): fc.Arbitrary<BigDecimal[]> {
  const digits = fc.bigInt({ min: tenTo(precision - 1), max: tenTo(precision) - 1n });
  const trifle = fc
    .tuple(fc.constantFrom(-1n, 0n, 1n), fc.constantFrom(1, 2, precision, 3 * precision, 5_000))
    .map(([coefficient, below]) => ({ coefficient, exponent: -below - 4 }));
  const pairs = fc.array(decimalOf(precision, fc.integer({ min: -300, max: 20 })), { maxLength: 5 });
  // Away from the half, and back over it by a number whose last digits are far below.
  const detour = fc
    .tuple(fc.constantFrom(-1n, 0n, 1n), fc.boolean(), fc.integer({ min: 2, max: 2 * precision + 6 }))
    .map(([beyond, isUp, below]): BigDecimal[] => [
      { coefficient: isUp ? 1n : -1n, exponent: -below },
      { coefficient: (isUp ? -1n : 1n) * tenTo(precision - 1) + beyond, exponent: -below - precision + 1 },
    ]);
  return fc
    .tuple(digits, fc.boolean(), trifle, detour, pairs, fc.nat(3))
    .chain(([whole, isNegative, far, around, cancelled, zeros]) => {
      const extra = [
        ...(far.coefficient === 0n ? [] : [far]),
        ...around,
        ...cancelled.flatMap((value) => [value, negated(value)]),
        ...Array.from({ length: zeros + 6 }, () => ({ coefficient: 0n, exponent: 0 })),
      ];
      const half = (isNegative ? -5n : 5n) * (2n * whole + 1n);
      // The number of values is part of what they have to add up to; a few more zeros always make it come out.
      for (let count = extra.length; ; count += 1) {
        const pieces = piecesOf(half * times(count), -1, precision);
        const missing = count - pieces.length - extra.length;
        if (missing < 0) continue;
        const padding = Array.from({ length: missing }, () => ({ coefficient: 0n, exponent: 0 }));
        return shuffled([...pieces, ...extra, ...padding]);
      }
    });
}

function assertProperty(
  generate: (precision: number) => fc.Arbitrary<BigDecimal[]>,
  numRuns: number,
  check: (values: BigDecimal[], precision: number) => void,
): void {
  const cases = precisions.chain((precision) => fc.tuple(generate(precision), fc.constant(precision)));
  fc.assert(
    fc.property(cases, ([values, precision]) => check(values, precision)),
    { numRuns },
  );
}

describe('sum, mean and median of decimals', () => {
  const check = (values: BigDecimal[], precision: number): void => {
    assert.equal(outcome('sum', values, precision), rounded(exactTotal(values), precision), 'sum');
    assert.equal(outcome('mean', values, precision), rounded(exactMean(values), precision), 'mean');
    assert.equal(outcome('median', values, precision), rounded(exactMedian(values), precision), 'median');
  };

  it('are the exact ones, rounded once, whatever the exponents', () => {
    assertProperty((precision) => valuesOf(precision, 1, 12), 2_000, check);
  });
  it('are so when most of the values cancel', () => {
    assertProperty(cancelling, 1_000, check);
  });
  it('are so next to a half', () => {
    assertProperty((precision) => nearHalves(precision, () => 1n), 1_500, check);
    assertProperty((precision) => nearHalves(precision, (count) => BigInt(count)), 1_500, check);
  });
  it('are so of a thousand values', () => {
    assertProperty((precision) => valuesOf(precision, 1_000, 1_000), 6, check);
  });
  it('are so at both ends of the range of exponents', () => {
    const extremes = (precision: number): fc.Arbitrary<BigDecimal[]> =>
      fc
        .constantFrom(6_145 - precision, -6_143 - precision)
        .chain((last) => fc.array(decimalOf(precision, fc.integer({ min: last - 1, max: last })), { minLength: 1 }))
        // Decimals as they can occur.
        .map((values) =>
          values.filter(({ coefficient, exponent }) => Math.abs(exponent + digitsOf(coefficient) - 1) <= 6_144),
        )
        .filter((values) => values.length > 0);
    assertProperty(extremes, 500, check);
  });

  const cases: readonly (readonly [precision: number, name: string, values: readonly string[], outcome: string])[] = [
    // 3.495 and 0.5: rounded sums gave 4 and 0.
    [1, 'mean', ['-0.01', '7'], '3'],
    [34, 'sum', ['1e34', '1', '-1e34'], '1'],
    [3, 'sum', ['100', '0.5'], '100'],
    [3, 'sum', ['101', '0.5'], '102'],
    [3, 'sum', ['100', '0.5', '1e-6000'], '101'],
    [3, 'sum', ['101', '0.5', '-1e-6000'], '101'],
    [3, 'sum', ['101', '0.5', '-1e-6000', '1e-6000'], '102'],
    [3, 'sum', ['100', '0.5', '1e-3000', '-1e-3000', '1e-6000'], '101'],
    [3, 'mean', ['100', '101', '1e-6000', '-1e-6000'], '50.2'],
    [3, 'mean', ['100', '101', '1e-6000', '0'], '50.3'],
    [3, 'median', ['100', '101'], '100'],
    [3, 'median', ['999', '1e-6000'], '500'],
    [34, 'mean', ['9e6144', '9e6144'], '9e+6144'],
    [34, 'median', ['9e6144', '9e6144'], '9e+6144'],
    [34, 'sum', ['9e6144', '9e6144', '-9e6144'], '9e+6144'],
    [34, 'sum', ['9e6144', '9e6144'], 'OVERFLOW'],
    [34, 'mean', ['1e-6144', '0'], '0'],
  ];
  for (const [precision, name, values, expected] of cases) {
    it(`${name}(${values.join(', ')}) at ${precision} digits is ${expected}`, () => {
      assert.equal(callOutcome(arithmetics[precision] ?? assert.fail(), name, ...values), expected);
    });
  }

  it('are found with short numbers, however far apart and whatever cancels', () => {
    const precision = 34;
    const most = tenTo(precision) - 1n;
    const steps = (step: number, coefficient: (index: number) => bigint): BigDecimal[] =>
      Array.from({ length: 1_000 }, (_, index) => ({
        coefficient: coefficient(index),
        exponent: 6_000 - step * index,
      }));
    for (const step of [1, 3, 12]) {
      for (const values of [
        steps(step, () => most),
        steps(step, (index) => (index % 2 === 0 ? most : -most)),
        // Each value takes back the one before it, but for a unit.
        steps(step, (index) => (index === 0 ? 1n : -tenTo(step) + 1n)),
      ]) {
        assert.ok(digitsOf(exactSum(values, precision, new Budget()).coefficient) <= 2 * (precision + 5) + 10);
      }
    }
  });

  it('charge nothing for values, mean and sum, and the sorting for the median', () => {
    const values = [
      { coefficient: 15n, exponent: -1 },
      { coefficient: 1n, exponent: -6_000 },
    ];
    const charged = (name: string): number => {
      const budget = new Budget();
      arithmetics[34]?.functions.get(name)?.(values, budget);
      return budget.used;
    };
    assert.deepEqual([charged('sum'), charged('mean'), charged('median')], [0, 0, 16]);
  });
});

describe('variance and stddev of decimals', () => {
  const check = (values: BigDecimal[], precision: number): void => {
    const variance = exactVariance(values);
    assert.equal(outcome('variance', values, precision), rounded(variance, precision), 'variance');
    assert.equal(outcome('stddev', values, precision), rounded(root(variance), precision), 'stddev');
  };
  /** The reference squares all the digits there are. */
  const exponents = fc.constantFrom(2, 40, 300).map((size) => fc.integer({ min: -size, max: size }));
  const spread = (precision: number): fc.Arbitrary<BigDecimal[]> =>
    exponents.chain((some) => fc.array(decimalOf(precision, some), { minLength: 2, maxLength: 8 }));

  it('are the exact ones, rounded once', () => assertProperty(spread, 600, check));
  it('are so when the values are all but equal', () => {
    const close = (precision: number): fc.Arbitrary<BigDecimal[]> =>
      fc
        .tuple(
          fc.bigInt({ min: tenTo(precision - 1), max: tenTo(precision) - 1n }),
          fc.array(fc.nat(9), { minLength: 2, maxLength: 8 }),
        )
        .map(([base, units]) => units.map((unit) => ({ coefficient: base - BigInt(unit), exponent: -precision })));
    assertProperty(close, 600, check);
  });
  it('are so far apart', () => {
    const far = [
      { coefficient: 3n, exponent: 1_500 },
      { coefficient: -7n, exponent: -1_500 },
      { coefficient: 1n, exponent: 0 },
    ];
    for (const precision of [1, 34, 100]) check(far, precision);
  });
});
