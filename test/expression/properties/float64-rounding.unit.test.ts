/**
 * Every function of float64 is the exact result rounded once. Three proofs: the fast paths against exact integers on
 * many points, all of it against decimal.js on fewer, and on the arguments that are known to be the hardest to round.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Budget } from '../../../src/expression/budget.ts';
import * as exact from '../../../src/expression/float64/exact-functions.ts';
import { float64Functions } from '../../../src/expression/float64/functions.ts';
import { hardArguments } from './float64-hard-arguments.ts';
import { oracleNames, roundedByOracle } from './float64-oracle.ts';
import { createRandom, proofFactor, proofSeed } from './random.ts';
import type { Random } from './random.ts';

type Draw = (random: Random) => number;

const sign = (random: Random): number => (random.integer(2) === 0 ? 1 : -1);
const uniform =
  (low: number, high: number): Draw =>
  (random) =>
    low + (high - low) * (random.fraction() + random.fraction() * 2 ** -32);
/** From 2^low to 2^high, either sign. */
const sized =
  (low: number, high: number): Draw =>
  (random) =>
    sign(random) * uniform(1, 2)(random) * 2 ** Math.floor(uniform(low, high)(random));
const positive =
  (draw: Draw): Draw =>
  (random) =>
    Math.abs(draw(random));
const near =
  (center: number, low: number, high: number): Draw =>
  (random) =>
    center + sized(low, high)(random);
const mixed =
  (...draws: readonly Draw[]): Draw =>
  (random) =>
    random.pick(draws)(random);
const from =
  (...values: readonly number[]): Draw =>
  (random) =>
    random.pick(values);

const real = mixed(sized(-1_000, 1_000), sized(-30, 10), uniform(-10, 10));
const angle = mixed(
  uniform(-10, 10),
  sized(-27, 25),
  sized(0, 1_023),
  (random) => random.integer(100_000) * (Math.PI / 2),
);
const logarithmic = positive(mixed(sized(-1_022, 1_023), uniform(0.1, 10), near(1, -52, -2)));
const unit = mixed(
  uniform(-1, 1),
  sized(-27, -1),
  (random) => sign(random) * (1 - uniform(1, 2)(random) * 2 ** -(3 + random.integer(48))),
);

/** The exact functions, and arguments in their domain that the fast paths do not settle by themselves. */
const cases: Readonly<Record<string, readonly [compute: (x: number, budget: Budget) => number, draw: Draw]>> = {
  exp: [exact.exactExp, mixed(uniform(-746, 710), uniform(-1, 1), sized(-60, 0))],
  expm1: [exact.exactExpm1, mixed(uniform(-40, 710), uniform(-1, 1), sized(-53, 0))],
  sinh: [
    (x, budget) => exact.exactHyperbolic(x, -1n, budget),
    mixed(uniform(-711, 711), uniform(-1, 1), sized(-27, 0)),
  ],
  cosh: [(x, budget) => exact.exactHyperbolic(x, 1n, budget), mixed(uniform(-711, 711), uniform(-1, 1), sized(-27, 0))],
  tanh: [exact.exactTanh, mixed(uniform(-20, 20), sized(-27, 0))],
  ln: [exact.exactLn, logarithmic],
  log2: [exact.exactLog2, logarithmic],
  log10: [exact.exactLog10, logarithmic],
  log1p: [exact.exactLog1p, mixed(uniform(-0.99, 3), sized(-53, -1), positive(sized(0, 1_000)))],
  asinh: [(x, budget) => exact.exactInverseHyperbolic(x, 1n, budget), mixed(uniform(-3, 3), sized(-27, 1_000))],
  acosh: [
    (x, budget) => exact.exactInverseHyperbolic(x, -1n, budget),
    mixed(uniform(1.001, 10), (random) => 1 + positive(sized(-52, 1_000))(random)),
  ],
  atanh: [exact.exactAtanh, unit],
  sin: [exact.exactSin, angle],
  cos: [exact.exactCos, angle],
  tan: [exact.exactTan, angle],
  asin: [exact.exactAsin, unit],
  acos: [exact.exactAcos, unit],
  atan: [(x, budget) => exact.exactAtan2(x, 1, budget), mixed(uniform(-4, 4), sized(-27, 1_000))],
  deg: [exact.exactDeg, real],
  rad: [exact.exactRad, mixed(real, sized(-1_074, -1_000))],
  cbrt: [(x, budget) => Math.sign(x) * exact.exactRoot(Math.abs(x), 3, budget), real],
};

