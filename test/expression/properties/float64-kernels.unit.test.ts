/**
 * The kernels of float64 return numbers of about 70 bits and state how far off they are; the rounding test relies on it.
 * Here the distance from fixed-point numbers of 400 bits is measured against the stated bound, on random arguments and on
 * those where a bound is most easily broken: the ends of table entries, of ranges, and next to zeros.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Budget } from '../../../src/expression/budget.ts';
import { reduceAngle, reductionError } from '../../../src/expression/float64/angle-reduction.ts';
import { createDoubleDouble, type DoubleDouble } from '../../../src/expression/float64/double-double.ts';
import { partsOf } from '../../../src/expression/float64/double-parts.ts';
import { expKernel, scaledExpm1 } from '../../../src/expression/float64/exponential.ts';
import { angleKernel } from '../../../src/expression/float64/inverse-trigonometry.ts';
import { lnKernel, log1pKernel } from '../../../src/expression/float64/logarithm.ts';
import { circleKernel } from '../../../src/expression/float64/trigonometry.ts';
import { arcOf, sineAndCosineOf } from '../../../src/expression/numbers/fixed-point-angles.ts';
import { expFixed, ln2Fixed, lnFixed, piFixed } from '../../../src/expression/numbers/fixed-point.ts';
import { createRandom, proofFactor, proofSeed, type Random } from './random.ts';

const bits = 416;
const unit = 1n << BigInt(bits);
/** Room for the largest double, where an angle is reduced. */
const wideBits = bits + 1_056;
/** The exact values are off by at most 2^16 units; that counts in favor of no kernel. */
const exactError = 1n << 16n;

function fixed(x: number, places = bits): bigint {
  const { mantissa, exponent } = partsOf(x);
  return exponent + places >= 0 ? mantissa << BigInt(exponent + places) : mantissa >> BigInt(-exponent - places);
}

function fixedSum({ high, low }: DoubleDouble): bigint {
  return fixed(high) + fixed(low);
}

function size(x: bigint): bigint {
  return x < 0n ? -x : x;
}

/** e^x, for |x| <= 750, divided by the returned power of two. */
function exponential(x: bigint): readonly [mantissa: bigint, power: number] {
  const ln2 = ln2Fixed(bits + 32) >> 16n;
  const wide = x << 16n;
  const power = Number((2n * wide + ln2) / (2n * ln2)) - (2n * wide + ln2 < 0n ? 1 : 0);
  return [expFixed((wide - BigInt(power) * ln2) >> 16n, bits), power];
}

/** ln x for a fixed-point number x > 0 from 2^-64 to 2^1023. */
function logarithm(x: bigint): bigint {
  let power = 0;
  let mantissa = x;
  for (; mantissa * 10n > 14n * unit; power += 1) mantissa >>= 1n;
  for (; mantissa * 10n < 7n * unit; power -= 1) mantissa <<= 1n;
  return lnFixed(mantissa, bits) + BigInt(power) * ln2Fixed(bits);
}

/** Checks distances against their bounds, and keeps the largest, as a part of its bound. */
class Distances {
  largest = 0;

  /** Asserts |actual - exact| < 2^relative × |exact| + 2^absolute. */
  check(actual: bigint, exact: bigint, bound: { relative?: number; absolute?: number }, what: () => string): void {
    const { relative, absolute } = bound;
    const allowed =
      (relative === undefined ? 0n : scaled(size(exact), relative)) +
      (absolute === undefined ? 0n : scaled(unit, absolute));
    const distance = size(actual - exact) + exactError;
    const part = Number((distance << 32n) / (allowed + 1n)) / 2 ** 32;
    this.largest = Math.max(this.largest, part);
    if (distance > allowed) assert.fail(`${what()} is off by ${part} times the bound`);
  }
}

/** x × 2^exponent for an exponent that need not be whole. */
function scaled(x: bigint, exponent: number): bigint {
  const whole = Math.floor(exponent);
  return (x * BigInt(Math.floor(2 ** (exponent - whole) * 2 ** 20))) >> BigInt(20 - whole);
}

