import { greatestCommonDivisor } from './common-divisor.ts';
import { integerSquareRoot } from './integer-root.ts';

const smallPrimes = [2n, 3n, 5n, 7n, 11n, 13n, 17n, 19n, 23n, 29n, 31n, 37n, 41n] as const;

/** Below each bound, the strong test to the first so many primes is proven (Jaeschke 1993; Sorenson and Webster 2015). */
const provenBounds: readonly (readonly [below: bigint, bases: number])[] = [
  [2_047n, 1],
  [1_373_653n, 2],
  [25_326_001n, 3],
  [3_215_031_751n, 4],
  [2_152_302_898_747n, 5],
  [3_474_749_660_383n, 6],
  [341_550_071_728_321n, 7],
  [3_825_123_056_546_413_051n, 9],
  [318_665_857_834_031_151_167_461n, 12],
  [3_317_044_064_679_887_385_961_981n, 13],
];

/** Bits of the last of those bounds. */
const provenBits = 82;
/** Strong tests before the Lucas test, beyond them. */
const unprovenBases = 2;

/**
 * Whether n is prime. Proven below 3.3 × 10^24. Above, the Baillie-PSW test (the strong test to base 2 and the strong
 * Lucas test with Selfridge's parameters), for which no composite number that passes is known, with the strong test
 * to base 3 for good measure. No randomness: the same number always has the same result.
 */
export function isPrime(n: bigint): boolean {
  if (n < 2n) return false;
  for (const prime of smallPrimes) if (n % prime === 0n) return n === prime;
  if (n < 1_849n /* 43²: nothing left that could divide it */) return true;
  const proven = provenBounds.find(([below]) => n < below);
  const bases = smallPrimes.slice(0, proven?.[1] ?? unprovenBases);
  if (!bases.every((base) => passesStrongTest(n, base))) return false;
  return proven !== undefined || passesStrongLucasTest(n);
}

/** How many modular multiplications of the size of n `isPrime` takes at most. */
export function primalityMultiplications(bits: number): number {
  const perBit = bits <= provenBits ? smallPrimes.length * 2 : unprovenBases * 2 + 6;
  return bits * perBit + 100;
}

function passesStrongTest(n: bigint, base: bigint): boolean {
  const twos = trailingZeros(n - 1n);
  let power = modularPower(base, (n - 1n) >> BigInt(twos), n);
  if (power === 1n || power === n - 1n) return true;
  for (let round = 1; round < twos; round += 1) {
    power = (power * power) % n;
    if (power === n - 1n) return true;
  }
  return false;
}

function trailingZeros(value: bigint): number {
  let zeros = 0;
  while (((value >> BigInt(zeros)) & 0xffff_ffffn) === 0n) zeros += 32;
  while (((value >> BigInt(zeros)) & 1n) === 0n) zeros += 1;
  return zeros;
}

/** base^exponent mod modulus, for exponent >= 0. */
export function modularPower(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (const bit of exponent.toString(2)) {
    result = (result * result) % modulus;
    if (bit === '1') result = (result * base) % modulus;
  }
  return result;
}

/** The strong Lucas test with P = 1, Q = (1 - D) / 4, D the first of 5, -7, 9, -11 … with Jacobi symbol -1 (Selfridge's method A). */
function passesStrongLucasTest(n: bigint): boolean {
  const root = integerSquareRoot(n);
  // A square never meets a symbol of -1.
  if (root * root === n) return false;
  let d = 5n;
  for (;;) {
    const symbol = jacobiSymbol(d, n);
    if (symbol === -1) break;
    if (symbol === 0 && greatestCommonDivisor(d, n) !== n) return false;
    d = d > 0n ? -d - 2n : -d + 2n;
  }
  const twos = trailingZeros(n + 1n);
  return lucasSequenceVanishes(n, d, (n + 1n) >> BigInt(twos), twos);
}

/** U(odd) ≡ 0, or V(odd × 2^r) ≡ 0 for an r from 0 to twos - 1. */
function lucasSequenceVanishes(n: bigint, d: bigint, odd: bigint, twos: number): boolean {
  const q = positiveModulo((1n - d) / 4n, n);
  const half = (value: bigint): bigint => ((value & 1n) === 0n ? value : value + n) >> 1n;
  let [u, v, power] = [1n, 1n, q];
  for (const bit of odd.toString(2).slice(1)) {
    u = (u * v) % n;
    v = positiveModulo(v * v - 2n * power, n);
    power = (power * power) % n;
    if (bit === '1') {
      [u, v] = [half(positiveModulo(u + v, n)), half(positiveModulo(d * u + v, n))];
      power = (power * q) % n;
    }
  }
  if (u === 0n || v === 0n) return true;
  for (let round = 1; round < twos; round += 1) {
    v = positiveModulo(v * v - 2n * power, n);
    if (v === 0n) return true;
    power = (power * power) % n;
  }
  return false;
}

function positiveModulo(value: bigint, modulus: bigint): bigint {
  const rest = value % modulus;
  return rest < 0n ? rest + modulus : rest;
}

/** The Jacobi symbol of a over an odd n > 0. */
function jacobiSymbol(a: bigint, n: bigint): -1 | 0 | 1 {
  let top = positiveModulo(a, n);
  let bottom = n;
  let negative = false;
  while (top !== 0n) {
    const twos = trailingZeros(top);
    top >>= BigInt(twos);
    const eighth = bottom & 7n;
    if (twos % 2 === 1 && (eighth === 3n || eighth === 5n)) negative = !negative;
    if ((top & 3n) === 3n && (bottom & 3n) === 3n) negative = !negative;
    [top, bottom] = [bottom % top, top];
  }
  if (bottom !== 1n) return 0;
  return negative ? -1 : 1;
}