function call(name: string, args: readonly number[], budget = new Budget()): number {
  const compute = float64Functions.get(name);
  assert.ok(compute);
  return compute(Float64Array.from(args), 0, args.length, budget);
}

describe('the fast paths of float64 round as exact integers do', () => {
  for (const [name, [compute, draw]] of Object.entries(cases)) {
    it(name, () => {
      const random = createRandom(proofSeed);
      for (let count = 0; count < 1_500 * proofFactor; count += 1) {
        const x = draw(random);
        const result = call(name, [x]);
        // The result is settled without any rounding.
        if (x === 1 || x === 0 || Object.is(result, x)) continue;
        const expected = compute(x, new Budget());
        if (!Object.is(result, expected)) assert.equal(result, expected, `${name}(${x})`);
      }
    });
  }
});

/** Arguments of functions of several, and of the others that the list above has not. */
const several: Readonly<Record<string, (random: Random) => readonly number[]>> = {
  pow: (random) => {
    const x = positive(mixed(sized(-20, 20), uniform(0.5, 2), near(1, -40, -3)))(random);
    const bound = Math.min(700 / Math.abs(Math.log(x)), 1e6);
    return [x, mixed(uniform(-bound, bound), sized(-10, 3), from(0.25, 1.5, -2.5, 3, 7, -11))(random)];
  },
  nthroot: (random) => [
    positive(mixed(sized(-1_000, 1_000), uniform(0.5, 9)))(random),
    from(2, 3, 4, 5, 7, -3, 12, 100, -1_000, 12_345)(random),
  ],
  log: (random) => [
    positive(mixed(sized(-300, 300), uniform(0.5, 9)))(random),
    positive(mixed(sized(-300, 300), uniform(1.1, 9), from(5, 7)))(random),
  ],
  atan2: (random) => [real(random), real(random)],
  hypot: (random) =>
    Array.from({ length: 2 + random.integer(3) }, () => mixed(sized(-30, 30), from(3, 4, 5, 12, 57, 176))(random)),
  sum: (random) => list(random),
  mean: (random) => list(random),
  median: (random) => list(random),
  variance: (random) => list(random),
  stddev: (random) => list(random),
};

function list(random: Random): number[] {
  const draw = random.pick([
    sized(-30, 30),
    sized(-3, 3),
    (source: Random) => source.integer(1_000) / 100,
    (source: Random) => source.integer(100),
  ]);
  return Array.from({ length: 2 + random.integer(9) }, () => draw(random));
}

/** decimal.js takes milliseconds for an angle or a number of hundreds of digits. */
const isShort = (x: number): boolean => x === 0 || (Math.abs(x) > 1e-60 && Math.abs(x) < 1e60);

describe('the functions of float64 round as decimal.js does', () => {
  for (const name of oracleNames) {
    it(name, () => {
      const random = createRandom(proofSeed + 1);
      const draw =
        several[name] ?? ((source: Random): readonly number[] => [(cases[name] ?? assert.fail())[1](source)]);
      let checked = 0;
      for (let count = 0; count < 120 * proofFactor; count += 1) {
        const args = draw(random);
        if (!args.every(isShort)) continue;
        checked += 1;
        const expected = roundedByOracle(name, args);
        const result = call(name, args);
        // Zeros of decimal.js have no sign that means anything.
        if (result !== expected) assert.equal(result, expected, `${name}(${args.join(', ')})`);
      }
      assert.ok(checked > 20 * proofFactor, `only ${checked} points`);
    });
  }
});

describe('the hardest roundings known', () => {
  for (const [name, points] of Object.entries(hardArguments)) {
    it(name, () => {
      for (const point of points) {
        const args = Array.isArray(point) ? (point as readonly number[]) : [point as number];
        assert.equal(call(name, args), roundedByOracle(name, args), `${name}(${args.join(', ')})`);
      }
    });
  }

  it('are left to exact integers, which charge for them', () => {
    // Halves, but for 2^-58 to 2^-69 of a unit in the last place: no path of some 70 bits decides them.
    for (const [name, x] of [
      ['exp', 7.541752774995959e-10],
      ['log10', 2.605753595336707e129],
      ['atan', 2.7702853127535985],
    ] as const) {
      const budget = new Budget();
      call(name, [x], budget);
      assert.ok(budget.used > 100, `${name}(${x}) was decided by the fast path`);
    }
  });
});