const uniform = (random: Random, low: number, high: number): number => low + (high - low) * random.fraction();
const sign = (random: Random): number => (random.integer(2) === 0 ? 1 : -1);
const sized = (random: Random, low: number, high: number): number =>
  uniform(random, 1, 2) * 2 ** Math.floor(uniform(random, low, high));
/** A double a few units beside x. */
const beside = (random: Random, x: number): number => x + (random.integer(9) - 4) * 2 ** -52 * Math.abs(x);

const rounds = 6_000 * proofFactor;

function forArguments(draw: (random: Random) => number, extremes: readonly number[], run: (x: number) => void): void {
  for (const x of extremes) run(x);
  const random = createRandom(proofSeed + 2);
  for (let count = 0; count < rounds; count += 1) run(draw(random));
}

const result = createDoubleDouble();

describe('the kernels of float64 are as near as they say', () => {
  it('expKernel', () => {
    const distances = new Distances();
    const draw = (random: Random): number => {
      const kind = random.integer(4);
      if (kind === 0) return uniform(random, -746, 746);
      if (kind === 1) return sign(random) * sized(random, -53, -1);
      // The ends of the table's steps, and of the powers of two.
      if (kind === 2) return beside(random, (random.integer(180) - 90 + 0.5) / 256);
      return beside(random, (random.integer(2_100) - 1_050 + 0.5) * Math.LN2);
    };
    forArguments(draw, [746, -746, 0.5 / 256, -0.5 / 256, Math.LN2 / 2, 2 ** -53], (x) => {
      const power = expKernel(x, 0, result);
      const [mantissa, exactPower] = exponential(fixed(x));
      const shift = exactPower - power;
      const exact = (shift >= 0 ? mantissa << BigInt(shift) : mantissa >> BigInt(-shift)) - unit;
      distances.check(
        fixedSum(result),
        exact,
        power === 0 ? { relative: -68.5 } : { absolute: -78 },
        () => `expKernel(${x})`,
      );
    });
    assert.ok(distances.largest > 2 ** -12, 'the bounds are far from what is measured');
  });

  it('scaledExpm1', () => {
    const draw = (random: Random): number =>
      random.integer(2) === 0 ? uniform(random, -40, 100) : sign(random) * sized(random, -53, 1);
    const distances = new Distances();
    forArguments(draw, [-40, Math.LN2 / 2, -Math.LN2 / 2, 2 ** -53], (x) => {
      const power = scaledExpm1(x, result);
      const [mantissa, exactPower] = exponential(fixed(x));
      const exact =
        exactPower >= 0 ? (mantissa << BigInt(exactPower)) - unit : (mantissa >> BigInt(-exactPower)) - unit;
      distances.check(fixedSum(result) << BigInt(power), exact, { relative: -68 }, () => `scaledExpm1(${x})`);
    });
  });

  it('lnKernel', () => {
    const draw = (random: Random): number => {
      const kind = random.integer(4);
      if (kind === 0) return sized(random, -60, 1_000);
      if (kind === 1) return 1 + sign(random) * sized(random, -52, -2);
      if (kind === 2) return uniform(random, 0.5, 2);
      return beside(random, (1 + random.integer(256) / 256) * 2 ** (random.integer(40) - 20));
    };
    const distances = new Distances();
    forArguments(draw, [1 + 2 ** -52, 1 - 2 ** -53, Math.SQRT2, Math.SQRT1_2, Number.MAX_VALUE, 2 ** -60], (x) => {
      if (x === 1) return;
      lnKernel(x, result);
      distances.check(fixedSum(result), logarithm(fixed(x)), { relative: -75 }, () => `lnKernel(${x})`);
    });
    assert.ok(distances.largest > 2 ** -12, 'the bound is far from what is measured');
  });

  it('log1pKernel', () => {
    const argument = createDoubleDouble();
    const random = createRandom(proofSeed + 3);
    const draw = (source: Random): number => {
      const kind = source.integer(3);
      if (kind === 0) return sign(source) * sized(source, -54, -1);
      return kind === 1 ? sized(source, -8, 100) : uniform(source, -0.999, 0.999);
    };
    const distances = new Distances();
    forArguments(draw, [2 ** -8, -(2 ** -8), 2 ** -54, -1 + 2 ** -53, 2 ** 100], (x) => {
      argument.high = x;
      argument.low = uniform(random, -1, 1) * 2 ** -54 * Math.abs(x);
      log1pKernel(argument, result);
      const exact = logarithm(unit + fixedSum(argument));
      distances.check(fixedSum(result), exact, { relative: -74 }, () => `log1pKernel(${x}, ${argument.low})`);
    });
  });

  const angle = (random: Random): number => {
    const kind = random.integer(5);
    if (kind === 0) return uniform(random, -10, 10);
    if (kind === 1) return sign(random) * sized(random, -28, 19);
    if (kind === 2) return sign(random) * sized(random, 19, 1_023);
    if (kind === 3) return beside(random, random.integer(300_000) * (Math.PI / 2));
    return beside(random, (random.integer(203) + 0.5) / 256);
  };
  /** The last one is as near to a multiple of pi/2 as doubles come. */
  const extremeAngles = [
    0.785,
    524_288,
    524_288.5,
    Number.MAX_VALUE,
    2 ** -28,
    Math.PI,
    5.319372648326541e255,
    6381956970095103 * 2 ** 797,
  ];

  it('reduceAngle', () => {
    const halfPi = piFixed(wideBits) >> 1n;
    const distances = new Distances();
    forArguments(angle, extremeAngles, (x) => {
      const quarter = reduceAngle(x, result);
      const exactRest = fixed(x, wideBits) - (fixedSum(result) << BigInt(wideBits - bits));
      const quarters = (2n * exactRest + halfPi) / (2n * halfPi) - (2n * exactRest + halfPi < 0n ? 1n : 0n);
      assert.equal(Number(((quarters % 4n) + 4n) % 4n), quarter, `the quarter of ${x}`);
      const distance = (exactRest - quarters * halfPi) >> BigInt(wideBits - bits);
      distances.check(distance, 0n, { absolute: Math.log2(reductionError) }, () => `reduceAngle(${x})`);
    });
    assert.ok(distances.largest > 2 ** -12, 'the bound is far from what is measured');
  });

  it('circleKernel', () => {
    const sine = createDoubleDouble();
    const cosine = createDoubleDouble();
    const sines = new Distances();
    const cosines = new Distances();
    forArguments(angle, extremeAngles, (x) => {
      const quarter = circleKernel(x, new Budget(), sine, cosine);
      const whole = sineAndCosineOf(fixed(Math.abs(x), wideBits), wideBits, bits);
      const [sineOfX, cosineOfX] = [x < 0 ? -whole.sine : whole.sine, whole.cosine];
      const quarters: readonly (readonly [bigint, bigint])[] = [
        [sineOfX, cosineOfX],
        [-cosineOfX, sineOfX],
        [-sineOfX, -cosineOfX],
        [cosineOfX, -sineOfX],
      ];
      const [exactSine, exactCosine] = quarters[quarter] ?? assert.fail();
      sines.check(
        fixedSum(sine),
        exactSine,
        { relative: -68, absolute: Math.log2(reductionError) },
        () => `sine of ${x}`,
      );
      cosines.check(fixedSum(cosine), exactCosine, { absolute: -68 }, () => `cosine of ${x}`);
    });
    assert.ok(sines.largest > 2 ** -12 && cosines.largest > 2 ** -12, 'the bounds are far from what is measured');
  });

  it('angleKernel', () => {
    const random = createRandom(proofSeed + 4);
    const one: DoubleDouble = { high: 1, low: 0 };
    const y = createDoubleDouble();
    const draw = (source: Random): number => {
      const kind = source.integer(3);
      if (kind === 0) return uniform(source, 0, 2);
      return kind === 1 ? sized(source, -60, 60) : beside(source, (source.integer(128) + 0.5) / 128);
    };
    const distances = new Distances();
    forArguments(draw, [1, 0.5 / 128, 127.5 / 128, 2 ** -60, 2 ** 60], (x) => {
      y.high = x;
      y.low = uniform(random, -1, 1) * 2 ** -54 * x;
      angleKernel(y, one, result);
      const exact = arcOf(fixedSum(y), unit, bits);
      distances.check(fixedSum(result), exact, { relative: -67 }, () => `angleKernel(${x}, ${y.low})`);
    });
    assert.ok(distances.largest > 2 ** -12, 'the bound is far from what is measured');
  });
});
