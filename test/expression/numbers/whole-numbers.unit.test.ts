import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { greatestCommonDivisor } from '../../../src/expression/numbers/common-divisor.ts';
import { integerRoot, integerSquareRoot } from '../../../src/expression/numbers/integer-root.ts';
import { bitLength, decimalDigits } from '../../../src/expression/numbers/integer-size.ts';
import { isPrime } from '../../../src/expression/numbers/primality.ts';
import {
  combinationBits,
  combinations,
  factorialBits,
  permutationBits,
  permutations,
  productOfRange,
} from '../../../src/expression/numbers/products.ts';
import { wholeNumbers } from './number-cases.ts';

const positive = (bits: number) => wholeNumbers(bits).map((value) => (value < 0n ? -value : value));

function euclid(first: bigint, second: bigint): bigint {
  let [a, b] = [first < 0n ? -first : first, second < 0n ? -second : second];
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}

/** log2 of a positive whole number. */
function logarithm(value: bigint): number {
  const shift = Math.max(bitLength(value) - 53, 0);
  return Math.log2(Number(value >> BigInt(shift))) + shift;
}

describe('sizes of whole numbers', () => {
  it('are those of the written numbers', () => {
    fc.assert(
      fc.property(wholeNumbers(9_000), (value) => {
        const size = value < 0n ? -value : value;
        assert.equal(bitLength(value), size === 0n ? 0 : size.toString(2).length);
        assert.equal(decimalDigits(value), size.toString().length);
      }),
    );
  });

  it('are right on both sides of every power of two and of ten', () => {
    for (let exponent = 1; exponent <= 1_200; exponent += 1) {
      for (const step of [-1n, 0n, 1n]) {
        const binary = (1n << BigInt(exponent)) + step;
        assert.equal(bitLength(binary), binary.toString(2).length);
        const decimal = 10n ** BigInt(exponent) + step;
        assert.equal(decimalDigits(decimal), decimal.toString().length);
      }
    }
  });
});

describe('the greatest common divisor', () => {
  it('is what Euclid finds', () => {
    fc.assert(
      fc.property(wholeNumbers(2_000), wholeNumbers(2_000), wholeNumbers(500), (a, b, common) => {
        assert.equal(greatestCommonDivisor(a * common, b * common), euclid(a * common, b * common));
      }),
      { numRuns: 500 },
    );
  });

  it('is found where all quotients are 1, and where one is long', () => {
    let [a, b] = [1n, 1n];
    for (let index = 0; index < 3_000; index += 1) [a, b] = [a + b, a];
    assert.equal(greatestCommonDivisor(a * 7n, b * 7n), 7n);
    assert.equal(greatestCommonDivisor(1n << 4_000n, (1n << 2_000n) - 1n), 1n);
    assert.equal(greatestCommonDivisor((1n << 4_000n) + 1n, 3n), euclid((1n << 4_000n) + 1n, 3n));
  });
});

describe('whole roots', () => {
  it('are the largest whole numbers whose power is not larger', () => {
    fc.assert(
      fc.property(
        positive(2_000),
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: -1, max: 1 }),
        (base, degree, step) => {
          const near =
            (base >> BigInt(Math.floor((bitLength(base) * (degree - 1)) / degree))) ** BigInt(degree) + BigInt(step);
          const square = base * base + BigInt(step);
          for (const value of [base, near < 0n ? 0n : near]) {
            const root = integerRoot(value, degree);
            assert.ok(root ** BigInt(degree) <= value && (root + 1n) ** BigInt(degree) > value);
          }
          const root = integerSquareRoot(square < 0n ? 0n : square);
          assert.ok(root * root <= (square < 0n ? 0n : square) && (root + 1n) ** 2n > square);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('primality', () => {
  it('agrees with a sieve up to 200,000', () => {
    const composite = new Uint8Array(200_000);
    for (let n = 2; n < composite.length; n += 1) {
      assert.equal(isPrime(BigInt(n)), composite[n] === 0, `${n}`);
      if (composite[n] === 0)
        for (let multiple = n * n; multiple < composite.length; multiple += n) composite[multiple] = 1;
    }
    assert.equal(isPrime(0n) || isPrime(1n) || isPrime(-7n), false);
  });

  it('is not deceived by numbers that pass the strong test to many bases', () => {
    // The first strong pseudoprimes to the first 1, 2, 3 … prime bases, which are the bounds of what is proven.
    const deceivers = [
      2_047n,
      1_373_653n,
      25_326_001n,
      3_215_031_751n,
      2_152_302_898_747n,
      3_474_749_660_383n,
      341_550_071_728_321n,
      3_825_123_056_546_413_051n,
      318_665_857_834_031_151_167_461n,
      3_317_044_064_679_887_385_961_981n,
    ];
    for (const n of deceivers) assert.equal(isPrime(n), false, `${n}`);
    // Carmichael numbers.
    for (const n of [561n, 41_041n, 825_265n, 321_197_185n, 5_394_826_801n, 232_250_619_601n])
      assert.equal(isPrime(n), false, `${n}`);
  });

  it('knows large primes and products of them', () => {
    const exponents = [61n, 89n, 107n, 127n, 521n, 607n];
    const primes = exponents.map((exponent) => (1n << exponent) - 1n);
    for (const prime of primes) assert.equal(isPrime(prime), true);
    for (const exponent of [67n, 101n, 103n, 109n, 523n]) assert.equal(isPrime((1n << exponent) - 1n), false);
    for (const prime of primes) {
      assert.equal(isPrime(prime * prime), false);
      assert.equal(isPrime(prime * ((1n << 61n) - 1n)), false);
    }
    // The last prime below and the first above 10^30, and twins of theirs that are none.
    assert.equal(isPrime(10n ** 30n + 57n), true);
    assert.equal(isPrime(10n ** 30n + 59n), false);
  });
});

describe('factorials, permutations and combinations', () => {
  it('follow their recurrences', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 400n }), fc.bigInt({ min: 1n, max: 400n }), (n, k) => {
        fc.pre(2n * k <= n);
        assert.equal(combinations(n + 1n, k), combinations(n, k) + combinations(n, k - 1n));
        assert.equal(permutations(n, k), combinations(n, k) * productOfRange(1n, k));
        assert.equal(productOfRange(1n, n + 1n), productOfRange(1n, n) * (n + 1n));
      }),
    );
  });

  it('have the size that was predicted', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 2n, max: 3_000_000n }), fc.bigInt({ min: 1n, max: 2_000n }), (n, k) => {
        fc.pre(2n * k <= n);
        assert.ok(Math.abs(permutationBits(n, k) - logarithm(permutations(n, k))) < 0.005);
        assert.ok(Math.abs(combinationBits(n, k) - logarithm(combinations(n, k))) < 0.005);
      }),
    );
    for (const n of [2, 3, 10, 1_000, 6_000]) {
      assert.ok(Math.abs(factorialBits(n) - logarithm(productOfRange(1n, BigInt(n)))) < 0.0001);
    }
  });
});
